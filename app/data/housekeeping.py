"""Forgetting, after a set time, idempotency keys and published events."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Table, delete, func, select

from app.data.database import ModuleDatabase
from app.data.tables import keys, microseconds, outbox

KEPT = timedelta(days=30)
"""How long a key is answered, and an event can still be read by a late subscriber."""
EVERY = timedelta(days=1)
AT_ONCE = 1000
"""Rows that are deleted in one transaction, so that other writers do not wait long."""


async def keep_house(database: ModuleDatabase) -> NoReturn:
    """Purge now and then every day, for ever."""
    while True:
        await purge(database, before=datetime.now(UTC) - KEPT)
        await asyncio.sleep(EVERY.total_seconds())


async def purge(database: ModuleDatabase, *, before: datetime) -> None:
    """Delete keys and events from before an instant; the newest event stays, so that the count goes on."""
    limit = microseconds(before)
    newest = select(func.max(outbox.c.sequence)).scalar_subquery()
    await _purge(database, keys, keys.c.stored, keys.c.stored < limit)
    await _purge(database, outbox, outbox.c.sequence, (outbox.c.published < limit) & (outbox.c.sequence < newest))


async def _purge(database: ModuleDatabase, table: Table, order: ColumnElement[int], old: ColumnElement[bool]) -> None:
    some: Any = select(order.label("place")).where(old).order_by(order).limit(AT_ONCE).subquery()
    while True:
        async with database.read() as session:
            last = (await session.execute(select(func.max(some.c.place)))).scalar_one()
        if last is None:
            return
        async with database.transaction() as work:
            await work.session.execute(delete(table).where(old, order <= last))
