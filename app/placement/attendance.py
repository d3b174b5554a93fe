"""A host's own side of being looked at, attended and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol, final

from contracts.kit.hosting import Attention, Hosting, HostState, ModuleAudit

SIGN = 1.0
"""Seconds between two signs while nothing changes."""
LOOK = 0.1
"""Seconds between two looks whether the readiness has changed."""
ALONE = 5.0
"""Seconds for which a host that is to be attended goes on without anybody: enough for the next to find it."""


class HostView(Protocol):
    """What there is to see of a host."""

    @property
    def ready(self) -> bool:
        """Whether all its modules serve."""

    def state(self) -> HostState:
        """Return the host as it is now."""

    async def audit(self) -> tuple[ModuleAudit, ...]:
        """Audit what runs there."""


@final
class Attendance(Hosting):
    """Provides `Hosting` for the host that a view shows.

    ``gone`` is set when the host shall stop: it was asked to, or, after `depend`, nobody attends it any more.
    """

    def __init__(self, view: HostView) -> None:
        self.gone = asyncio.Event()
        self._view = view
        self._attending = 0
        self._ended = asyncio.Event()
        self._patience: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def describe(self) -> HostState:
        return self._view.state()

    async def attend(self) -> AsyncIterator[Attention]:
        self._attending += 1
        self._disarm()
        try:
            while not self._ended.is_set():
                ready = self._view.ready
                yield Attention(ready=ready)
                await self._change(ready)
        finally:
            self._attending -= 1
            self._arm()

    async def audit(self) -> tuple[ModuleAudit, ...]:
        return await self._view.audit()

    async def stop(self) -> None:
        self.gone.set()

    def depend(self, patience: float = ALONE) -> None:
        """Stop from now on when nobody has attended for so many seconds."""
        self._patience = patience
        self._arm()

    def end(self) -> None:
        """Let those who attend know that the host is stopping: their streams end."""
        self._ended.set()
        self._disarm()

    async def _change(self, ready: bool) -> None:
        """Wait until the readiness is another, the host is stopping, or it is time for the next sign."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SIGN):
                while self._view.ready == ready and not self._ended.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._ended.wait(), LOOK)

    def _arm(self) -> None:
        self._disarm()
        if self._patience is not None and not self._attending and not self._ended.is_set():
            self._timer = asyncio.get_running_loop().call_later(self._patience, self.gone.set)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
