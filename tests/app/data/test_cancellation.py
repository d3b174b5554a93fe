"""Deadlines cancel tasks: wherever that happens, no half of a transaction and no broken connection is left."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.data.connection import ThreadConnection
from app.data.database import ModuleDatabase
from app.data.sqlite import connect
from app.data.sqlite_place import SqliteEngines
from tests.app.data.conftest import value
from tests.databases import both_engines, sqlite_only

pytestmark = both_engines

ENDLESS = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")


def connections_of(database: ModuleDatabase) -> set[ThreadConnection]:
    engines = database.site.engines
    assert isinstance(engines, SqliteEngines)
    return set(engines._connections)


async def both(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("UPDATE counter SET value = value + 1 WHERE name = 'a'"))
        await work.session.execute(text("UPDATE counter SET value = value + 1 WHERE name = 'b'"))


async def test_a_cancelled_statement_is_stopped(database: ModuleDatabase) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), database.read() as session:
            await session.execute(ENDLESS)
    assert await value(database) == 0


@sqlite_only
async def test_a_cancelled_write_is_rolled_back_and_the_next_one_works(database: ModuleDatabase) -> None:
    async def slow() -> None:
        async with asyncio.timeout(0.05), database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            await work.session.execute(ENDLESS)

    await both(database)
    connections = connections_of(database)
    with pytest.raises(TimeoutError):
        await slow()
    assert await value(database) == 1
    await both(database)
    assert await value(database) == await value(database, "b") == 2
    assert connections <= connections_of(database)


async def test_a_write_that_swallows_its_cancellation_commits_no_half(database: ModuleDatabase) -> None:
    async def stubborn() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7 WHERE name = 'a'"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await work.session.execute(text(f"UPDATE counter SET value = ({ENDLESS})"))
            await work.session.execute(text("UPDATE counter SET value = 7 WHERE name = 'b'"))

    with pytest.raises(SQLAlchemyError, match="rolled back"):
        await stubborn()
    assert await value(database) == await value(database, "b") == 0
    await both(database)
    assert await value(database) == 1


async def test_a_task_cancelled_while_it_waits_for_its_turn_gives_it_to_the_next(database: ModuleDatabase) -> None:
    async with database.write():
        waiting = [asyncio.create_task(both(database)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in done] == [type(None), asyncio.CancelledError, type(None)]
    assert await value(database) == 2
    assert not database.is_writing


async def test_cancelled_at_random_points_nothing_is_half_done_and_nothing_leaks(database: ModuleDatabase) -> None:
    points = random.Random(7)
    finished = 0
    for _ in range(60):
        tasks = [asyncio.create_task(both(database)), asyncio.create_task(both(database))]
        readers = [asyncio.create_task(value(database))]
        await steps(points.randrange(30))
        for each in (*tasks, *readers):
            each.cancel()
            if points.random() < 0.3:
                await steps(1)
                each.cancel()
        results = await asyncio.gather(*tasks, *readers, return_exceptions=True)
        assert all(each is None or isinstance(each, int | asyncio.CancelledError) for each in results)
        finished += sum(each is None for each in results)
        assert not database.is_writing
    a, b = await value(database), await value(database, "b")
    assert a == b
    assert finished <= a <= 120
    assert database.connections <= 3


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0.0001)


@sqlite_only
async def test_cancelled_again_and_again_it_still_keeps_its_connections(database: ModuleDatabase) -> None:
    async def slow() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            await work.session.execute(ENDLESS)

    await value(database)
    connections = connections_of(database)
    for number in range(24):
        task = asyncio.ensure_future(slow() if number % 4 == 0 else both(database))
        await asyncio.sleep(0.02 if number % 4 == 0 else 0.0001 * number)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(task, return_exceptions=True)
    await both(database)
    assert await value(database) == await value(database, "b")
    assert connections == connections_of(database)


@pytest.mark.parametrize("doing", [ThreadConnection.commit, ThreadConnection.rollback, ThreadConnection.close])
async def test_what_ends_a_transaction_is_over_before_the_cancellation_goes_on(
    doing: Callable[[ThreadConnection], Awaitable[None]], tmp_path: Path
) -> None:
    (tmp_path / "x").touch()
    connection = ThreadConnection(lambda: connect(tmp_path / "x"), "BEGIN IMMEDIATE", lambda _: None, read_only=False)
    await connection.open()
    await connection.cursor().execute("CREATE TABLE t (x)")
    task = asyncio.ensure_future(doing(connection))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with connect(tmp_path / "x") as other:
        tables = other.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        other.execute("BEGIN EXCLUSIVE")
    other.close()
    assert tables == ((1,) if doing is ThreadConnection.commit else (0,))
    await connection.close()


async def test_a_connection_cancelled_while_it_opens_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    connection = ThreadConnection(lambda: connect(tmp_path / "x"), "BEGIN", lambda _: None, read_only=True)
    task = asyncio.create_task(connection.open())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    connection._thread.join(timeout=10)
    assert not connection._thread.is_alive()
