"""What a supervisor asks of one replica: what it runs, signs of life, and to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

from app.wire.handshake import Refused
from contracts.kit import Error
from contracts.kit.hosting import Attention, Hosting, HostState

FIRST_SIGN = 60.0
"""Seconds that a process may take to its first sign: databases may have to be upgraded."""
SILENCE = 4.0
"""Seconds without a sign after which a process is asked once more."""
LAST_WORD = 1.0
"""Seconds it then has for an answer before it is taken for dead."""
LEAVING = 20.0
"""Seconds that one that said it is stopping may take."""
RETRY = 0.05
"""Seconds between two tries to reach a process."""
TERMINATION = 2.0
"""Seconds between SIGTERM and SIGKILL."""
_TROUBLE = (Error, OSError, Refused)


class Reach(Protocol):
    """The way to one replica."""

    def __call__(self, host: str, replica: int) -> AbstractAsyncContextManager[Hosting]:
        """Connect to a replica's own contract, as the host that supervises; OSError or `Refused` where it fails."""


class Process(Protocol):
    """One replica's process, whoever started it."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def is_there(self) -> bool:
        """Whether it still runs."""

    async def ended(self) -> str:
        """Wait until it has ended, and say how."""

    def send(self, what: signal.Signals) -> bool:
        """Send it a signal; False where it cannot be proved that its number is still its own."""


class Oversight:
    """One replica's `Hosting`, over as many connections as it takes."""

    def __init__(self, reach: Reach, host: str, replica: int) -> None:
        self._reach = reach
        self._host = host
        self._replica = replica

    async def describe(self, process: Process, patience: float = FIRST_SIGN) -> HostState | None:
        """Return what a process says of itself, None where it ends or does not answer in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while process.is_there:
                    with suppress(*_TROUBLE):
                        async with self._hosting() as hosting:
                            return await hosting.describe()
                    await asyncio.sleep(RETRY)
        return None

    async def silence(self, process: Process, note: Callable[[Attention | None], None]) -> None:
        """Wait until a process gives no sign any more; note each sign, and None when the connection is lost."""
        patience = FIRST_SIGN
        while True:
            try:
                async with asyncio.timeout(patience) as limit:
                    while True:
                        with suppress(*_TROUBLE):
                            await self._listen(limit, note)
                        await asyncio.sleep(RETRY)
            except TimeoutError:
                # Perhaps it was this process that was stopped, or suspended.
                if await self.describe(process, LAST_WORD) is None:
                    return
                patience = SILENCE

    async def stop(self, process: Process, grace: float) -> None:
        """Have a process stop, after ``grace`` seconds by force."""
        ended = asyncio.get_running_loop().create_task(process.ended())
        try:
            async with asyncio.timeout(grace):
                while not ended.done():  # one that is just starting cannot be asked at once
                    with suppress(*_TROUBLE):
                        async with self._hosting() as hosting:
                            await hosting.stop()
                        break
                    await asyncio.wait([ended], timeout=RETRY)
                await asyncio.wait([ended])
        except TimeoutError:
            for what, patience in ((signal.SIGTERM, TERMINATION), (signal.SIGKILL, None)):
                if ended.done() or not process.send(what):
                    break
                await asyncio.wait([ended], timeout=patience)
        finally:
            ended.cancel()
            await asyncio.wait([ended])

    def _hosting(self) -> AbstractAsyncContextManager[Hosting]:
        return self._reach(self._host, self._replica)

    async def _listen(self, limit: asyncio.Timeout, note: Callable[[Attention | None], None]) -> None:
        loop = asyncio.get_running_loop()
        async with self._hosting() as hosting:
            signs = hosting.attend()
            try:
                async for sign in signs:
                    limit.reschedule(loop.time() + SILENCE)
                    note(sign)
                limit.reschedule(loop.time() + LEAVING)  # that it ends its signs itself says that it is stopping
            finally:
                note(None)
                close = getattr(signs, "aclose", None)
                if close is not None:
                    await close()
