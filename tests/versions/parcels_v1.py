"""What parcels were, before they had a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar, Protocol

from contracts.kit import Error, Event, Message, atomic, command, contract, query, stream


class TooHeavy(Error):
    """Nobody carries it."""

    code = "parcels.too_heavy"
    grams: int


class Parcel(Message):
    """A parcel."""

    name: str
    grams: int


class Sent(Event):
    """A parcel was sent."""

    code: ClassVar[str] = "parcels.sent"
    key: ClassVar[str] = "name"
    name: str


@contract(version=1, name="parcels", events=(Sent,))
class ParcelsV1(Protocol):
    """Sends parcels."""

    @query()
    async def price(self, grams: int) -> int:
        """Return cents."""
        ...

    @command(atomic, raises=(TooHeavy,))
    async def send(self, name: str, grams: int) -> Parcel:
        """Send a parcel. Raises `TooHeavy` above 1000 grams."""
        ...

    @command(atomic)
    async def drop(self, name: str) -> str:
        """Return what was dropped."""
        ...

    @stream()
    def all(self) -> AsyncIterator[Parcel]:
        """Yield all parcels."""
        ...
