"""Migrations: upgraded as a whole or not at all, and refused where code and tables do not fit."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app.data import migrations, steps, tables
from app.data.database import ModuleDatabase
from app.data.history import read_history
from app.data.migrations import MigrationFailed, prepare
from app.data.sqlite import connect
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from tests.databases import file_of


def write(folder: Path, number: int, body: str, *, oldest: int | None = None) -> None:
    folder.mkdir(exist_ok=True)
    before = f'"{number - 1:04}"' if number > 1 else "None"
    lines = [f'revision = "{number:04}"', f"down_revision = {before}"]
    lines += [] if oldest is None else [f'oldest = "{oldest:04}"']
    lines += ["from alembic import op", "import sqlalchemy as sa", "", "def upgrade():", f"    {body}"]
    (folder / f"{number:04}_step.py").write_text("\n".join(lines))


def tables_of(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in found if not name.startswith(("freestone_", "sqlite_"))}


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


CREATE: Callable[[str], str] = 'op.create_table("{}", sa.Column("id", sa.Integer, primary_key=True))'.format


def test_a_new_database_gets_the_whole_history_and_an_old_one_the_rest(tmp_path: Path) -> None:
    file, history = tmp_path / "shop.sqlite", tmp_path / "migrations"
    write(history, 1, CREATE("a"))
    prepare(SqliteFile("shop", file.parent), history)
    assert tables_of(file) == {"a"}
    write(history, 2, CREATE("b"))
    write(history, 3, CREATE("c"))
    prepare(SqliteFile("shop", file.parent), history)
    assert tables_of(file) == {"a", "b", "c"}
    prepare(SqliteFile("shop", file.parent), history)


def test_a_failed_revision_leaves_nothing_of_the_whole_upgrade(tmp_path: Path) -> None:
    file, history = tmp_path / "shop.sqlite", tmp_path / "migrations"
    write(history, 1, CREATE("a"))
    prepare(SqliteFile("shop", file.parent), history)
    before = dump(file)
    write(history, 2, CREATE("b"))
    write(history, 3, "op.execute('INSERT INTO nowhere VALUES (1)')")
    with pytest.raises(MigrationFailed, match=r"Revision 0003 of module shop failed: .*no such table: nowhere"):
        prepare(SqliteFile("shop", file.parent), history)
    assert dump(file) == before
    write(history, 3, CREATE("c"))
    prepare(SqliteFile("shop", file.parent), history)
    assert tables_of(file) == {"a", "b", "c"}


def test_older_code_is_refused_and_nothing_written(tmp_path: Path) -> None:
    file, old, new = tmp_path / "shop.sqlite", tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, 1, CREATE("a"))
    write(new, 2, CREATE("b"))
    prepare(SqliteFile("shop", file.parent), new)
    before = file.read_bytes()
    sentence = (
        r"module shop, .*shop\.sqlite, is at revision 0002, .*ends at 0001, and the oldest that will do is 0002\."
    )
    with pytest.raises(LaunchRefused, match=sentence):
        prepare(SqliteFile("shop", file.parent), old)
    assert file.read_bytes() == before


def test_older_code_may_use_tables_that_say_so(tmp_path: Path) -> None:
    file, old, new = tmp_path / "shop.sqlite", tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, 1, CREATE("a"))
    write(new, 2, CREATE("b"), oldest=1)
    prepare(SqliteFile("shop", file.parent), new)
    before = dump(file)
    prepare(SqliteFile("shop", file.parent), old)
    assert dump(file) == before


def test_code_without_a_history_does_not_open_tables_with_one(tmp_path: Path) -> None:
    write(tmp_path / "migrations", 1, CREATE("a"))
    prepare(SqliteFile("shop", tmp_path), tmp_path / "migrations")
    with pytest.raises(LaunchRefused, match="ends at none"):
        prepare(SqliteFile("shop", tmp_path), None)


def test_tables_of_a_newer_framework_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "shop.sqlite"
    prepare(SqliteFile("shop", file.parent), None)
    monkeypatch.setattr(migrations, "STEPS", ())
    with pytest.raises(LaunchRefused, match="made by a newer Freestone"):
        prepare(SqliteFile("shop", file.parent), None)


def test_tables_of_an_older_framework_are_brought_up_even_for_older_module_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, old, new = tmp_path / "shop.sqlite", tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, 1, CREATE("a"))
    write(new, 2, CREATE("b"), oldest=1)
    prepare(SqliteFile("shop", file.parent), new)
    more = (*steps.STEPS, lambda connection: connection.exec_driver_sql("CREATE TABLE third (x)"))
    monkeypatch.setattr(migrations, "STEPS", more)
    prepare(SqliteFile("shop", file.parent), old)
    assert tables_of(file) == {"a", "b", "third"}
    prepare(SqliteFile("shop", file.parent), new)


OLD_PARKED = """
CREATE TABLE freestone_parked (
    publisher TEXT NOT NULL, sequence BIGINT NOT NULL, code TEXT NOT NULL, "key" TEXT NOT NULL, payload BLOB NOT NULL,
    request_id TEXT NOT NULL, published BIGINT NOT NULL, tries INTEGER NOT NULL, error TEXT NOT NULL,
    parked BIGINT NOT NULL, PRIMARY KEY (publisher, sequence)
)
"""


def test_the_first_tables_of_the_framework_are_brought_up_with_what_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [tables.metadata.tables[f"freestone_{name}"] for name in ("meta", "outbox", "keys", "cursors")]

    def as_they_were(connection: Connection) -> None:
        tables.metadata.create_all(connection, tables=first)
        connection.exec_driver_sql(OLD_PARKED)
        connection.exec_driver_sql('CREATE INDEX freestone_parked_key ON freestone_parked (publisher, "key")')
        parked = "INSERT INTO freestone_parked VALUES ('shop', 7, 'shop.sold', 'a', x'7b7d', '', 1, 5, 'an error', 1)"
        connection.exec_driver_sql(parked)

    old, new = SqliteFile("old", tmp_path), SqliteFile("new", tmp_path)
    with monkeypatch.context() as before:
        before.setattr(migrations, "STEPS", (as_they_were,))
        prepare(old, None)
    for place in (old, new):
        prepare(place, None)
    assert schema(old.file) == schema(new.file)
    with closing(sqlite3.connect(old.file)) as connection:
        found = connection.execute("SELECT publisher, sequence, tries, error, due FROM freestone_parked").fetchall()
    assert found == [("shop", 7, 5, "an error", None)]


def schema(file: Path) -> dict[str, object]:
    """Return every table's columns and indexes."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: (
                [(column[1], column[3], column[5]) for column in connection.execute(f"PRAGMA table_info({name})")],
                sorted(
                    (index[1], [each[2] for each in connection.execute(f"PRAGMA index_info({index[1]})")])
                    for index in connection.execute(f"PRAGMA index_list({name})")
                ),
            )
            for name in names
        }


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"\x00" * 8192])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "shop.sqlite"
    file.write_bytes(content)
    with pytest.raises(LaunchRefused, match=r"The database of module shop, .*shop.sqlite, "):
        prepare(SqliteFile("shop", file.parent), None)
    assert file.read_bytes() == content


def test_somebody_elses_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(LaunchRefused, match="was not made by Freestone"):
        prepare(SqliteFile("shop", file.parent), None)
    assert file.read_bytes() == before


def test_only_its_owner_reads_a_file_that_is_made(tmp_path: Path) -> None:
    """And what SQLite puts beside it, whatever the umask would let others do."""
    place = SqliteFile("shop", tmp_path)
    before = os.umask(0)
    try:
        prepare(place, None)
        with closing(connect(place.file)) as connection:
            connection.execute("DELETE FROM freestone_outbox")
            found = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert found == {"shop.sqlite": 0o600, "shop.sqlite-wal": 0o600, "shop.sqlite-shm": 0o600}


def test_a_link_to_nowhere_makes_no_file(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite").symlink_to(tmp_path / "other.sqlite")
    with pytest.raises(LaunchRefused, match="is a link"):
        prepare(SqliteFile("shop", tmp_path), None)
    assert not (tmp_path / "other.sqlite").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LaunchRefused, match=r"cannot be used: there is no folder .*/nowhere; make it\."):
        prepare(SqliteFile("shop", tmp_path / "nowhere"), None)


def test_an_sqlite_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 39, 5))
    with pytest.raises(LaunchRefused, match=r"too old: Freestone needs 3\.40"):
        prepare(SqliteFile("shop", tmp_path), None)
    assert not list(tmp_path.iterdir())


def test_a_rebuilt_parent_keeps_its_children_and_lost_parents_are_noticed(tmp_path: Path) -> None:
    file, history = tmp_path / "shop.sqlite", tmp_path / "migrations"
    write(
        history,
        1,
        "op.execute('CREATE TABLE parent (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)')\n"
        "    op.execute('CREATE TABLE child (id INTEGER REFERENCES parent ON DELETE CASCADE)')\n"
        "    op.execute('INSERT INTO parent VALUES (1, 2, 3)')\n    op.execute('INSERT INTO child VALUES (1)')",
    )
    write(history, 2, "with op.batch_alter_table('parent', recreate='always') as batch: batch.drop_column('b')")
    prepare(SqliteFile("shop", file.parent), history)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM child").fetchone() == (1,)
    before = dump(file)
    write(history, 3, "op.execute('DELETE FROM parent')")
    with pytest.raises(MigrationFailed, match="leave 1 rows without their parents"):
        prepare(SqliteFile("shop", file.parent), history)
    assert dump(file) == before


def test_many_at_once_migrate_once(tmp_path: Path) -> None:
    history = tmp_path / "migrations"
    write(history, 1, CREATE("a"))
    write(history, 2, "op.execute('INSERT INTO a VALUES (NULL)')")
    file = tmp_path / "shop.sqlite"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: prepare(SqliteFile("shop", file.parent), history), range(8)))
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (1,)


async def test_modules_can_be_opened_at_the_same_time(tmp_path: Path) -> None:
    names = [f"module{number}" for number in range(6)]
    for name in names:
        write(tmp_path / f"{name}_migrations", 1, CREATE(name))
    opened = await asyncio.gather(
        *(ModuleDatabase.open(SqliteFile(name, tmp_path), migrations=tmp_path / f"{name}_migrations") for name in names)
    )
    for database in opened:
        await database.close()
    assert [tables_of(file_of(database)) for database in opened] == [{name} for name in names]


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    write(tmp_path / "migrations", 1, CREATE("a"))
    prepare(SqliteFile("shop", tmp_path), tmp_path / "migrations")
    program = (
        "import sys; from pathlib import Path; from app.data.migrations import prepare; "
        "from app.data.sqlite_place import SqliteFile; folder = Path(sys.argv[1]); "
        "prepare(SqliteFile('shop', folder), folder / 'migrations'); print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"1.py": ("a", None), "2.py": ("b", "a"), "3.py": ("c", "a")}, "2.py and 3.py both follow a"),
        ({"1.py": ("a", None), "2.py": ("b", "z")}, "2.py follows z, which leads to no beginning"),
        ({"1.py": ("a", "b"), "2.py": ("b", "a")}, "leads to no beginning"),
        ({"1.py": (1, None)}, "1.py does not give its revision"),
    ],
)
def test_a_history_is_one_line(tmp_path: Path, files: dict[str, tuple[object, object]], problem: str) -> None:
    for name, (revision, before) in files.items():
        (tmp_path / name).write_text(f"revision = {revision!r}\ndown_revision = {before!r}\n")
    with pytest.raises(LaunchRefused, match=problem):
        read_history("shop", tmp_path)


@pytest.mark.parametrize("text", ["revision = (", "revision = make()\ndown_revision = None", ""])
def test_a_revision_says_what_it_is_in_plain_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.py").write_text(text)
    with pytest.raises(LaunchRefused, match=r"The migrations of module shop are in disorder: 1\.py "):
        read_history("shop", tmp_path)


def test_the_oldest_that_will_do_never_goes_back(tmp_path: Path) -> None:
    write(tmp_path, 1, "pass")
    write(tmp_path, 2, "pass")
    write(tmp_path, 3, "pass", oldest=1)
    write(tmp_path, 4, "pass", oldest=3)
    assert [each.oldest for each in read_history("shop", tmp_path)] == ["0001", "0002", "0002", "0003"]


def test_the_oldest_that_will_do_comes_before(tmp_path: Path) -> None:
    write(tmp_path, 1, "pass", oldest=2)
    write(tmp_path, 2, "pass")
    with pytest.raises(LaunchRefused, match=r"0001_step\.py names 0002 as oldest, which does not come before it"):
        read_history("shop", tmp_path)
