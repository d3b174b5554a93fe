"""A database with one table of counters, as most of these tests want it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from tests.databases import Places


@pytest.fixture
async def database(places: Places) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open(places.of("shop"), migrations=None)
    async with opened.write() as work:
        await work.session.execute(text("CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"))
        await work.session.execute(text("INSERT INTO counter VALUES ('a', 0), ('b', 0)"))
    yield opened
    await opened.close()


async def value(database: ModuleDatabase, name: str = "a") -> int:
    """Return what is committed."""
    async with database.read() as session:
        found = await session.execute(text("SELECT value FROM counter WHERE name = :name"), {"name": name})
        return int(found.scalar_one())
