"""A PostgreSQL server of a test's own, which it may stop, restart and kill."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.databases import REQUIRED


class Cluster:
    """One server, at ``admin``, as long as it runs."""

    def __init__(self, folder: Path, port: int) -> None:
        self.admin = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.port = port
        self._folder = folder

    def start(self) -> None:
        """Start it, and wait until it can be used."""
        quick = "-c fsync=on -c max_connections=80 -c shared_buffers=16MB"
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {quick}"
        self._control("start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """Stop it: ``fast`` ends connections, ``immediate`` is a crash."""
        self._control("stop", "-w", "-m", how)

    def _control(self, *arguments: str) -> None:
        _run("pg_ctl", "-D", str(self._folder / "data"), *arguments)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a server in a folder that is removed afterwards; skips the test where PostgreSQL is not installed."""
    if _binary("initdb") is None:
        if REQUIRED:
            pytest.fail("PostgreSQL's initdb is not installed")
        pytest.skip("PostgreSQL's initdb is not installed")
    with TemporaryDirectory(prefix="freestone-pg-") as name:
        folder = Path(name)
        if (user := _user()) is not None:
            shutil.chown(folder, user)
        _run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        server = Cluster(folder, _free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary(name: str) -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(newest[0]) if newest else None)


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.getuid() == 0 else None


def _run(name: str, *arguments: str) -> None:
    user = _user()
    binary = _binary(name)
    assert binary is not None
    groups = None if user is None else pwd.getpwnam(user).pw_gid
    with TemporaryDirectory() as scratch, Path(scratch, "said").open("w+") as said:
        # Into a file: the server that pg_ctl starts would keep a pipe open.
        done = subprocess.run(
            [binary, *arguments], stdout=said, stderr=said, user=user, group=groups, cwd="/", timeout=60, check=False
        )
        said.seek(0)
        assert done.returncode == 0, said.read()
