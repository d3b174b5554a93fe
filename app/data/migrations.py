"""Bringing a module's database to the present: made, upgraded, or refused with nothing written.

Synchronous, for a thread: a database that is up to date costs two reads and no import of Alembic.
"""

from __future__ import annotations

import runpy
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import Connection, insert, inspect, select, text, update

from app.data import emptying
from app.data.copies import Copy, encode
from app.data.copies import stored as stored_copy
from app.data.history import MigrationFailed as MigrationFailed
from app.data.history import Revision, read_history
from app.data.moving.failures import MoveLost
from app.data.place import Place, said
from app.data.steps import STEPS
from app.data.tables import COPY, OLDEST, SOURCE, meta
from app.errors import LaunchRefused

_alembic = threading.Lock()  # `alembic.op` is one global for the whole process


class _Due(msgspec.Struct, frozen=True):
    """What is to be done: from which of the framework's steps on, and the module's revisions."""

    step: int
    revisions: tuple[Revision, ...]

    def __bool__(self) -> bool:
        return self.step < len(STEPS) or bool(self.revisions)


def prepare(place: Place, migrations: Path | None) -> tuple[str, ...]:
    """Make or upgrade a module's database; the whole upgrade is one transaction. Return `known`.

    Raises `LaunchRefused` for a place that cannot be used, `MigrationFailed` for a revision that failed.
    """
    history = _history(place, migrations)
    due = _due(place, place.stored(), history)
    place.settle()
    if due:
        with place.upgrade() as connection:
            _check_here(place, connection)
            _upgrade(place, connection, history)
    return known(history)


def begin(place: Place, migrations: Path | None, copy: Copy, *, over: Copy | None, source: str = "") -> None:
    """Make a place's tables anew, empty; ``copy`` is what they say of themselves.

    ``over`` is what the copy said that was there when somebody looked whether it may go, None where there was none;
    `MoveLost` where it says something else by now. ``source`` is the address of the place that the tables are to be
    filled from, if it stays.
    """
    place.settle()
    with place.upgrade() as connection:
        if _copy(connection) != over:
            raise MoveLost(f"{place} was taken over meanwhile, by another move or by a host.")
        begin_in(connection, place, migrations, copy, source=source)


def begin_in(connection: Connection, place: Place, migrations: Path | None, copy: Copy, *, source: str = "") -> None:
    """Do what `begin` does in a transaction of `Place.upgrade`."""
    history = _history(place, migrations)
    emptying.empty(connection)
    meta.create(connection)
    rows = {COPY: encode(copy), SOURCE: source}
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in rows.items() if value])
    _upgrade(place, connection, history)


def is_current(place: Place, migrations: Path | None) -> bool:
    """Say whether `prepare` would do nothing; `LaunchRefused` as there."""
    return not _due(place, place.stored(), _history(place, migrations))


def is_newer(place: Place, migrations: Path | None) -> bool:
    """Say whether a database has been through revisions that this code does not know, though it may use it."""
    revision = (place.stored() or {}).get("revision")
    return revision is not None and revision not in known(_history(place, migrations))


def check(place: Place, migrations: Path | None) -> tuple[str, ...]:
    """Refuse what `prepare` would refuse, without writing; there need not be anything yet. Return `known`."""
    history = _history(place, migrations)
    _due(place, place.stored(), history)
    return known(history)


def known(history: tuple[Revision, ...]) -> tuple[str, ...]:
    """Return the revisions that this code knows, first to last: it may use tables whose `oldest` is among them."""
    return tuple(each.id for each in history)


def _history(place: Place, migrations: Path | None) -> tuple[Revision, ...]:
    return read_history(place.module, migrations) if migrations is not None else ()


def _check_here(place: Place, connection: Connection) -> None:
    """Refuse to change tables that are being moved, or were; wait for writers, and have them wait."""
    copy = _copy(connection)
    if copy is None or copy.state not in ("fenced", "moved"):
        return
    if copy.state == "moved" or copy.stands(_clock(connection)):
        raise LaunchRefused(f"{place} is being moved at this moment; start again.")
    # Whoever put up this fence is gone, or slow; then it is to find it taken down.
    connection.execute(update(meta).where(meta.c.name == COPY).values(value=encode(Copy(move=copy.move))))


def _copy(connection: Connection) -> Copy | None:
    return stored_copy(connection) if meta.name in inspect(connection).get_table_names() else None


def _clock(connection: Connection) -> int:
    """Return the place's clock, as `ModuleDatabase.clock`."""
    if connection.dialect.name != "postgresql":
        return time.time_ns() // 1000
    now = connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
    return int(now.scalar_one())


def _upgrade(place: Place, connection: Connection, history: tuple[Revision, ...]) -> None:
    due = _due(place, stored_in(connection), history)  # again: another process may have done it meanwhile
    for step in STEPS[due.step :]:
        step(connection)
    _run(place.module, connection, due.revisions)
    present = {"tables": str(len(STEPS))}
    if due.revisions:
        present |= {"revision": history[-1].id, OLDEST: history[-1].oldest}
    for name, value in present.items():
        # Changed, not put anew: of a row that is deleted, writers who wait for its lock would find nothing.
        changed = update(meta).where(meta.c.name == name).values(value=value).returning(meta.c.name)
        if connection.execute(changed).first() is None:
            connection.execute(insert(meta).values(name=name, value=value))


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


def stored_in(connection: Connection) -> Mapping[str, str] | None:
    """Return what `Place.stored` does, in a transaction of `Place.upgrade`."""
    names = inspect(connection).get_table_names()
    rows = connection.execute(select(meta.c.name, meta.c.value)) if meta.name in names else None
    return said(None if rows is None else ((row.name, row.value) for row in rows), bool(names))


def _due(place: Place, stored: Mapping[str, str] | None, history: tuple[Revision, ...]) -> _Due:
    """Compare a database with this code; refuse what this code cannot use."""
    if stored is None:
        raise LaunchRefused(f"{place} was not made by Freestone.")
    step = int(stored.get("tables", "0"))
    if step > len(STEPS):
        raise LaunchRefused(f"{place} was made by a newer Freestone, which this one is too old for.")
    revision = stored.get("revision")
    ours = known(history)
    if revision is None:
        return _Due(step, history)
    if revision in ours:
        return _Due(step, history[ours.index(revision) + 1 :])
    if stored[OLDEST] in ours:
        return _Due(step, ())
    raise LaunchRefused(
        f"{place} is at revision {revision}, which this code is too old for: "
        f"it ends at {ours[-1] if ours else 'none'}, and the oldest that will do is {stored[OLDEST]}."
    )
