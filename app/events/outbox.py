"""A module's outbox, read from its database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.tables import instant, outbox
from contracts.kit.outbox import Batch, Outbox, Record

LARGEST = 100
"""Records in a batch, at most."""
HEARTBEAT = 1.5
"""Seconds after which the outbox is looked at without news; another process may have written to it."""

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
    """The outbox in a module's database; a commit in this process wakes its readers at once."""

    def __init__(self, database: ModuleDatabase) -> None:
        self._database = database
        self._retired = False

    async def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
        while not self._retired:
            ticket = self._database.published.ticket()
            batch = await self._look(after, codes)
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

    async def _look(self, after: int, codes: tuple[str, ...]) -> Batch:
        found = select(*_COLUMNS).where(outbox.c.sequence > after, outbox.c.code.in_(codes))
        async with self._database.read() as session:
            rows = (await session.execute(found.order_by(outbox.c.sequence).limit(LARGEST))).all()
            head = rows[-1].sequence if len(rows) == LARGEST else await self._head(session)
        records = (Record(**row._asdict() | {"published": instant(row.published)}) for row in rows)
        return Batch(records=tuple(records), head=head)

    async def _head(self, session: AsyncSession) -> int:
        return (await session.execute(select(func.max(outbox.c.sequence)))).scalar_one() or 0
