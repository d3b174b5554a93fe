"""What the store may ask of its stock."""

from __future__ import annotations

from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from contracts.kit import STAFF, SYSTEM, Error, Event, Message, atomic, command, contract, query
from contracts.values import Instant, Line, OrderId, Sku


class Availability(Message):
    """How many of a SKU can be promised now: in stock and not reserved. Unknown SKUs have 0."""

    sku: Sku
    available: int


class Shortage(Message):
    """A line that cannot be served."""

    sku: Sku
    wanted: int
    available: int


class Reservation(Message):
    """Stock held for an order until it expires; one line a SKU, by SKU."""

    order_id: OrderId
    lines: tuple[Line, ...]
    expires: Instant


class OutOfStock(Error):
    """There is not enough of some lines; nothing was reserved."""

    code = "inventory.out_of_stock"
    shortages: tuple[Shortage, ...]


class ReservationNotFound(Error):
    """The order holds no stock: it never did, or its reservation expired or was released."""

    code = "inventory.reservation_not_found"
    order_id: OrderId


class AlreadyCommitted(Error):
    """The order's stock has left already and cannot be released."""

    code = "inventory.already_committed"
    order_id: OrderId


class AlreadyReleased(Error):
    """The order gave its stock back, or gave up its claim to any; it gets none any more."""

    code = "inventory.already_released"
    order_id: OrderId


class UnknownSku(Error):
    """The stock does not know this SKU."""

    code = "inventory.unknown_sku"
    sku: Sku


class StockChanged(Event):
    """So many of a SKU can be promised from now on."""

    code: ClassVar[str] = "inventory.stock_changed"
    key: ClassVar[str] = "sku"
    sku: Sku
    available: int


@contract(version=1, events=(StockChanged,))
class Inventory(Protocol):
    """Stock per SKU; reservations under an order's id. Stock never goes below zero."""

    @query()
    async def get_availability(
        self, skus: Annotated[tuple[Sku, ...], Meta(max_length=200)]
    ) -> tuple[Availability, ...]:
        """Return the availability of up to 200 SKUs, in the order asked for."""
        ...

    @command(atomic, allow=SYSTEM, raises=(OutOfStock, AlreadyReleased))
    async def reserve(
        self, order_id: OrderId, lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=100)]
    ) -> Reservation:
        """Hold stock for an order, all lines or none, for 15 minutes unless the settings say otherwise.

        The same SKU twice is added up. An order that holds stock already, or whose stock has left, gets the
        same reservation again; one whose reservation expired gets a new one. OutOfStock lists every
        shortage. AlreadyReleased: `release` came first.
        """
        ...

    @command(atomic, allow=SYSTEM, raises=(ReservationNotFound,))
    async def commit(self, order_id: OrderId) -> None:
        """Let an order's reserved stock leave for good; once is enough.

        ReservationNotFound also from the instant at which the reservation expires.
        """
        ...

    @command(atomic, allow=SYSTEM, raises=(AlreadyCommitted,))
    async def release(self, order_id: OrderId) -> None:
        """Give an order's reserved stock back; an order that holds none is no error.

        Either way the order gets no stock afterwards, so that a reservation arriving late holds nothing.
        """
        ...

    @command(atomic, allow=STAFF, raises=(UnknownSku,))
    async def restock(self, sku: Sku, quantity: Annotated[int, Meta(ge=1, le=100_000)]) -> Availability:
        """Add to the stock of a SKU that the catalogue has announced."""
        ...
