"""Who looks at what is passed within a process: the message guard, save in production."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol, final

import pytest
from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.runtime.part import make_part
from app.runtime.plan import make_plan
from contracts.kit import Database, Error, Event, Internal, InvalidArgument, Module, command, contract
from tests.builders import KEY

pytestmark = pytest.mark.usefixtures("expects_violations")


class Rung(Event):
    """The bell was rung."""

    code: ClassVar[str] = "belfry.rung"
    key: ClassVar[str] = "bell"
    bell: str


@contract(version=1, events=(Rung,))
class Belfry(Protocol):
    """Rings, and tells how."""

    @command()
    async def ring(self, bells: tuple[str, ...]) -> tuple[str, ...]: ...


@final
class Ringer(Belfry):
    """Gives back whatever it is given, and publishes numbers as such."""

    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def ring(self, bells: tuple[str, ...]) -> tuple[str, ...]:
        async with self._database.write() as work:
            for bell in bells:
                work.publish(Rung(bell=bell if bell.isalpha() else int(bell)))  # type: ignore[arg-type]
        return bells


class BelfryContainer(DeclarativeContainer):
    """The belfry's."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    service: providers.Provider[Belfry] = providers.Singleton(Ringer, database)


class FakeBelfry(Ringer):  # type: ignore[misc]  # a second one is just what is wanted here
    """Publishes nothing."""

    def __init__(self) -> None:
        pass

    async def ring(self, bells: tuple[str, ...]) -> tuple[str, ...]:
        return list(bells)  # type: ignore[return-value]


belfry = Module(name="belfry", container=BelfryContainer, provides=(Belfry,), fake=FakeBelfry)


async def ring(data: Path, bells: Any, *, fakes: tuple[str, ...] = (), **settings: Any) -> object:
    """Ring in a host with these settings; return what comes of it."""
    plan = make_plan([make_part(belfry)])
    async with Host(plan, Settings(data=data, **settings), both_keys(KEY), fakes=fakes) as host:
        try:
            return await host.proxy(Belfry).ring(bells)
        except Error as error:
            return type(error)


@pytest.mark.parametrize(
    ("settings", "given", "found"),
    [
        ({"production": True}, ["a"], ["a"]),
        ({"production": True, "strict": True}, ["a"], ("a",)),
        ({}, ["a"], InvalidArgument),
        ({"strict": True}, ["a"], InvalidArgument),
        ({}, ("a",), ("a",)),
        ({"strict": True}, ("a",), ("a",)),
        ({"fakes": ("belfry",)}, ("a",), Internal),
        ({"fakes": ("belfry",), "strict": True}, ("a",), Internal),
        ({"fakes": ("belfry",), "production": True}, ("a",), ["a"]),
    ],
)
async def test_the_guard_stands_before_and_behind_every_module(
    tmp_path: Path, settings: dict[str, Any], given: object, found: object
) -> None:
    assert await ring(tmp_path, given, **settings) == found


async def test_it_looks_at_what_a_module_publishes(tmp_path: Path, expects_violations: list[str]) -> None:
    assert await ring(tmp_path, ("7",), production=True) == ("7",)
    assert expects_violations == []
    assert await ring(tmp_path, ("7",)) is Internal
    assert expects_violations[0].startswith(
        "message guard: belfry publishes Rung with an int at bell where its contract"
    )
