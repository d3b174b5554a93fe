"""What a module takes in from one publisher: each event's effect and the cursor behind it, together."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence

from app.data.database import ModuleDatabase
from app.events.cursor import Cursor
from app.events.handlers import Handlers, Undecodable
from app.events.parking import Parking
from contracts.kit import Event
from contracts.kit.module import Handler
from contracts.kit.outbox import Batch, Record

TRIES = 5
"""How often an event is tried before it is parked."""
TOGETHER = 20
"""Events whose effects share a transaction, at most; if one fails, each is tried alone."""
PASSED_OVER = 1000
"""After so many events of other codes the cursor is written even without an effect."""
LONGEST_PAUSE = 10.0
"""Seconds between tries, at most."""

log = logging.getLogger("freestone.events")


def backoff(first: float, tries: int) -> float:
    """Return how long to pause after so many tries: doubled each time, with jitter, in seconds."""
    return min(first * 2.0 ** (tries - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)


class Intake:
    """Applies a publisher's records to the subscriber's database.

    Whoever calls it, how often and with which records again: an event has its effect once, since its
    transaction looks at the cursor first. An event that fails `TRIES` times, with growing pauses (the
    first of ``pause`` seconds), is parked; later ones of its key are parked behind it, others go on.
    """

    def __init__(
        self,
        subscriber: str,
        publisher: str,
        database: ModuleDatabase,
        handlers: Mapping[type[Event], Handler],
        pause: float,
    ) -> None:
        self.failures = 0
        self._stored = 0
        self._names = f"{subscriber} ← {publisher}"
        self._database = database
        self._handlers = Handlers(subscriber, handlers)
        self._pause = pause
        self._cursor = Cursor(publisher)
        self._parking = Parking(publisher)

    async def position(self) -> int:
        """Return the last sequence that is stored as taken in."""
        async with self._database.read() as session:
            self._stored = await self._cursor.read(session)
        return self._stored

    async def take(self, batch: Batch, position: int) -> int:
        """Apply what of a batch lies behind ``position``; return the new position."""
        due = [record for record in batch.records if record.sequence > position]
        for start in range(0, len(due), TOGETHER):
            records = due[start : start + TOGETHER]
            if len(records) == 1 or await self._attempt(records) is not None:
                for record in records:
                    await self._insist(record)
            position = records[-1].sequence
        if batch.head < position or batch.head - self._stored >= PASSED_OVER:
            await self._pass(batch.head, position)
        return batch.head

    async def parked(self) -> int:
        """Return how many events are parked."""
        async with self._database.read() as session:
            return await self._parking.count(session)

    async def retry(self) -> int:
        """Try every parked event once more, in order; return how many were handled.

        Where one fails again, those behind it stay.
        """
        async with self._database.read() as session:
            keys = await self._parking.keys(session)
        handled = 0
        for key in keys:
            while await self._unpark(key):
                handled += 1
        return handled

    async def _unpark(self, key: str) -> bool:
        record = None
        try:
            async with self._database.transaction() as work:
                record = await self._parking.first(work.session, key)
                if record is not None:
                    await self._handlers.handle(record, work)
                    await self._parking.remove(work.session, record)
        except Exception as error:
            if record is None:
                raise
            self._report(error, record)
            async with self._database.transaction() as work:
                await self._parking.blame(work.session, record, repr(error))
            return False
        return record is not None

    async def _insist(self, record: Record) -> None:
        tries = 1
        while (error := await self._attempt((record,))) is not None:
            if tries == TRIES or isinstance(error, Undecodable):
                await self._park(record, tries, error)
                break
            await asyncio.sleep(backoff(self._pause, tries))
            tries += 1

    async def _attempt(self, records: Sequence[Record]) -> Exception | None:
        try:
            await self._apply(records)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises; it is logged
            self._report(error, *records)
            return error
        return None

    async def _apply(self, records: Sequence[Record]) -> None:
        async with self._database.transaction() as work:
            position = await self._cursor.read(work.session)
            due = [record for record in records if record.sequence > position]
            if not due:
                return
            held = await self._parking.taken(work.session, {record.key for record in due})
            for record in due:
                if record.key in held:
                    await self._parking.add(work.session, record, tries=0, error="")
                else:
                    await self._handlers.handle(record, work)
            await self._cursor.move(work.session, due[-1].sequence)
        self._stored = due[-1].sequence

    async def _park(self, record: Record, tries: int, error: Exception) -> None:
        async with self._database.transaction() as work:
            if record.sequence > await self._cursor.read(work.session):
                await self._parking.add(work.session, record, tries=tries, error=repr(error))
                await self._cursor.move(work.session, record.sequence)
        log.error("%s: event %d (%s of %s) is parked", self._names, record.sequence, record.code, record.key)

    async def _pass(self, head: int, position: int) -> None:
        if head < position:
            log.error("%s: the outbox went back from %d to %d, as if restored", self._names, position, head)
        async with self._database.transaction() as work:
            if await self._cursor.read(work.session) <= max(head, position):
                await self._cursor.move(work.session, head)
        self._stored = head

    def _report(self, error: Exception, *records: Record) -> None:
        self.failures += 1
        first, last = records[0].sequence, records[-1].sequence
        log.warning("%s: events %d to %d failed", self._names, first, last, exc_info=error)
