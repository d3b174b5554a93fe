"""What a module takes in from one publisher: each event's effect and the cursor behind it, together."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.data.database import ModuleDatabase
from app.data.shared import News
from app.events.clock import Clock
from app.events.cursor import Cursor
from app.events.handlers import Handlers, Undecodable
from app.events.lease import Lease, LeaseLost
from app.events.parking import Parking, backoff, told
from contracts.kit import Unavailable
from contracts.kit.outbox import Batch, Record

TOGETHER = 20
"""Events whose effects share a transaction, at most; if one fails, it is looked for in halves."""
PASSED_OVER = 1000
"""After so many events of other codes the cursor is written even without an effect."""

log = logging.getLogger("freestone.events")


class Intake:
    """Applies a publisher's records to the subscriber's database, as long as the lease is held.

    Whoever calls it, how often and with which records again: an event has its effect once, since its
    transaction looks at the cursor first. An event that fails is set aside at once, to be tried again after
    ``pause`` seconds; later ones of its key are put behind it, others go on. ``aside`` tells of it. ``stored`` is the
    last sequence that is known to be stored as taken in.
    """

    def __init__(
        self, publisher: str, database: ModuleDatabase, handlers: Handlers, lease: Lease, clock: Clock, pause: float
    ) -> None:
        self.failures = 0
        self.aside = News()
        self.stored = 0
        self._names = f"{handlers.subscriber} ← {publisher}"
        self._database = database
        self._handlers = handlers
        self._lease = lease
        self._clock = clock
        self._pause = pause
        self._cursor = Cursor(publisher)
        self._parking = Parking(publisher)

    async def position(self) -> int:
        """Return the last sequence that is stored as taken in."""
        async with self._database.read() as session:
            self.stored = await self._cursor.read(session)
        return self.stored

    async def take(self, batch: Batch, position: int) -> int:
        """Apply what of a batch lies behind ``position``; return the new position.

        `LeaseLost`, with nothing of the transaction under way done, where another holds the lease.
        """
        due = [record for record in batch.records if record.sequence > position]
        for start in range(0, len(due), TOGETHER):
            records = due[start : start + TOGETHER]
            await self._take(records)
            position = records[-1].sequence
        if batch.head < position or batch.head - self.stored >= PASSED_OVER:
            await self._pass(batch.head, position)
        return batch.head

    async def _take(self, records: Sequence[Record]) -> None:
        try:
            await self._apply(records)
        except (LeaseLost, Unavailable):  # handlers call nobody: what is away is the database
            raise
        except Exception as error:  # noqa: BLE001  # whatever a handler raises; it is logged and kept
            if len(records) == 1:
                await self._set_aside(records[0], error)
                return
            middle = len(records) // 2
            await self._take(records[:middle])
            await self._take(records[middle:])

    async def _apply(self, records: Sequence[Record]) -> None:
        async with self._database.transaction() as work:
            await self._lease.confirm(work.session)
            position = await self._cursor.read(work.session)
            due = [record for record in records if record.sequence > position]
            if not due:
                return
            held = await self._parking.taken(work.session, {record.key for record in due})
            for record in due:
                if record.key in held:
                    await self._parking.add(work.session, record)
                else:
                    await self._handlers.handle(record, work)
            await self._cursor.move(work.session, due[-1].sequence)
        self.stored = due[-1].sequence

    async def _set_aside(self, record: Record, error: Exception) -> None:
        self.failures += 1
        due = None if isinstance(error, Undecodable) else self._clock() + round(backoff(self._pause, 1) * 1e6)
        async with self._database.transaction() as work:
            await self._lease.confirm(work.session)
            if record.sequence > await self._cursor.read(work.session):
                await self._parking.add(work.session, record, tries=1, error=told(error), due=due)
                await self._cursor.move(work.session, record.sequence)
        self.stored = record.sequence
        self.aside.tell()
        what = f"{self._names}: event {record.sequence} ({record.code} of {record.key})"
        if due is None:
            log.error("%s cannot be read and is parked: %s", what, error)
        else:
            log.warning("%s failed and will be tried again", what, exc_info=error)

    async def _pass(self, head: int, position: int) -> None:
        if head < position:
            log.error("%s: the outbox went back from %d to %d, as if restored", self._names, position, head)
        async with self._database.transaction() as work:
            await self._lease.confirm(work.session)
            if await self._cursor.read(work.session) <= max(head, position):
                await self._cursor.move(work.session, head)
        self.stored = head
