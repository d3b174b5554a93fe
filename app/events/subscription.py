"""One module's endless reading of another's outbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import NoReturn

from app.data.database import ModuleDatabase
from app.data.shared import News
from app.events.handlers import acting
from app.events.intake import Intake, backoff
from contracts.kit import Event
from contracts.kit.context import scope
from contracts.kit.module import Handler
from contracts.kit.outbox import Outbox

log = logging.getLogger("freestone.events")


class Subscription:
    """Pulls one publisher's events and applies them, as `Intake` says, to one subscriber's database.

    ``position`` is the last sequence that was applied, parked or passed over; ``pause`` is the first
    pause after a failure, in seconds.
    """

    def __init__(
        self,
        subscriber: str,
        publisher: str,
        outbox: Outbox,
        database: ModuleDatabase,
        handlers: Mapping[type[Event], Handler],
        *,
        pause: float = 0.1,
    ) -> None:
        self.subscriber = subscriber
        self.publisher = publisher
        self.position = 0
        self._outbox = outbox
        self._codes = tuple(sorted(event.code for event in handlers))
        self._intake = Intake(subscriber, publisher, database, handlers, pause)
        self._pause = pause
        self._lost = 0
        self._said = ""
        self._moved = News()

    async def run(self) -> NoReturn:
        """Read and apply, for ever; after a stream or a database that fails, again after a pause."""
        while True:
            try:
                with scope(context=acting(self.subscriber)):
                    await self._follow()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next try may do better
                self._complain(repr(error))
            self._lost += 1
            await asyncio.sleep(backoff(self._pause, self._lost))

    async def reached(self, sequence: int) -> None:
        """Return when everything up to a sequence was applied, parked or passed over."""
        while True:
            ticket = self._moved.ticket()
            if self.position >= sequence:
                return
            await self._moved.wait(ticket)

    @property
    def failures(self) -> int:
        """How often an event could not be handled since the start."""
        return self._intake.failures

    async def parked(self) -> int:
        """Return how many events are parked."""
        return await self._intake.parked()

    async def retry(self) -> int:
        """Try every parked event once more, in order; return how many were handled."""
        return await self._intake.retry()

    async def _follow(self) -> None:
        self._at(await self._intake.position())
        stream = self._outbox.pull(self.position, self._codes)
        try:
            async for batch in stream:
                self._at(await self._intake.take(batch, self.position))
                self._lost, self._said = 0, ""
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    def _complain(self, trouble: str) -> None:
        """Log what is wrong, once for as long as it stays the same."""
        if trouble != self._said:
            self._said = trouble
            log.warning("%s cannot read the events of %s: %s", self.subscriber, self.publisher, trouble)

    def _at(self, position: int) -> None:
        self.position = position
        self._moved.tell()
