"""What the tests of several modules use in place of a host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import final

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.postgresql import Schema
from app.data.sqlite_place import SqliteFile
from contracts.kit import Clock, Event, contract_of
from tests.databases import Places, migrations_of


@final
class ManualClock(Clock):
    """A clock that the test winds."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance(self, **span: float) -> None:
        """Let time pass; as for `timedelta`."""
        self.instant += timedelta(**span)


@asynccontextmanager
async def opened(module: str, places: Places, protocol: type) -> AsyncIterator[ModuleDatabase]:
    """Open a module's database in a test's place for it, with its own migrations and the events of its contract."""
    place, events = places.migrated(module), contract_of(protocol).events
    database = await ModuleDatabase.open(place, migrations=migrations_of(module), events=events)
    try:
        yield database
    finally:
        await database.close()


async def published(database: ModuleDatabase, *kinds: type[Event]) -> list[Event]:
    """Return the events in the outbox that are of these kinds, in order."""
    by_code = {kind.code: kind for kind in kinds}
    async with database.read() as session:
        rows = await session.execute(text("SELECT code, payload FROM freestone_outbox ORDER BY sequence"))
        return [msgspec.json.decode(payload, type=by_code[code]) for code, payload in rows if code in by_code]


def stored(database: ModuleDatabase) -> bytes:
    """Return everything that a database keeps, as it is kept."""
    place = database.place
    if isinstance(place, SqliteFile):
        return b"".join(file.read_bytes() for file in place.file.parent.glob(f"{place.module}.sqlite*"))
    assert isinstance(place, Schema)
    with psycopg.connect(place.conninfo()) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        return b"".join(_rows(connection, table) for (table,) in tables)


def _rows(connection: psycopg.Connection, table: str) -> bytes:
    copying = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor().copy(copying) as rows:
        return b"".join(bytes(row) for row in rows)
