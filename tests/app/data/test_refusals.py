"""What a module's connections refuse: whatever leads out of its own file, or would bind those who come after."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.data.database import ModuleDatabase
from app.data.migrations import MigrationFailed, prepare
from app.data.sqlite import connect
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused


@pytest.fixture(params=["reading", "writing"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    file = tmp_path / "shop.sqlite"
    file.touch()
    with closing(connect(file)) as writing:
        writing.execute("CREATE TABLE counter (value INTEGER)")
        if request.param == "writing":
            yield writing
            return
    with closing(connect(file, read_only=True)) as reading:
        yield reading


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("ATTACH '{0}' AS other", "too many attached"),
        ("ATTACH ':memory:' AS other", "too many attached"),
        ("VACUUM INTO '{0}'", "too many attached|readonly"),
        ("SELECT load_extension('{0}')", "not authorized"),
        ("PRAGMA query_only = OFF", "not authorized"),
        ("/* hidden */ pragma main.Query_Only(0)", "not authorized"),
        ("EXPLAIN PRAGMA query_only = OFF", "not authorized"),
        ("PRAGMA writable_schema = ON", "not authorized"),
        ("PRAGMA temp_store_directory = '{0}'", "not authorized"),
        ("PRAGMA trusted_schema = ON", "not authorized"),
        ("PRAGMA journal_mode = DELETE", "not authorized"),
        ("PRAGMA synchronous = OFF", "not authorized"),
        ("PRAGMA locking_mode = EXCLUSIVE", "not authorized"),
        ("PRAGMA user_version = 7", "not authorized"),
    ],
)
def test_a_statement_that_leads_elsewhere_is_refused(
    connection: sqlite3.Connection, tmp_path: Path, sql: str, says: str
) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=says):
        connection.execute(sql.format(tmp_path / "other"))
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "sql",
    ["PRAGMA journal_mode", "PRAGMA query_only", "PRAGMA table_info(counter)", "PRAGMA foreign_key_check(counter)"],
)
def test_one_may_look(connection: sqlite3.Connection, sql: str) -> None:
    connection.execute(sql).fetchall()


async def test_a_session_is_refused_what_its_connection_is(database: ModuleDatabase) -> None:
    async with database.read() as session:
        with pytest.raises(DatabaseError, match="not authorized"):
            await session.execute(text("PRAGMA query_only = OFF"))
    async with database.write() as work:
        await work.session.execute(text("PRAGMA foreign_keys = OFF"))  # within a transaction it does nothing
        assert (await work.session.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1


def test_a_migration_is_refused_what_a_module_is(tmp_path: Path) -> None:
    (tmp_path / "1.py").write_text(
        'from alembic import op\nrevision = "1"\ndown_revision = None\n'
        'def upgrade():\n    op.execute("PRAGMA writable_schema = ON")'
    )
    with pytest.raises(MigrationFailed, match=r"Revision 1 of module shop failed: .*not authorized"):
        prepare(SqliteFile("shop", tmp_path), tmp_path)


def test_a_link_is_no_module_s_own_file(tmp_path: Path) -> None:
    prepare(SqliteFile("catalog", tmp_path), None)
    link = tmp_path / "orders.sqlite"
    link.symlink_to(tmp_path / "catalog.sqlite")
    with pytest.raises(sqlite3.OperationalError, match=r"orders\.sqlite is a link"):
        connect(link)
    with pytest.raises(LaunchRefused, match=r"cannot be used: .* is a link, and may lead to another module's data"):
        prepare(SqliteFile("orders", tmp_path), None)


def test_a_name_that_looks_like_an_address_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "file:other%20.sqlite?mode=memory#"
    Path(name).touch()
    with closing(connect(Path(name))) as opened:
        opened.execute("CREATE TABLE here (x)")
    assert {each.name: each.stat().st_size > 0 for each in tmp_path.iterdir()} == {name: True}


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            connect(tmp_path / "shop.sqlite", read_only=read_only)
    assert list(tmp_path.iterdir()) == []
