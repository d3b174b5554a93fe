"""Forgetting, after a set time, idempotency keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from app.data.database import ModuleDatabase
from app.data.tables import keys

KEPT = timedelta(days=30)
"""How long a key is answered, at least."""
AT_ONCE = 500
"""Rows that are deleted in one transaction, so that other writers do not wait long."""
PAUSE = 0.02
"""Seconds between two such transactions, in which writers of other processes get their turn."""


async def purge_keys(database: ModuleDatabase, *, now: int) -> None:
    """Delete the keys that were stored longer than `KEPT` before ``now``, in microseconds since 1970."""
    limit = now - KEPT // timedelta(microseconds=1)
    old = keys.c.stored < limit
    some: Any = select(keys.c.stored).where(old).order_by(keys.c.stored).limit(AT_ONCE).subquery()
    while True:
        async with database.read() as session:
            last = (await session.execute(select(func.max(some.c.stored)))).scalar_one()
        if last is None:
            return
        async with database.transaction() as work:
            await work.session.execute(delete(keys).where(keys.c.stored <= last))
        await asyncio.sleep(PAUSE)
