"""A town of three modules, to be drawn and written down: one of each kind of edge, and every oddity of a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Protocol

from dependency_injector import containers, providers
from msgspec import Meta

from app.architecture.house import House, make_house
from app.runtime.part import make_part
from contracts.kit import (
    STAFF,
    Error,
    Event,
    Message,
    Module,
    Role,
    atomic,
    command,
    contract,
    query,
    stream,
)


class Sold(Event):
    """Bread | cake was sold, *fresh*."""

    code: ClassVar[str] = "bakery.sold"
    key: ClassVar[str] = "loaf"
    loaf: str


class Stale(Error):
    """It is too old."""

    code = "bakery.stale"


@contract(version=2, events=(Sold,))
class Bakery(Protocol):
    """Bread, by the <loaf>.

    It is not shown that far.
    """

    @query(deadline=0.25)
    async def smell(self) -> str:
        """Return what a | nose would, as ``a|b``."""
        ...

    @command(atomic, allow=STAFF, raises=(Stale,))
    async def bake(self, loaf: str) -> None:
        """Bake."""
        ...

    @command(allow=frozenset({Role.CUSTOMER, Role.GUEST}))
    async def knock(self) -> None: ...

    @stream()
    def crumbs(self) -> AsyncIterator[str]:
        """Yield them."""
        ...


@contract(version=1, name="bakery", events=(Sold,))
class BakeryV1(Protocol):
    """Bread, as it was."""

    @query()
    async def smell(self) -> str:
        """Return what a nose would."""
        ...


@contract(version=1)
class Mill(Protocol):
    """Flour, from nobody here."""

    @query()
    async def grind(self) -> str:
        """Grind."""
        ...


class CafeSettings(Message):
    """How the café is set."""

    seats: Annotated[int, Meta(ge=1)] = 12
    days: frozenset[str] = frozenset({"mon", "tue", "wed"})
    menu: tuple[str, ...] = tuple(f"dish {number}" for number in range(20))
    motto: str = "m" * 80
    guests: list[str] = []


class BakeryContainer(containers.DeclarativeContainer):
    """Needs nothing."""


class EndContainer(containers.DeclarativeContainer):
    """Needs bread."""

    bakery: providers.Provider[Bakery] = providers.Dependency(instance_of=Bakery)
    again: providers.Provider[Bakery] = providers.Dependency(instance_of=Bakery)


class CafeContainer(containers.DeclarativeContainer):
    """Needs bread, and would like flour."""

    mill: providers.Provider[Mill] = providers.Dependency(instance_of=Mill)
    bakery: providers.Provider[Bakery] = providers.Dependency(instance_of=Bakery)


async def on_sold(event: Sold, work: object) -> None:
    """Do nothing."""


def town() -> House:
    """Return a bakery, a café that serves pages, and a module whose name means something in Mermaid."""
    modules = [
        Module(name="end", container=EndContainer),
        Module(
            name="cafe",
            container=CafeContainer,
            optional=(Mill,),
            settings=CafeSettings,
            listens={Sold: on_sold},
            web=lambda container: container.web(),
            path="/cafe",
        ),
        Module(name="bakery", container=BakeryContainer, provides=(Bakery, BakeryV1)),
    ]
    return make_house(
        map(make_part, modules), {"bakery": ["loaves", "ovens", "loaves"]}, {"bakery": ["sqlalchemy"], "gone": ["x"]}
    )
