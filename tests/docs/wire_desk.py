"""A contract with a value of every type, and what stands behind it, to be called from afar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Literal, Protocol, final
from uuid import UUID

from msgspec import Meta

from contracts.kit import (
    STAFF,
    SYSTEM,
    Error,
    Message,
    atomic,
    command,
    contract,
    current_actor,
    query,
    stream,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Colour(StrEnum):
    """An enum of texts."""

    RED = "red"


class Size(IntEnum):
    """An enum of whole numbers."""

    BIG = 2


class Circle(Message, tag="circle"):
    """One of a union."""

    radius: float


class Square(Message, tag="square"):
    """The other."""

    side: int


class Everything(Message):
    """A value of every type."""

    nothing: None
    flag: bool
    number: int
    measure: float
    text: str
    raw: bytes
    price: Decimal
    uuid: UUID
    instant: Annotated[datetime, Meta(tz=True)]
    day: date
    hour: time
    span: timedelta
    names: tuple[str, ...]
    pair: tuple[int, str]
    odd: frozenset[int]
    colour: Colour
    size: Size
    word: Literal["yes"]
    shape: Circle | Square
    maybe: int | None
    rest: str = "left out"


class Broken(Error):
    """It is broken."""

    code = "desk.broken"
    where: str
    since: Annotated[datetime, Meta(tz=True)]


@contract(version=1)
class Desk(Protocol):
    """What the page is tried with."""

    @query()
    async def echo(self, thing: Everything) -> Everything: ...

    @query()
    async def add(self, one: Annotated[int, Meta(le=100)], *, other: int = 1) -> int: ...

    @query(raises=(Broken,))
    async def breaks(self, since: Annotated[datetime, Meta(tz=True)]) -> None: ...

    @query(deadline=600.0)
    async def waits(self) -> None: ...

    @query()
    async def zeros(self, size: int) -> bytes: ...

    @query()
    async def who(self) -> tuple[str, ...]: ...

    @query(allow=STAFF)
    async def for_staff(self) -> None: ...

    @query(allow=SYSTEM)
    async def for_the_system(self) -> str: ...

    @command(atomic)
    async def count(self) -> int: ...

    @stream()
    def few(self) -> AsyncIterator[int]: ...

    @stream(deadline=600.0, raises=(Broken,))
    def numbers(self, upto: int) -> AsyncIterator[int]: ...


@final
class Clerk(Desk):
    """Sits at the desk; ``begun`` and ``cancelled`` show what became of `waits`, ``made`` how far `numbers` came."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.closed = asyncio.Event()
        self.go_on = asyncio.Event()
        self.made = 0

    async def echo(self, thing: Everything) -> Everything:
        return thing

    async def add(self, one: int, *, other: int = 1) -> int:
        return one + other

    async def breaks(self, since: datetime) -> None:
        raise Broken(where="here", since=since)

    async def waits(self) -> None:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def zeros(self, size: int) -> bytes:
        return bytes(size)

    async def who(self) -> tuple[str, ...]:
        actor = current_actor()
        return (actor.id, *sorted(actor.roles))

    async def for_staff(self) -> None:
        return None

    async def for_the_system(self) -> str:
        return current_actor().id

    async def count(self) -> int:
        self.made += 1
        return self.made

    async def few(self) -> AsyncIterator[int]:
        yield 1
        yield 2

    async def numbers(self, upto: int) -> AsyncIterator[int]:
        try:
            for number in range(upto):
                self.made = number
                yield number
            raise Broken(where="at the end", since=EPOCH)
        finally:
            self.closed.set()
