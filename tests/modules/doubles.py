"""What the tests of several modules use in place of a host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, final

import msgspec
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text

from app.data.database import ModuleDatabase
from app.data.migrations import prepare
from contracts.kit import Clock, Event, contract_of


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
async def opened(module: str, folder: Path, protocol: type) -> AsyncIterator[ModuleDatabase]:
    """Open a module's database in a folder, with its own migrations and the events of its contract.

    A new one is a copy of the first that was made: migrating takes longer than most tests.
    """
    migrations = Path(import_module(f"modules.{module}").__path__[0], "migrations")
    _copy_template(module, folder / f"{module}.sqlite", migrations)
    database = await ModuleDatabase.open(module, folder, migrations=migrations, events=contract_of(protocol).events)
    try:
        yield database
    finally:
        await database.close()


_templates: dict[str, bytes] = {}


def _copy_template(module: str, file: Path, migrations: Path) -> None:
    if module not in _templates:
        with TemporaryDirectory() as scratch:
            made = Path(scratch, file.name)
            prepare(module, made, migrations)
            _templates[module] = made.read_bytes()
    if not file.exists():
        file.write_bytes(_templates[module])


async def published(database: ModuleDatabase, *kinds: type[Event]) -> list[Event]:
    """Return the events in the outbox that are of these kinds, in order."""
    by_code = {kind.code: kind for kind in kinds}
    async with database.read() as session:
        rows = await session.execute(text("SELECT code, payload FROM freestone_outbox ORDER BY sequence"))
        return [msgspec.json.decode(payload, type=by_code[code]) for code, payload in rows if code in by_code]


def difference(database: ModuleDatabase, metadata: MetaData) -> list[Any]:
    """Return in what the tables that were migrated differ from those that a store expects."""

    def ours(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
        return kind != "table" or not reflected or not str(name).startswith("freestone_")

    engine = create_engine(f"sqlite:///{database.file}")
    try:
        with engine.connect() as connection:
            options = {"include_object": ours, "compare_type": True}
            return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))
    finally:
        engine.dispose()
