"""A module with something of everything, and the two places between which it is moved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.moving import fence
from app.data.moving.mover import Mover, Report
from app.data.place import Place
from app.data.postgresql import Schema
from app.data.sqlite_place import SqliteFile
from contracts.kit import Derived, Event
from tests.databases import POSTGRES, Places

MIGRATIONS = Path(__file__).parent / "migrations"
ENGINES = ("sqlite", "postgresql")
STEPS = (
    "claimed",
    "prepared",
    "copied",
    "derived",
    "compared",
    "caught up",
    "fenced",
    "matched",
    "switched",
    "arrived",
)


class Sold(Event):
    code: ClassVar[str] = "shop.sold"
    key: ClassVar[str] = "sku"
    sku: str
    number: int


async def _count_lines(session: Any, baskets: Collection[int]) -> None:
    """The derived table, another on each engine: what is in a basket."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    for basket in baskets:
        bound = {"basket": basket}
        found = await session.execute(text("SELECT sku FROM lines WHERE basket = :basket ORDER BY sku"), bound)
        skus = list(found.scalars())
        table, key = ("words", "rowid") if sqlite else ("counted", "number")
        await session.execute(text(f"DELETE FROM {table} WHERE {key} = :basket"), bound)
        if skus and sqlite:
            await session.execute(
                text("INSERT INTO words (rowid, sku) VALUES (:basket, :skus)"), bound | {"skus": " ".join(skus)}
            )
        elif skus:
            await session.execute(text("INSERT INTO counted VALUES (:basket, :count)"), bound | {"count": len(skus)})


DERIVED = Derived(tables=("words", "counted"), follows={"lines": "basket"}, derive=_count_lines)


class Ends(NamedTuple):
    """Where the data is, and where it is to be."""

    source: Place
    target: Place

    def mover(self, *, step: Callable[[str], Any] | None = None, back: bool = False, **options: Any) -> Mover:
        """Return a mover from one to the other."""
        source, target = (self.target, self.source) if back else self
        return Mover(source, target, MIGRATIONS, DERIVED, step=step, **options)

    async def move(self, **options: Any) -> Report:
        return await self.mover(**options).move()


def place(places: Places, engine: str, name: str) -> Place:
    """Return an empty place of the module shop, one for each name."""
    if engine == "sqlite":
        folder = places.folder / name
        folder.mkdir(exist_ok=True)
        return SqliteFile("shop", folder)
    schema = Places("postgresql", places.folder).of(f"shop_{name}")
    return Schema("shop", schema.address)


ALL = [(source, target) for source in ENGINES for target in ENGINES]
IS_FULL = os.environ.get("FREESTONE_TEST_CRASH") == "full"
WAYS = ALL if IS_FULL else [(source, target) for source, target in ALL if source != target]
"""From which engine to which. Moves between two of a kind differ in little, and are tried by some tests only."""

every_way = pytest.mark.parametrize("ends", ALL, ids="-".join, indirect=True)
any_way = pytest.mark.parametrize(
    "ends", ALL if IS_FULL else [("sqlite", "postgresql" if POSTGRES else "sqlite")], ids="-".join, indirect=True
)
"""For what is the same on all engines, and takes long."""


@pytest.fixture(params=WAYS, ids="-".join)
def ends(request: pytest.FixtureRequest, places: Places) -> Ends:
    source, target = request.param
    return Ends(place(places, source, "here"), place(places, target, "there"))


@pytest.fixture(autouse=True)
def _short_fences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "LASTS", 2.0)


@pytest.fixture
async def shop(ends: Ends) -> AsyncIterator[ModuleDatabase]:
    """The module, open at the source."""
    database = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS, events=(Sold,))
    yield database
    await database.close()


async def do(database: ModuleDatabase, *statements: str, **bound: object) -> None:
    """Execute statements in one write transaction."""
    async with database.write() as work:
        for statement in statements:
            await work.session.execute(text(statement), bound)


async def ask(database: ModuleDatabase, statement: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def contents(database: ModuleDatabase, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of tables, sorted."""
    return {table: sorted(await ask(database, f"SELECT * FROM {table}"), key=repr) for table in tables}


class Killed(NamedTuple):
    """A mover that came to a step and went no further: it holds no lock there, as a killed process holds none."""

    task: asyncio.Task[Report]

    async def bury(self) -> None:
        """End it for good, when the test has seen what it left."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def killed_at(ends: Ends, step: str) -> Killed:
    """Run a move up to a step."""
    there = asyncio.Event()

    async def stop(name: str) -> None:
        if name == step:
            there.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(ends.mover(step=stop).move())
    waiting = asyncio.create_task(there.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        task.result()
    return Killed(task)
