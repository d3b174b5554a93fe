"""Reads and writes: one writer, reads apart from it, and what a connection refuses."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteEngines, SqliteFile
from app.runtime.tasks import task_factory
from contracts.kit import Database
from contracts.kit.context import current_holder
from tests.app.data.conftest import value
from tests.databases import both_engines, file_of, sqlite_only

pytestmark = both_engines


async def increment(database: ModuleDatabase) -> None:
    async with database.write() as work:
        found = await work.session.execute(text("SELECT value FROM counter WHERE name = 'a'"))
        await work.session.execute(
            text("UPDATE counter SET value = :v WHERE name = 'a'"), {"v": found.scalar_one() + 1}
        )


async def test_concurrent_increments_lose_no_update(database: ModuleDatabase) -> None:
    await asyncio.gather(*(increment(database) for _ in range(60)))
    assert await value(database) == 60


async def test_two_openings_of_one_place_lose_no_update(database: ModuleDatabase) -> None:
    other = await ModuleDatabase.open(database.place, migrations=None)
    try:
        await asyncio.gather(*(increment(each) for each in (database, other) for _ in range(30)))
        assert await value(other) == 60
    finally:
        await other.close()


@sqlite_only
async def test_nobody_else_can_write_what_a_write_has_read(database: ModuleDatabase) -> None:
    with closing(sqlite3.connect(file_of(database), timeout=0)) as other_process:
        async with database.write() as work:
            await work.session.execute(text("SELECT value FROM counter"))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other_process.execute("UPDATE counter SET value = 7")
            await work.session.execute(text("UPDATE counter SET value = value + 1"))
    assert await value(database) == 1


async def test_a_read_during_a_write_sees_the_old_state(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("UPDATE counter SET value = 7 WHERE name = 'a'"))
        assert await value(database) == 0
    assert await value(database) == 7


async def test_a_read_sees_one_state_from_beginning_to_end(database: ModuleDatabase) -> None:
    async with database.read() as session:
        before = (await session.execute(text("SELECT sum(value) FROM counter"))).scalar_one()
        await increment(database)
        assert (await session.execute(text("SELECT sum(value) FROM counter"))).scalar_one() == before == 0


async def test_an_exception_rolls_back(database: ModuleDatabase) -> None:
    async def fail() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await value(database) == 0
    await increment(database)
    assert await value(database) == 1


async def test_a_read_session_cannot_write(database: ModuleDatabase) -> None:
    async with database.read() as session:
        with pytest.raises(DBAPIError, match=r"read-?only"):
            await session.execute(text("UPDATE counter SET value = 7"))
    assert await value(database) == 0


@sqlite_only
async def test_no_other_database_can_be_attached(database: ModuleDatabase, tmp_path: Path) -> None:
    attach = text("ATTACH DATABASE :file AS other").bindparams(file=str(tmp_path / "other.sqlite"))
    async with database.read() as session:
        with pytest.raises(OperationalError, match="too many attached databases"):
            await session.execute(attach)
    with pytest.raises(OperationalError, match="too many attached databases"):
        async with database.write() as work:
            await work.session.execute(attach)
    assert not (tmp_path / "other.sqlite").exists()


async def test_foreign_keys_hold(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE child (name TEXT REFERENCES counter (name))"))
    with pytest.raises(IntegrityError):
        async with database.write() as work:
            await work.session.execute(text("INSERT INTO child VALUES ('nobody')"))


async def test_an_error_does_not_tell_what_was_to_be_stored(database: ModuleDatabase) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with database.write() as work:
            await work.session.execute(
                text("INSERT INTO counter VALUES (:name, :secret)"), {"name": "a", "secret": 4711}
            )
    assert "4711" not in str(caught.value)


@sqlite_only
async def test_every_commit_is_flushed_to_a_write_ahead_log(database: ModuleDatabase) -> None:
    async with database.write() as work:
        settings = {
            name: (await work.session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "trusted_schema", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "trusted_schema": 0, "busy_timeout": 0}


async def test_a_write_within_a_write_is_refused_rather_than_waiting_for_itself(database: ModuleDatabase) -> None:
    with pytest.raises(RuntimeError, match="of module shop within another"):
        async with database.write(), database.write():
            pass
    await increment(database)


async def test_a_part_of_a_write_can_be_undone(database: ModuleDatabase) -> None:
    async with database.write() as work:
        with suppress(IntegrityError):
            async with work.session.begin_nested():
                await work.session.execute(text("UPDATE counter SET value = 7"))
                await work.session.execute(text("INSERT INTO counter VALUES ('a', 1)"))
        await work.session.execute(text("UPDATE counter SET value = value + 1"))
    assert await value(database) == 1


async def test_an_error_that_is_swallowed_fails_the_commit_and_nothing_is_stored(database: ModuleDatabase) -> None:
    async def swallow() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            with suppress(IntegrityError):
                await work.session.execute(text("INSERT INTO counter VALUES ('a', 1)"))

    with pytest.raises(DBAPIError, match=r"put what may fail into a savepoint, async with session\.begin_nested\(\)"):
        await swallow()
    await increment(database)
    assert await value(database) == 1


async def test_behind_an_error_nothing_goes_on_in_a_transaction(database: ModuleDatabase) -> None:
    async def swallow(session: AsyncSession) -> None:
        with pytest.raises(DBAPIError, match="nowhere"):
            await session.execute(text("SELECT * FROM nowhere"))
        await session.execute(text("SELECT value FROM counter"))

    for open_session in (reading, writing):
        with pytest.raises(DBAPIError, match=r"rolled back|transaction is aborted"):
            async with open_session(database) as session:
                await swallow(session)
    await increment(database)
    assert await value(database) == 1


async def test_an_error_swallowed_within_a_part_fails_the_whole(database: ModuleDatabase) -> None:
    async def swallow() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            with suppress(DBAPIError):
                async with work.session.begin_nested():
                    with suppress(IntegrityError):
                        await work.session.execute(text("INSERT INTO counter VALUES ('a', 1)"))

    with pytest.raises(DBAPIError, match="put what may fail into a savepoint"):
        await swallow()
    await increment(database)
    assert await value(database) == 1


@asynccontextmanager
async def reading(database: ModuleDatabase) -> AsyncIterator[AsyncSession]:
    async with database.read() as session:
        yield session


@asynccontextmanager
async def writing(database: ModuleDatabase) -> AsyncIterator[AsyncSession]:
    async with database.write() as work:
        yield work.session


async def test_a_write_ends_with_its_block_and_not_before(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("UPDATE counter SET value = 7"))
        for end in (work.session.commit, work.session.rollback):
            with pytest.raises(RuntimeError, match=r"A write\(\) "):
                await end()
        assert await value(database) == 0
    assert await value(database) == 7


async def test_a_commit_that_fails_is_undone(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE child (a TEXT REFERENCES counter DEFERRABLE INITIALLY DEFERRED)"))

    async def orphan() -> None:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 7"))
            await work.session.execute(text("INSERT INTO child VALUES ('nobody')"))

    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        await orphan()
    await increment(database)
    assert await value(database) == 1


async def test_a_task_is_marked_while_it_writes(database: ModuleDatabase) -> None:
    ended = asyncio.Event()

    async def child() -> list[str | None]:
        inside = marked()
        await ended.wait()
        return [inside, marked()]

    marks = [marked()]
    async with database.write():
        marks.append(marked())
        outliving = asyncio.create_task(child())
        await asyncio.sleep(0)
    marks.append(marked())
    ended.set()
    assert marks == [None, "shop", None]
    assert await outliving == ["shop", None]


def marked() -> str | None:
    writing = current_holder().writing
    return None if writing is None or writing.over else writing.module


async def test_who_opens_a_second_write_in_a_task_of_the_first_is_told_so(
    database: ModuleDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.get_running_loop().set_task_factory(task_factory)
    async with database.write():
        with pytest.raises(RuntimeError, match=r"same task, opened at tests/app/data/test_database\.py:\d+; use the"):
            await increment(database)
        waiting = asyncio.create_task(increment(database))
        await asyncio.sleep(0.01)
        assert "a task that was started inside another (at tests/app/data/test_database.py:" in caplog.text
    await waiting
    assert await value(database) == 1


async def test_writers_take_their_turns_in_order(database: ModuleDatabase) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with database.write():
            order.append(number)

    async with database.write():
        waiting = [asyncio.create_task(write(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


def no_thread_is_left(before: set[threading.Thread]) -> None:
    """Check that the connections opened since have ended their threads."""
    for thread in [each for each in set(threading.enumerate()) - before if "_connection_worker_thread" in each.name]:
        thread.join(timeout=10)
        assert not thread.is_alive()


async def test_closing_ends_every_connection_and_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    database = await ModuleDatabase.open(SqliteFile("shop", tmp_path), migrations=None)
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE t (x)"))
    async with database.read() as session:
        await session.execute(text("SELECT * FROM t"))
        assert database.connections == 2
        await database.close()
    assert database.connections == 0
    no_thread_is_left(before)
    with pytest.raises(RuntimeError, match="The database of module shop is closed"):
        async with database.read():
            pass


async def test_what_fails_to_open_says_so_and_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_engines = SqliteEngines.open

    async def fail(engines: SqliteEngines) -> None:
        await open_engines(engines)
        assert engines.connections == 2
        raise OSError("planted")

    monkeypatch.setattr(SqliteEngines, "open", fail)
    before = set(threading.enumerate())
    with pytest.raises(OSError, match="planted"):
        await ModuleDatabase.open(SqliteFile("shop", tmp_path), migrations=None)
    no_thread_is_left(before)


async def test_cancelled_while_it_opens_it_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_engines, opened = SqliteEngines.open, asyncio.Event()

    async def tell(engines: SqliteEngines) -> None:
        await open_engines(engines)
        opened.set()
        await asyncio.sleep(0.01)

    monkeypatch.setattr(SqliteEngines, "open", tell)
    before = set(threading.enumerate())
    opening = asyncio.create_task(ModuleDatabase.open(SqliteFile("shop", tmp_path), migrations=None))
    await opened.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    no_thread_is_left(before)


async def test_closing_says_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_engines = SqliteEngines.close

    async def fail(engines: SqliteEngines) -> None:
        await close_engines(engines)
        raise OSError("planted")

    database = await ModuleDatabase.open(SqliteFile("shop", tmp_path), migrations=None)
    monkeypatch.setattr(SqliteEngines, "close", fail)
    with pytest.raises(OSError, match="planted"):
        await database.close()


async def test_closing_waits_for_the_writer_and_refuses_those_behind_it(database: ModuleDatabase) -> None:
    async with database.write() as work:
        behind = asyncio.create_task(increment(database))
        await asyncio.sleep(0)
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        await work.session.execute(text("UPDATE counter SET value = 7 WHERE name = 'a'"))
    await closing
    with pytest.raises(RuntimeError, match="closed"):
        await behind
    again = await ModuleDatabase.open(database.place, migrations=None)
    assert await value(again) == 7
    await again.close()


async def test_it_is_nominally_the_port(database: ModuleDatabase) -> None:
    assert Database in type(database).__mro__
