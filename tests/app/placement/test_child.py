"""A replica's process: told who it is where nobody else reads it, seen to end, and killed only if it is itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from app.placement.child import Handover, Processes, listener
from app.placement.runfolder import RunFolder
from app.wire.credentials import HostIdentity, issue
from tests.app.placement.fakes import SHELF

HOLD = """
import socket, sys
from pathlib import Path
from app.placement.runfolder import RunFolder
claim = RunFolder(Path(sys.argv[1])).claim("shelf", 1)
with socket.socket(socket.AF_UNIX) as listening:
    if sys.argv[2] == "listens":
        listening.bind(str(claim.wire))
        listening.listen()
    print("there", flush=True)
    sys.stdin.read()
"""
PRETEND = """#!/bin/sh
cd {folder}
printf '%s\\n' "$@" > arguments
printf '%s' "$SHOP" > environment
cat > given
exit 3
"""
IDENTITY = issue(bytes(32), "shelf", ("catalog",))


def processes(data: Path) -> Processes:
    return Processes(RunFolder(data), lambda entry: IDENTITY, {"SHOP": "ours"})


async def somebody(data: Path, how: str) -> asyncio.subprocess.Process:
    """Start a process that is the first replica of a host, and that nobody here has started."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, data, how, stdin=-1, stdout=-1)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"there\n"
    return process


async def test_it_is_started_with_its_identity_on_its_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(PRETEND.format(folder=tmp_path))
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    child = processes(tmp_path).start(SHELF, 2)
    assert await child.ended() == "it ended with exit code 3"
    assert not child.is_there
    assert (tmp_path / "arguments").read_text().split() == (
        ["-m", "app.cli", "serve", "catalog", "--name", "shelf", "--replica", "2", "--attended"]
    )
    assert (tmp_path / "environment").read_text() == "ours"
    given = json.loads((tmp_path / "given").read_text())
    assert HostIdentity.parse(given["identity"]) == IDENTITY
    assert set(given) == set(Handover.__struct_fields__)


async def test_it_says_which_signal_ended_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec sleep 100\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    child = processes(tmp_path).start(SHELF, 1)
    assert child.is_there
    assert child.send(signal.SIGKILL)
    assert await child.ended() == "it was ended by SIGKILL"
    assert child.send(signal.SIGKILL)


async def test_one_that_somebody_else_started_is_found_seen_to_end_and_killed(tmp_path: Path) -> None:
    assert processes(tmp_path).running(SHELF, 1) is None
    other = await somebody(tmp_path, "listens")
    child = processes(tmp_path).running(SHELF, 1)
    assert child is not None
    assert (child.pid, child.is_there) == (other.pid, True)
    assert processes(tmp_path).running(SHELF, 2) is None
    assert child.send(signal.SIGKILL)
    assert await child.ended() == "it has ended"
    assert await other.wait() == -signal.SIGKILL
    assert not child.is_there


async def test_one_that_nothing_proves_to_be_a_host_is_left_alone(tmp_path: Path) -> None:
    other = await somebody(tmp_path, "is silent")
    child = processes(tmp_path).running(SHELF, 1)
    assert child is not None
    assert not child.send(signal.SIGKILL)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(RunFolder(tmp_path).wire("shelf", 1)))
        listening.listen()
        assert not child.send(signal.SIGKILL)
    assert other.returncode is None
    await other.communicate(b"")


async def test_where_the_kernel_does_not_tell_its_end_is_seen_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await somebody(tmp_path, "listens")
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    child = processes(tmp_path).running(SHELF, 1)
    assert child is not None
    ending = asyncio.create_task(child.ended())
    other.kill()
    assert await ending == "it has ended"
    await other.wait()


def test_the_kernel_says_who_listens(tmp_path: Path) -> None:
    path = tmp_path / "x.sock"
    assert listener(path) is None
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert listener(path) is None
        listening.listen()
        assert listener(path) == os.getpid()
    assert listener(path) is None
