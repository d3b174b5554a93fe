"""Any text can be looked for and kept, on either engine."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from tests.app.data.conftest import value
from tests.databases import Places, both_engines

pytestmark = both_engines

COUNT = text("SELECT count(*) FROM counter WHERE name = :name")
ADD = text("INSERT INTO counter VALUES (:name, 7)")


@pytest.mark.parametrize("name", ["a\0", "\0", "a\0b", "a\N{REPLACEMENT CHARACTER}", "'; --", "\\", "\U0001f642 ü"])
async def test_a_text_is_found_where_it_was_put_and_not_where_it_was_not(database: ModuleDatabase, name: str) -> None:
    async with database.read() as session:
        assert await session.scalar(COUNT, {"name": name}) == 0
    async with database.write() as work:
        assert await work.session.scalar(COUNT, {"name": name}) == 0
        await work.session.execute(ADD, {"name": name})
    assert await value(database, name) == 7
    assert await value(database, "a") == 0


async def test_what_postgresql_cannot_keep_is_seen_to_be_missing(database: ModuleDatabase, places: Places) -> None:
    async with database.write() as work:
        await work.session.execute(ADD, {"name": "x\0y"})
    async with database.read() as session:
        kept = await session.scalar(text("SELECT name FROM counter WHERE value = 7"))
    assert kept == ("x\0y" if places.engine == "sqlite" else "x\N{REPLACEMENT CHARACTER}y")
