"""A depot that provides both versions of parcels, a clock that one class provides in both, and a caller of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol, final

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Database, Module, Work, contract, query
from tests.versions import parcels, parcels_v1
from tests.versions.parcels import Parcels, Price
from tests.versions.parcels_v1 import ParcelsV1


@contract(version=1, name="hours")
class HoursV1(Protocol):
    """When it is open."""

    @query()
    async def opens(self, day: str) -> int: ...


@contract(version=2)
class Hours(Protocol):
    """When it is open, and until when."""

    @query()
    async def opens(self, day: str) -> int: ...

    @query()
    async def closes(self, day: str) -> int: ...


@final
class Watch(HoursV1, Hours):
    """One class for both: what they share, they share as it is."""

    async def opens(self, day: str) -> int:
        return 9

    async def closes(self, day: str) -> int:
        return 17


@final
class Depot(Parcels):
    """Keeps parcels."""

    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def price(self, grams: int, service: str = "any") -> Price:
        return Price(cents=grams, service=service)

    async def send(self, name: str, grams: int) -> parcels.Parcel:
        if grams > 2000:
            raise parcels.TooHeavy(grams=grams)
        async with self._database.write() as work:
            await work.session.execute(text("CREATE TABLE IF NOT EXISTS sent (name TEXT, grams INTEGER)"))
            await work.session.execute(text("INSERT INTO sent VALUES (:name, :grams)"), {"name": name, "grams": grams})
            work.publish(parcels.Sent(name=name, grams=grams))
        return parcels.Parcel(name=name, grams=grams, service="night")

    async def drop(self, name: str) -> int:
        return 1

    async def all(self) -> AsyncIterator[parcels.Parcel]:
        async with self._database.read() as session:
            rows = (await session.execute(text("SELECT name, grams FROM sent ORDER BY rowid"))).all()
        for name, grams in rows:
            yield parcels.Parcel(name=name, grams=grams, service="night")


@final
class DepotV1(ParcelsV1):
    """The old version, told in terms of the new one."""

    def __init__(self, depot: Parcels) -> None:
        self._depot = depot

    async def price(self, grams: int) -> int:
        return (await self._depot.price(grams)).cents

    async def send(self, name: str, grams: int) -> parcels_v1.Parcel:
        if grams > 1000:
            raise parcels_v1.TooHeavy(grams=grams)
        return _old(await self._depot.send(name, grams))

    async def drop(self, name: str) -> str:
        return name

    async def all(self) -> AsyncIterator[parcels_v1.Parcel]:
        async for each in self._depot.all():
            yield _old(each)


def _old(parcel: parcels.Parcel) -> parcels_v1.Parcel:
    return parcels_v1.Parcel(name=parcel.name, grams=parcel.grams)


@final
class FakeDepot(Parcels):
    """Everything is free, and nothing is kept."""

    async def price(self, grams: int, service: str = "any") -> Price:
        return Price(cents=0, service=service)

    async def send(self, name: str, grams: int) -> parcels.Parcel:
        return parcels.Parcel(name=name, grams=grams)

    async def drop(self, name: str) -> int:
        return 0

    async def all(self) -> AsyncIterator[parcels.Parcel]:
        for each in tuple[parcels.Parcel, ...]():
            yield each


def fake_depot() -> tuple[object, ...]:
    """Return what stands in for the depot: its old version is told in terms of the new one there, too."""
    new = FakeDepot()
    return new, DepotV1(new), Watch()


class DepotContainer(DeclarativeContainer):
    """What the depot needs and provides."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    service: providers.Provider[Parcels] = providers.Singleton(Depot, database)
    service_v1: providers.Provider[ParcelsV1] = providers.Singleton(DepotV1, service)
    watch: providers.Provider[Hours] = providers.Singleton(Watch)


class OldContainer(DeclarativeContainer):
    """What a module asks for that nobody has changed yet."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    parcels: providers.Provider[ParcelsV1] = providers.Dependency(instance_of=ParcelsV1)
    hours: providers.Provider[HoursV1] = providers.Dependency(instance_of=HoursV1)


class NewContainer(DeclarativeContainer):
    """What a module asks for that was changed already."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    parcels: providers.Provider[Parcels] = providers.Dependency(instance_of=Parcels)
    hours: providers.Provider[Hours] = providers.Dependency(instance_of=Hours)


async def note(event: Any, work: Work[AsyncSession]) -> None:
    """Write down what was heard, in whatever version."""
    await work.session.execute(text("CREATE TABLE IF NOT EXISTS heard (said TEXT)"))
    await work.session.execute(text("INSERT INTO heard VALUES (:said)"), {"said": repr(event)})


MODULES = (
    Module(name="depot", container=DepotContainer, provides=(ParcelsV1, Parcels, HoursV1, Hours), fake=fake_depot),
    Module(name="old", container=OldContainer, listens={parcels_v1.Sent: note}),
    Module(name="new", container=NewContainer, listens={parcels.Sent: note}),
)
