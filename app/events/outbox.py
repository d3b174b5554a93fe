"""A module's outbox, read from its database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.tables import instant, outbox
from app.events.purged import lost
from app.events.readers import Readers
from app.failpoints import failpoints
from contracts.kit.context import current_frame
from contracts.kit.outbox import Batch, Outbox, Record

LARGEST = 100
"""Records in a batch, at most."""
HEARTBEAT = 1.5
"""Seconds after which the outbox is looked at without news: a net, should the bell not be heard."""

log = logging.getLogger("freestone.events")

_COLUMNS = (
    outbox.c.sequence,
    outbox.c.code,
    outbox.c.key,
    outbox.c.payload,
    outbox.c.request_id,
    outbox.c.published,
)


@final
class StoredOutbox(Outbox):
    """The outbox in a module's database; a commit, whichever process made it, wakes its readers at once.

    ``readers`` are the modules that read it, as far as the call's route tells who calls; the ``strangers`` among the
    callers are none.
    """

    def __init__(self, database: ModuleDatabase, strangers: Collection[str] = ()) -> None:
        self.readers = Readers(database)
        self._database = database
        self._strangers = frozenset(strangers)
        self._told: set[tuple[str, int]] = set()
        self._retired = False

    async def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
        reader = self._reader()
        reading = self.readers.reading(reader, after, codes) if reader else None
        site = self._database.site
        with self._database.listening():
            await self._tell_what_is_gone(reader or "somebody", after, codes)
            while not self._retired and self._database.site is site:  # where the data moves, readers pull again
                ticket = self._database.published.ticket()
                batch = await self._look(after, codes)
                if reading is not None:
                    reading.gave(batch.head)
                if failpoints.armed and batch.records:
                    failpoints.hit("events.given", f"{reader} ← {self._database.module}")
                yield batch
                after = batch.head
                if len(batch.records) < LARGEST and not self._retired:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(HEARTBEAT):
                            await self._database.published.wait(ticket)

    async def head(self) -> int:
        """Return the last sequence, 0 before the first."""
        async with self._database.read() as session:
            return await self._head(session)

    def retire(self) -> None:
        """End every `pull`, so that this instance can be closed; its readers pull again, from another."""
        self._retired = True
        self._database.published.tell()

    def _reader(self) -> str:
        """Return the module that reads; nothing for a stranger, or where no route led here."""
        route = current_frame().route
        return "" if route is None or route.caller in self._strangers else str(route.caller)

    async def _tell_what_is_gone(self, reader: str, after: int, codes: tuple[str, ...]) -> None:
        async with self._database.read() as session:
            last = await lost(session, after, codes)
        if last and (reader, last) not in self._told:
            self._told.add((reader, last))
            log.warning(
                "%s asks for the events of %s after %d; those up to %d are no longer kept, it goes on behind them",
                reader,
                self._database.module,
                after,
                last,
            )

    async def _look(self, after: int, codes: tuple[str, ...]) -> Batch:
        found = select(*_COLUMNS).where(outbox.c.sequence > after, outbox.c.code.in_(codes))
        async with self._database.read() as session:
            rows = (await session.execute(found.order_by(outbox.c.sequence).limit(LARGEST))).all()
            head = rows[-1].sequence if len(rows) == LARGEST else await self._head(session)
        records = (Record(**row._asdict() | {"published": instant(row.published)}) for row in rows)
        return Batch(records=tuple(records), head=head)

    async def _head(self, session: AsyncSession) -> int:
        return (await session.execute(select(func.max(outbox.c.sequence)))).scalar_one() or 0
