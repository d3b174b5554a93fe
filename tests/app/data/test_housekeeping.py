"""Idempotency keys are answered for thirty days, and then forgotten."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from sqlalchemy import insert, text

from app.data.database import ModuleDatabase
from app.data.housekeeping import AT_ONCE, KEPT, purge_keys
from app.data.tables import keys
from tests.app.data.conftest import value
from tests.databases import both_engines

pytestmark = both_engines

DAY = timedelta(days=1) // timedelta(microseconds=1)
NOW = 1_800_000_000_000_000


async def store(database: ModuleDatabase, *stored: int) -> None:
    one = {"actor": "a", "operation": "o", "fingerprint": b"", "answer": b""}
    rows = [one | {"key": str(number), "stored": instant} for number, instant in enumerate(stored)]
    async with database.write() as work:
        await work.session.execute(insert(keys), rows)


async def kept(database: ModuleDatabase) -> list[int]:
    async with database.read() as session:
        return list((await session.execute(text("SELECT stored FROM freestone_keys ORDER BY stored"))).scalars())


def test_keys_are_kept_for_thirty_days_at_least() -> None:
    assert timedelta(days=30) <= KEPT


async def test_a_key_goes_when_it_is_old_and_not_before(database: ModuleDatabase) -> None:
    limit = NOW - 30 * DAY
    await store(database, limit - 1, limit, NOW - 29 * DAY, NOW, NOW + DAY)
    await purge_keys(database, now=NOW)
    assert await kept(database) == [limit, NOW - 29 * DAY, NOW, NOW + DAY]
    await purge_keys(database, now=NOW + 31 * DAY)
    assert await kept(database) == [NOW + DAY]


async def test_many_go_in_batches_between_which_others_write(database: ModuleDatabase) -> None:
    await store(database, *range(3 * AT_ONCE + 1))
    purging, sizes = asyncio.create_task(purge_keys(database, now=time.time_ns() // 1000)), list[int]()
    while not purging.done():
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = value + 1 WHERE name = 'a'"))
        sizes.append(len(await kept(database)))
    await purging
    assert await kept(database) == []
    assert await value(database) == len(sizes)
    assert any(0 < size < 3 * AT_ONCE + 1 for size in sizes)
