"""A host that runs while a newer one upgrades its tables: it writes on if the revision says so, and else is refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.migrations import prepare
from contracts.kit import Unavailable
from tests.app.data.conftest import value
from tests.databases import Places, both_engines

pytestmark = both_engines

CREATE = 'op.execute("CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")'
FILL = "op.execute(\"INSERT INTO counter VALUES ('a', 0)\")"
LATER = 'op.execute("CREATE TABLE later (name TEXT)")'
REASON = (
    "its tables take writes of code from revision 0002 on, and this host's ends at 0001; "
    "roll this host to the new release"
)


def history(folder: Path, *bodies: str, oldest: str | None = None) -> Path:
    """Write a history with a revision for each body; the last one names the ``oldest`` that can use what it leaves."""
    folder.mkdir()
    for number, body in enumerate(bodies, 1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        lines = ["from alembic import op", f'revision = "{number:04}"', f"down_revision = {before}"]
        lines += [f'oldest = "{oldest}"'] if oldest is not None and number == len(bodies) else []
        (folder / f"{number:04}.py").write_text("\n".join([*lines, "def upgrade():", f"    {body}"]))
    return folder


@asynccontextmanager
async def old_host(places: Places, folder: Path) -> AsyncIterator[ModuleDatabase]:
    """A database as code that ends at revision 0001 has it open."""
    old = history(folder / "old", f"{CREATE}\n    {FILL}")
    database = await ModuleDatabase.open(places.of("shop"), migrations=old)
    yield database
    await database.close()


async def increment(database: ModuleDatabase) -> None:
    async with database.write() as work:
        await work.session.execute(text("UPDATE counter SET value = value + 1"))


async def test_after_an_upgrade_that_shuts_it_out_a_host_writes_no_more_and_says_why(
    places: Places, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with old_host(places, tmp_path) as old:
        await increment(old)
        newer = history(tmp_path / "new", "pass", LATER)
        new = await ModuleDatabase.open(places.of("shop"), migrations=newer)
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await increment(old)
            assert (caught.value.operation, caught.value.reason) == ("the database of shop", REASON)
            assert caught.value.may_have_executed is False
        assert old.oldest.refusal == REASON
        assert [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR] == [
            f"Module shop writes no more: {REASON}"
        ]
        await increment(new)
        assert await value(new) == 2
        await new.close()


async def test_within_oldest_a_host_writes_on(places: Places, tmp_path: Path) -> None:
    async with old_host(places, tmp_path) as old:
        newer = history(tmp_path / "new", "pass", LATER, oldest="0001")
        new = await ModuleDatabase.open(places.of("shop"), migrations=newer)
        await increment(old)
        await increment(new)
        assert await value(old) == 2
        assert old.oldest.refusal is None
        await new.close()


async def test_who_reads_is_not_refused_but_it_shows_that_the_host_is_too_old(places: Places, tmp_path: Path) -> None:
    async with old_host(places, tmp_path) as old:
        await asyncio.to_thread(prepare, places.of("shop"), history(tmp_path / "new", "pass", LATER))
        async with asyncio.timeout(10):
            while old.oldest.refusal is None:
                assert await value(old) == 0
                await asyncio.sleep(0.01)
        assert await value(old) == 0
        assert old.oldest.refusal == REASON


async def test_a_write_that_has_waited_for_the_upgrade_is_refused_too(places: Places, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    slow = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch()"
    wait = f"    while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)"
    newer = history(tmp_path / "new", "pass", f"{slow}\n{wait}\n    {LATER}")
    async with old_host(places, tmp_path) as old:
        upgrading = asyncio.create_task(asyncio.to_thread(prepare, places.of("shop"), newer))
        async with asyncio.timeout(20):
            while not begun.exists():  # noqa: ASYNC110 - it is a thread that makes it
                await asyncio.sleep(0.01)
        writing = asyncio.create_task(increment(old))
        _, pending = await asyncio.wait([writing], timeout=0.3)
        go.touch()
        await upgrading
        with pytest.raises(Unavailable, match="from revision 0002 on"):
            await writing
        assert pending == {writing}
        assert await value(old) == 0


async def test_code_without_a_history_is_shut_out_by_the_first_revision(places: Places, tmp_path: Path) -> None:
    old = await ModuleDatabase.open(places.of("shop"), migrations=None)
    async with old.write():
        pass
    await asyncio.to_thread(prepare, places.of("shop"), history(tmp_path / "new", LATER))
    with pytest.raises(Unavailable, match="from revision 0001 on, and this host's ends at none"):
        async with old.write():
            pass
    await old.close()


async def test_tables_that_are_as_they_were_again_are_written_to_again(places: Places, tmp_path: Path) -> None:
    async with old_host(places, tmp_path) as old:
        await asyncio.to_thread(say, places, "0002")
        with pytest.raises(Unavailable):
            await increment(old)
        await asyncio.to_thread(say, places, "0001")
        await increment(old)
        assert old.oldest.refusal is None


def say(places: Places, oldest: str) -> None:
    """Have the tables name another oldest revision."""
    with places.of("shop").upgrade() as connection:
        connection.execute(text("UPDATE freestone_meta SET value = :value WHERE name = 'oldest'"), {"value": oldest})
