"""Processes that are replicas of hosts: started here, or by the supervisor before this one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from app.placement.runfolder import RunFolder
from app.placement.topology import HostEntry
from app.wire.credentials import HostIdentity

LOOK = 0.1
"""Seconds between two looks whether a process has ended, where the kernel does not tell."""


class Handover(msgspec.Struct, frozen=True):
    """What a supervisor gives to a child beside its command line, as one line of JSON on its standard input."""

    identity: str


class Child:
    """One replica's process; ``pid`` is its number.

    It is not `asyncio`'s: that would kill it when this process ends, and another supervisor may adopt it.
    """

    def __init__(
        self, run: RunFolder, host: str, replica: int, pid: int, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.pid = pid
        self._run = run
        self._host = host
        self._replica = replica
        self._process = process

    @property
    def is_there(self) -> bool:
        """Whether it still runs."""
        if self._process is not None:
            return self._process.poll() is None
        return self._run.holder(self._host, self._replica) == self.pid

    async def ended(self) -> str:
        """Wait until it has ended, and say how."""
        await _exit_of(self.pid)
        while True:
            if not self.is_there:
                break
            await asyncio.sleep(LOOK)
        code = None if self._process is None else self._process.returncode
        if code is None:
            return "it has ended"
        return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with exit code {code}"

    def send(self, what: signal.Signals) -> bool:
        """Send it a signal, unless it cannot be proved that its number is still its own; say whether it was sent."""
        with contextlib.suppress(ProcessLookupError):
            if self._process is not None:
                self._process.send_signal(what)
            elif self.is_there and listener(self._run.wire(self._host, self._replica)) == self.pid:
                os.kill(self.pid, what)
            else:
                return False
        return True


class Processes:
    """Starts replicas, and finds those that run already.

    ``identity`` makes what a host proves itself with, ``environ`` is the environment of those that are started.
    """

    def __init__(
        self, run: RunFolder, identity: Callable[[HostEntry], HostIdentity], environ: Mapping[str, str]
    ) -> None:
        self._run = run
        self._identity = identity
        self._environ = dict(environ)

    def running(self, entry: HostEntry, replica: int) -> Child | None:
        """Return the process that is this replica now, whoever started it."""
        pid = self._run.holder(entry.name, replica)
        return None if pid is None else Child(self._run, entry.name, replica, pid)

    def start(self, entry: HostEntry, replica: int) -> Child:
        """Start a replica, in a session of its own: Ctrl+C in a terminal leaves it to its supervisor."""
        handover = Handover(self._identity(entry).text())
        options = ("--name", entry.name, "--replica", str(replica), "--attended")
        process = subprocess.Popen(
            (sys.executable, "-m", "app.cli", "serve", *entry.modules, *options),
            stdin=subprocess.PIPE,
            env=self._environ,
            start_new_session=True,
        )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:  # that it has ended is seen soon enough
            process.stdin.write(msgspec.json.encode(handover) + b"\n")
        return Child(self._run, entry.name, replica, process.pid, process)


def listener(path: Path) -> int | None:
    """Return the process that listens on a Unix socket, as the kernel says; None where none does, or it is not said.

    Linux: SO_PEERCRED, unix(7); macOS: LOCAL_PEERPID, unix(4).
    """
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(1.0)
        try:
            asking.connect(str(path))
            if hasattr(socket, "SO_PEERCRED"):
                found = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                return int(struct.unpack("3i", found)[0]) or None
            return asking.getsockopt(0, 2) or None
        except OSError:
            return None


async def _exit_of(pid: int) -> None:
    """Wait until a process has ended, where the kernel tells (Linux: pidfd_open(2)); return at once elsewhere."""
    try:
        file = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    try:
        loop.add_reader(file, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(file)
    finally:
        os.close(file)
