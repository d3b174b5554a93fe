"""The connection in a thread: the rows it brings, however many and however they are asked for."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.statement import ROWS

COUNT = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :last) SELECT x FROM n")


@pytest.mark.parametrize("last", [1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS])
async def test_all_rows_come_in_order(database: ModuleDatabase, last: int) -> None:
    async with database.read() as session:
        assert list((await session.execute(COUNT, {"last": last})).scalars()) == list(range(1, last + 1))


@pytest.mark.parametrize("last", [1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS])
async def test_rows_can_be_streamed(database: ModuleDatabase, last: int) -> None:
    async with database.read() as session:
        rows = await session.stream_scalars(COUNT, {"last": last})
        assert [row async for row in rows] == list(range(1, last + 1))


async def test_a_stream_left_in_the_middle_leaves_the_connection_usable(database: ModuleDatabase) -> None:
    async with database.read() as session:
        async for _ in await session.stream_scalars(COUNT, {"last": 5 * ROWS}):
            break
    async with database.read() as session:
        assert (await session.execute(COUNT, {"last": 1})).scalar_one() == 1


async def test_a_write_tells_how_many_rows_it_changed_and_returns_them(database: ModuleDatabase) -> None:
    async with database.write() as work:
        changed = await work.session.execute(text("UPDATE counter SET value = 1"))
        returned = await work.session.execute(text("DELETE FROM counter RETURNING name"))
        assert changed.rowcount == 2  # type: ignore[attr-defined]
        assert sorted(returned.scalars()) == ["a", "b"]
