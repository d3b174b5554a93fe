"""The store as processes of its own, driven from outside as the people who run it do."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.builders import UNHURRIED
from tests.guards import overhear

UVICORN = (sys.executable, "-m", "uvicorn", "app.main:app")
FREESTONE = (str(Path(sys.executable).with_name("freestone")),)
"""The installed command."""

PATIENCE = 60
"""Seconds until a process that does not get on is killed."""

_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+) \((?:Press CTRL|Ctrl)\+C")
_CHEAP = {"ARGON2_TIME_COST": "1", "ARGON2_MEMORY": "1024", "ARGON2_PARALLELISM": "1"}


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return an environment that sets the data folder, a free port, cheap passwords, much patience, and
    FREESTONE_<name> for each setting."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREESTONE_")}
    cheap = {f"FREESTONE_ACCOUNTS_{name}": value for name, value in _CHEAP.items()}
    given = {f"FREESTONE_{name}": value for name, value in settings.items()}
    own = {"FREESTONE_DATA": str(data), "FREESTONE_PORT": "0", "FREESTONE_PATIENCE": str(UNHURRIED)}
    return kept | cheap | own | given


def call(*command: str, data: Path, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end beside its data folder, where no settings file is unless a test wrote one."""
    return subprocess.run(
        command,
        cwd=data.parent,
        env=environ or environment(data),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def contents(folder: Path) -> dict[str, str]:
    """Return what lies in a folder: each path with a hash of what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


class Served:
    """A store that serves: its address without a slash at the end, its process, and what it has written."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.url = self._wait()

    @property
    def log(self) -> str:
        """Everything that it has written to its outputs so far."""
        return self._log.read_text()

    def stop(self, by: signal.Signals) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)

    def _wait(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while (found := _ADDRESS.search(self.log)) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The store did not start: {self.log}")
            time.sleep(0.02)
        return found[1]


@contextmanager
def serving(*command: str, data: Path, environ: dict[str, str] | None = None) -> Iterator[Served]:
    """Run a command that serves the store, and says where once it does; kill it at the end."""
    log = data.with_name(f"{data.name}-{secrets.token_hex(4)}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=data.parent,
            env=environ or environment(data),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(process, log)
    finally:
        process.kill()
        process.wait()
        overhear(log)
