"""Who wants to write while another process does waits for as long as its caller does, no more and no less."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from app.data import sqlite
from app.data.database import ModuleDatabase
from tests.app.data.conftest import value
from tests.databases import both_engines

pytestmark = both_engines


@asynccontextmanager
async def stranger(database: ModuleDatabase) -> AsyncIterator[None]:
    """Have somebody else, in an event loop of its own as in another process, hold a write transaction."""
    writing, over = threading.Event(), threading.Event()

    async def hold() -> None:
        other = await ModuleDatabase.open(database.place, migrations=None)
        async with other.write():
            writing.set()
            await asyncio.to_thread(over.wait)
        await other.close()

    thread = threading.Thread(target=asyncio.run, args=(hold(),))
    thread.start()
    await asyncio.to_thread(writing.wait)
    try:
        yield
    finally:
        over.set()
        await asyncio.to_thread(thread.join)


async def change(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("UPDATE counter SET value = value + 1 WHERE name = 'a'"))


async def cut_short(database: ModuleDatabase) -> None:
    try:
        async with asyncio.timeout(0.05):
            await change(database)
    except TimeoutError:
        return
    raise AssertionError("it wrote while another did")


async def test_a_deadline_ends_the_wait(database: ModuleDatabase) -> None:
    loop = asyncio.get_running_loop()
    async with stranger(database):
        began = loop.time()
        await cut_short(database)
        assert loop.time() - began < sqlite.BUSY / 2
    await change(database)
    assert await value(database) == 1


async def test_without_one_it_lasts_until_the_lock_is_free(database: ModuleDatabase) -> None:
    async with stranger(database):
        waiting = asyncio.create_task(change(database))
        _, pending = await asyncio.wait([waiting], timeout=0.3)
        assert pending
        assert await value(database) == 0  # reading goes on
    await waiting
    assert await value(database) == 1
