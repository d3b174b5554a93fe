"""Two releases of a lending library: its contract, and one of its events, in an old form and in a new one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, ClassVar, Protocol, final

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Database, Event, Message, Module, Work, command, contract, query, stream


class OldCover(StrEnum):
    PAPER = "paper"
    CLOTH = "cloth"


class NewCover(StrEnum):
    PAPER = "paper"
    CLOTH = "cloth"
    LEATHER = "leather"


class OldBook(Message):
    title: str


class NewBook(Message):
    title: str
    pages: int = 100


class OldLent(Event):
    code: ClassVar[str] = "library.lent"
    key: ClassVar[str] = "title"
    title: str
    reader: str


class NewLent(Event):
    code: ClassVar[str] = "library.lent"
    key: ClassVar[str] = "title"
    title: str
    reader: int


class Returned(Event):
    code: ClassVar[str] = "library.returned"
    key: ClassVar[str] = "title"
    title: str


@contract(version=1, name="library", events=(OldLent, Returned))
class OldLibrary(Protocol):
    @query()
    async def find(self, title: str) -> OldBook: ...

    @query()
    async def cover(self, title: str) -> OldCover: ...

    @command()
    async def bind(self, title: str, cover: OldCover) -> None: ...

    @command()
    async def lend(self, title: str) -> None: ...

    @stream()
    def covers(self) -> AsyncIterator[OldCover]: ...


@contract(version=1, name="library", events=(NewLent, Returned))
class NewLibrary(Protocol):
    @query()
    async def find(self, title: str) -> NewBook: ...

    @query()
    async def cover(self, title: str) -> NewCover: ...

    @command()
    async def bind(self, title: str, cover: NewCover) -> None: ...

    @command()
    async def lend(self, title: str, days: int) -> None: ...

    @stream()
    def covers(self) -> AsyncIterator[NewCover]: ...

    @query()
    async def count(self) -> int: ...


@final
class OldShelf(OldLibrary):
    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def find(self, title: str) -> OldBook:
        return OldBook(title=title)

    async def cover(self, title: str) -> OldCover:
        return OldCover.CLOTH

    async def bind(self, title: str, cover: OldCover) -> None:
        pass

    async def lend(self, title: str) -> None:
        async with self._database.write() as work:
            work.publish(OldLent(title=title, reader="ada"))
            work.publish(Returned(title=title))

    async def covers(self) -> AsyncIterator[OldCover]:
        yield OldCover.PAPER


@final
class NewShelf(NewLibrary):
    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def find(self, title: str) -> NewBook:
        return NewBook(title=title, pages=7)

    async def cover(self, title: str) -> NewCover:
        return NewCover.LEATHER

    async def bind(self, title: str, cover: NewCover) -> None:
        async with self._database.write() as work:
            work.publish(NewLent(title=title, reader=1))
            work.publish(Returned(title=title))

    async def lend(self, title: str, days: int) -> None:
        pass

    async def covers(self) -> AsyncIterator[NewCover]:
        yield NewCover.LEATHER

    async def count(self) -> int:
        return 1


async def note(event: Any, work: Work[AsyncSession]) -> None:
    await work.session.execute(text("CREATE TABLE IF NOT EXISTS heard (title TEXT)"))
    await work.session.execute(text("INSERT INTO heard VALUES (:title)"), {"title": event.title})


class Shelved(DeclarativeContainer):
    """What either shelf needs."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)


class OldShelved(Shelved):
    service: providers.Provider[OldLibrary] = providers.Singleton(OldShelf, Shelved.database)


class NewShelved(Shelved):
    service: providers.Provider[NewLibrary] = providers.Singleton(NewShelf, Shelved.database)


class OldLedger(Shelved):
    library: providers.Provider[OldLibrary] = providers.Dependency(instance_of=OldLibrary)


class NewLedger(Shelved):
    library: providers.Provider[NewLibrary] = providers.Dependency(instance_of=NewLibrary)


PORTER = Module(name="porter", container=Shelved, listens={Returned: note})
OLD = (
    Module(name="library", container=OldShelved, provides=(OldLibrary,)),
    Module(name="ledger", container=OldLedger, listens={OldLent: note}),
    PORTER,
)
NEW = (
    Module(name="library", container=NewShelved, provides=(NewLibrary,)),
    Module(name="ledger", container=NewLedger, listens={NewLent: note}),
    PORTER,
)
"""The modules of either release: the ledger reads what was lent, the porter what was returned."""
