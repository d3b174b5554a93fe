"""Bringing a module's database to the present: made, upgraded, or refused with nothing written.

Synchronous, for a thread: a database that is up to date costs two reads and no import of Alembic.
"""

from __future__ import annotations

import runpy
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, NullPool, create_engine

from app.data.history import Revision, read_history
from app.data.sqlite import OLDEST, connect
from app.data.tables import STEPS
from app.errors import LaunchRefused

PATIENCE = 60.0
"""Seconds to wait while another process upgrades the same database."""

_alembic = threading.Lock()  # `alembic.op` is one global for the whole process


class MigrationFailed(Exception):
    """A revision raised an error; the database is as it was before the upgrade."""


class _Due(msgspec.Struct, frozen=True):
    """What is to be done: from which of the framework's steps on, and the module's revisions."""

    step: int
    revisions: tuple[Revision, ...]

    def __bool__(self) -> bool:
        return self.step < len(STEPS) or bool(self.revisions)


def prepare(module: str, file: Path, migrations: Path | None) -> None:
    """Make or upgrade a module's database; the whole upgrade is one transaction.

    Raises `LaunchRefused` for a file that cannot be used, `MigrationFailed` for a revision that failed.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        raise LaunchRefused(
            f"SQLite {sqlite3.sqlite_version} is too old: Freestone needs {'.'.join(map(str, OLDEST))} or newer."
        )
    history = _history(module, migrations)
    what = _name(module, file)
    with _usable(what, file) as connection:
        due = _due(what, _stored(connection.execute), history)
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise LaunchRefused(f"{what} lies on a file system that cannot share memory, which SQLite's WAL needs.")
    if due:
        _upgrade(module, what, file, history)


def check(module: str, file: Path, migrations: Path | None) -> None:
    """Refuse what `prepare` would refuse, without writing; there need not be a file yet."""
    history = _history(module, migrations)
    if file.exists():
        what = _name(module, file)
        with _usable(what, file) as connection:
            _due(what, _stored(connection.execute), history)


def _name(module: str, file: Path) -> str:
    return f"The database of module {module}, {file},"


def _history(module: str, migrations: Path | None) -> tuple[Revision, ...]:
    return read_history(module, migrations) if migrations is not None else ()


@contextmanager
def _usable(what: str, file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(connect(file, busy=PATIENCE)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise LaunchRefused(f"{what} cannot be used: {error}.") from None


def _upgrade(module: str, what: str, file: Path, history: tuple[Revision, ...]) -> None:
    engine = create_engine("sqlite://", creator=lambda: connect(file, busy=PATIENCE), poolclass=NullPool)
    with engine.connect() as connection:
        execute = connection.exec_driver_sql
        # "Making Other Kinds Of Table Schema Changes" (ALTER TABLE): a table is rebuilt with foreign keys
        # off, which a transaction cannot do, and what it points at is checked before the commit.
        execute("PRAGMA foreign_keys = OFF")
        execute("BEGIN IMMEDIATE")
        due = _due(what, _stored(execute), history)  # again: another process may have done it meanwhile
        for step in STEPS[due.step :]:
            step(connection)
        _run(module, connection, due.revisions)
        orphans = execute("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise MigrationFailed(f"The migrations of module {module} leave {len(orphans)} rows without their parents.")
        present = {"tables": str(len(STEPS))}
        if due.revisions:
            present |= {"revision": history[-1].id, "oldest": history[-1].oldest}
        for item in present.items():
            execute("INSERT OR REPLACE INTO freestone_meta (name, value) VALUES (?, ?)", item)
        connection.commit()


def _run(module: str, connection: Connection, revisions: tuple[Revision, ...]) -> None:
    if not revisions:
        return
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    with _alembic, Operations.context(MigrationContext.configure(connection)):
        for revision in revisions:
            try:
                runpy.run_path(str(revision.file))["upgrade"]()
            except Exception as error:
                raise MigrationFailed(f"Revision {revision.id} of module {module} failed: {error}") from error


def _stored(execute: Callable[[str], Iterable[Any]]) -> Mapping[str, str] | None:
    """Read what the database says of itself: nothing if it is empty, None if it is not one of ours."""
    tables = {name for (name,) in execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "freestone_meta" in tables:
        return {name: value for name, value in execute("SELECT name, value FROM freestone_meta")}  # noqa: C416  # rows
    return None if tables else {}


def _due(what: str, stored: Mapping[str, str] | None, history: tuple[Revision, ...]) -> _Due:
    """Compare a database with this code; refuse what this code cannot use."""
    if stored is None:
        raise LaunchRefused(f"{what} was not made by Freestone.")
    step = int(stored.get("tables", "0"))
    if step > len(STEPS):
        raise LaunchRefused(f"{what} was made by a newer Freestone, which this one is too old for.")
    revision = stored.get("revision")
    known = [each.id for each in history]
    if revision is None:
        return _Due(step, history)
    if revision in known:
        return _Due(step, history[known.index(revision) + 1 :])
    if stored["oldest"] in known:
        return _Due(step, ())
    raise LaunchRefused(
        f"{what} is at revision {revision}, which this code is too old for: "
        f"it ends at {known[-1] if known else 'none'}, and the oldest that will do is {stored['oldest']}."
    )
