"""Wake-ups within one process. They are hints that save waiting: what counts stands in rows, and is
looked at every so often by those who were not woken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.values import OrderId


class Bell:
    """Wakes the one who listens to it."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the listener, now or when it listens next."""
        self._rung.set()

    def silence(self) -> None:
        """Forget what was rung; to be done before looking at the rows."""
        self._rung.clear()

    async def heard(self, seconds: float) -> None:
        """Return when it is rung, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            pass


class Doorbell:
    """``work`` wakes those who work on orders; who waits for an order is woken when it does not go on by itself."""

    def __init__(self) -> None:
        self.work = Bell()
        self._waiting: dict[OrderId, set[Bell]] = {}

    def settled(self, order_id: OrderId) -> None:
        """Wake those who wait for this order."""
        for bell in self._waiting.get(order_id, ()):
            bell.ring()

    @contextmanager
    def waiting(self, order_id: OrderId) -> Iterator[Bell]:
        """A bell that is rung when the order does not go on by itself."""
        bell = Bell()
        self._waiting.setdefault(order_id, set()).add(bell)
        try:
            yield bell
        finally:
            self._waiting[order_id].discard(bell)
            if not self._waiting[order_id]:
                del self._waiting[order_id]
