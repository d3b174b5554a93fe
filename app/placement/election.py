"""Which process supervises the hosts of a data folder, where several could."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

from app.errors import LaunchRefused
from app.file_lock import open_lock, sign, signed, try_lock

STAND_BY = 0.5
"""Seconds between two looks whether the one who supervises is gone."""
HANDING_OVER = 2.0
"""Seconds for which the last to leave waits for one who is just handing over to it."""


class SupervisorLock:
    """The right to start and stop the hosts of a data folder, which at most one process has.

    Candidates stand by from `stand` to `leave`; the first takes the right, and when it gives it back or ends,
    however it ends, another one does.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._right = self._candidacy = -1

    @property
    def held(self) -> bool:
        """Whether this process supervises."""
        return self._right >= 0

    @property
    def holder(self) -> int | None:
        """The process that supervises, None where none does."""
        if self.held:
            return os.getpid()
        if not (self._data / ".supervisor").exists():
            return None
        lock = self._open(".supervisor")
        try:
            return None if try_lock(lock, shared=True) else signed(lock)
        finally:
            os.close(lock)

    def stand(self) -> None:
        """Become a candidate."""
        self._candidacy = self._open(".candidates")
        _lock_soon(self._candidacy, shared=True)

    def leave(self) -> bool:
        """Be no candidate any more; say whether there are others, to whom the hosts can be left."""
        os.close(self._candidacy)
        self._candidacy = -1
        lock = self._open(".candidates")
        try:
            return not _lock_soon(lock)
        finally:
            os.close(lock)

    def try_take(self) -> bool:
        """Take the right if nobody has it; say whether this process has it now."""
        if not self.held:
            lock = self._open(".supervisor")
            if try_lock(lock):
                sign(lock)
                self._right = lock
            else:
                os.close(lock)
        return self.held

    async def take(self, pause: float = STAND_BY) -> None:
        """Wait until nobody has the right, and take it; look again after each pause."""
        while True:
            if self.try_take():
                return
            await asyncio.sleep(pause)

    async def take_over(self) -> bool:
        """Take the right from one who is just giving it back; say whether this process has it now."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDING_OVER):
                await self.take(0.02)
        return self.held

    def release(self) -> None:
        """Give the right back."""
        if self.held:
            os.ftruncate(self._right, 0)
            os.close(self._right)
            self._right = -1

    def _open(self, name: str) -> int:
        try:
            return open_lock(self._data / name)
        except OSError as error:
            raise LaunchRefused(f"The data folder {self._data} cannot be written to: {error.strerror}.") from None


def _lock_soon(lock: int, *, shared: bool = False) -> bool:
    """Lock an open file, even if another process just looks whether anybody has."""
    for _ in range(4):
        if try_lock(lock, shared=shared):
            return True
        time.sleep(0.005)
    return False
