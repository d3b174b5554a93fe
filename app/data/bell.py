"""How a commit in one process wakes, at once, those in other processes of this machine who wait for it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data.place import Bell

log = logging.getLogger("freestone.data")

_HOLLOW = "."
"""What the name of a pipe begins with until it was opened."""
_HOLLOW_FOR = 60.0
"""Seconds after which a pipe that is still called so is taken for what a killed process left."""


@final
class PipeBell(Bell):
    """One SQLite file's bell: a folder of named pipes, one for each process in which somebody listens.

    ``heard`` is called in a process when another has rung. A process that rings neither waits nor fails, whatever
    the others do: one that was stopped has its byte waiting, and what one left that was killed is taken away. A
    ring may be missed where the folder cannot be used; so whoever listens looks for itself now and then.
    """

    def __init__(self, file: Path, heard: Callable[[], None]) -> None:
        self._folder = file.parent / "bells" / file.stem
        self._heard = heard
        self._own = f"{os.getpid()}-{secrets.token_hex(8)}"  # the number is for people; containers may share it
        self._listeners = 0
        self._pipe: tuple[int, asyncio.AbstractEventLoop] | None = None

    async def ring_with(self, session: AsyncSession) -> None:
        """Nothing: pipes know of no transaction."""

    def ring(self) -> None:
        try:
            pipes = list(os.scandir(self._folder))
        except OSError:  # nobody has ever listened
            return
        for pipe in pipes:
            if pipe.name != self._own and not pipe.name.startswith(_HOLLOW):
                _push(pipe.path)

    @contextmanager
    def listening(self) -> Iterator[None]:
        if not self._listeners:
            self._open()
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._close()

    def _open(self) -> None:
        hollow, pipe = self._folder / (_HOLLOW + self._own), -1
        try:
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(0o700, exist_ok=True)
            self._sweep()
            os.mkfifo(hollow, 0o600)
            pipe = os.open(hollow, os.O_RDWR | os.O_NONBLOCK)  # for writing too: it never comes to an end
            hollow.rename(self._folder / self._own)  # from here on it is rung
        except OSError as error:
            log.warning("%s: commits of other processes are seen later than they could be: %s", self._folder, error)
            if pipe >= 0:
                os.close(pipe)
            _remove(hollow)
            return
        loop = asyncio.get_running_loop()
        loop.add_reader(pipe, self._answer, pipe)
        self._pipe = pipe, loop

    def _close(self) -> None:
        if self._pipe is not None:
            (pipe, loop), self._pipe = self._pipe, None
            _remove(self._folder / self._own)
            if not loop.is_closed():
                loop.remove_reader(pipe)
            os.close(pipe)

    def _answer(self, pipe: int) -> None:
        with suppress(BlockingIOError):
            while len(os.read(pipe, 4096)) == 4096:
                pass
        self._heard()

    def _sweep(self) -> None:
        """Take away what processes left that were killed, between the making of a pipe and its opening too."""
        for pipe in list(os.scandir(self._folder)):
            with suppress(OSError):
                made = pipe.stat(follow_symlinks=False).st_mtime
                if not pipe.name.startswith(_HOLLOW) or time.time() - made > _HOLLOW_FOR:
                    _push(pipe.path, b"")


def _push(pipe: str, byte: bytes = b"!") -> None:
    """Write into a pipe if there is room; take it away where nobody has it open to read ("open", POSIX: ENXIO)."""
    try:
        opened = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ENXIO:
            _remove(Path(pipe))
        return
    try:
        if stat.S_ISFIFO(os.fstat(opened).st_mode):
            os.write(opened, byte)
    except OSError:  # it is full, so that a byte is there already; or its reader has just gone
        pass
    finally:
        os.close(opened)


def _remove(pipe: Path) -> None:
    with suppress(OSError):
        pipe.unlink()
