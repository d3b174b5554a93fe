"""A teller whose events come again and again, and a scribe who writes down each that he hears: real modules."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast, final

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.events.outbox import StoredOutbox
from contracts.kit import Database, Event, Module, Work, atomic, command, contract, query
from contracts.kit.outbox import Batch, Record

_WRITE = text("INSERT INTO heard (key, number) VALUES (:key, :number)")


class Told(Event):
    """The numbers of a key count up from 0."""

    code: ClassVar[str] = "teller.told"
    key: ClassVar[str] = "about"
    about: str
    number: int


@contract(version=1, events=(Told,))
class Teller(Protocol):
    """Tells."""

    @command(atomic)
    async def tell(self, about: str, number: int) -> None: ...

    @query()
    async def repeated(self) -> int:
        """Return how many events this replica has given to readers that had them already."""
        ...


@final
class Voice(Teller):
    """Tells through its outbox; ``again`` counts what was given to readers that had it already."""

    again: ClassVar[int] = 0

    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def tell(self, about: str, number: int) -> None:
        async with self._database.write() as work:
            work.publish(Told(about=about, number=number))

    async def repeated(self) -> int:
        return self.again


def stutter() -> None:
    """From now on every outbox of this process gives each batch twice, and a third time with the next one."""
    pull = StoredOutbox.pull

    async def pull_again(self: StoredOutbox, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
        before: tuple[Record, ...] = ()
        async with aclosing(cast(AsyncGenerator[Batch, None], pull(self, after, codes))) as batches:
            async for batch in batches:
                yield Batch(records=before + batch.records, head=batch.head)
                yield batch
                Voice.again += len(before) + len(batch.records)
                before = batch.records

    StoredOutbox.pull = pull_again  # type: ignore[method-assign]


class TellerContainer(DeclarativeContainer):
    """What the teller provides."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    service: providers.Provider[Teller] = providers.Singleton(Voice, database)


class ScribeContainer(DeclarativeContainer):
    """What the scribe needs."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)


async def write_down(event: Told, work: Work[Any]) -> None:
    """One row for each time that an event has its effect, in the order of these."""
    await work.session.execute(_WRITE, {"key": event.about, "number": event.number})


teller = Module(name="teller", container=TellerContainer, provides=(Teller,))
scribe = Module(name="scribe", container=ScribeContainer, listens={Told: write_down})

_MANIFESTS = {
    "teller": "from tests.crash.telling import stutter, teller as module\nstutter()\n",
    "scribe": "from tests.crash.telling import scribe as module\n",
}


def plant(folder: Path) -> Path:
    """Make another portion of the `modules` namespace with these two, as installed wheels would."""
    for name, manifest in _MANIFESTS.items():
        package = folder / "modules" / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "module.py").write_text(manifest)
    (folder / "modules" / "scribe" / "migrations").symlink_to(Path(__file__).with_name("migrations"))
    return folder
