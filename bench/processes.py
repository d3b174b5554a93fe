"""Processes that the bench starts: told what to do and heard by lines, and ended with the block that they are for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
PATIENCE = 20.0
"""Seconds that a process may take to end."""
SHOWN = 10_000
"""Bytes of what a process wrote last."""


class Gone(Exception):
    """A process ended before it answered."""


class Spoken:
    """A process that answers each line with a line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def hear(self) -> bytes:
        """Return its next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Gone(f"it ended with {self.process.wait()}")
        return line

    def ask(self, line: bytes = b"") -> bytes:
        """Say something and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def spoken(*command: str) -> Iterator[Spoken]:
    """Run a Python module with arguments; its input ends with the block, and so shall it."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Spoken(process)
    finally:
        with process:
            assert process.stdin is not None
            process.stdin.close()
            end(process)


@contextmanager
def running(command: list[str], environ: Mapping[str, str], cwd: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command, and terminate it at the end of the block; what it wrote is shown where the block fails."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=cwd, env=environ, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        except BaseException:
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-SHOWN:])
            raise
        finally:
            process.terminate()
            end(process)


def processors() -> tuple[set[int], set[int]]:
    """Return the processors in two halves: both the same where there is one, both empty where it cannot be chosen."""
    if not hasattr(os, "sched_setaffinity"):  # elsewhere than on Linux
        return set(), set()
    own = sorted(os.sched_getaffinity(0))
    return (set(own[::2]), set(own[1::2])) if len(own) > 1 else (set(own), set(own))


def confine(process: subprocess.Popen[bytes], to: set[int]) -> None:
    """Let a process, and those it has started, run on these processors alone, with all their threads."""
    if to:
        parent = psutil.Process(process.pid)
        for each in (parent, *parent.children(recursive=True)):
            for thread in each.threads():
                os.sched_setaffinity(thread.id, to)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has ended; kill it where it takes too long."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this machine's own address at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
