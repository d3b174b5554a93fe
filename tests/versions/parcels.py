"""What parcels are now: with a service, and a price that says more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar, Protocol

from contracts.kit import Error, Event, Message, atomic, command, contract, query, stream


class TooHeavy(Error):
    """Nobody carries it by this service."""

    code = "parcels.too_heavy"
    grams: int
    service: str = "any"


class Parcel(Message):
    """A parcel and its service."""

    name: str
    grams: int
    service: str = "any"


class Price(Message):
    """What it costs, and by which service."""

    cents: int
    service: str


class Sent(Event):
    """A parcel was sent."""

    code: ClassVar[str] = "parcels.sent"
    key: ClassVar[str] = "name"
    name: str
    grams: int


@contract(version=2, events=(Sent,))
class Parcels(Protocol):
    """Sends parcels."""

    @query()
    async def price(self, grams: int, service: str = "any") -> Price:
        """Return the price."""
        ...

    @command(atomic, raises=(TooHeavy,))
    async def send(self, name: str, grams: int) -> Parcel:
        """Send a parcel. Raises `TooHeavy` above 2000 grams."""
        ...

    @command(atomic)
    async def drop(self, name: str) -> int:
        """Return how many were dropped."""
        ...

    @stream()
    def all(self) -> AsyncIterator[Parcel]:
        """Yield all parcels."""
        ...
