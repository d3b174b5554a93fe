"""What the store may ask of its stock."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from contracts.kit import OPERATOR, STAFF, SYSTEM, Error, Event, Message, atomic, command, contract, query
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


class Count(Message):
    """So many of one SKU, however many that are."""

    sku: Sku
    quantity: int


class ReservationState(StrEnum):
    """Where a reservation stands: it holds stock, or it expired, was released, or its stock has left."""

    HELD = "held"
    EXPIRED = "expired"
    RELEASED = "released"
    COMMITTED = "committed"


class ReservationBook(Message):
    """An order's reservation as the books have it, by SKU: its ``lines``, what ``left`` for it, what ``came_back``."""

    order_id: OrderId
    state: ReservationState
    lines: tuple[Count, ...]
    left: tuple[Count, ...]
    came_back: tuple[Count, ...]


class ReservationBookPage(Message):
    """Reservations as the books have them; ``next_cursor`` is None on the last page."""

    reservations: tuple[ReservationBook, ...]
    next_cursor: str | None


class Stray(Message):
    """How many of a SKU ``left`` for an order without a reservation, or for no order, and how many ``came_back``."""

    order_id: OrderId | None
    left: int
    came_back: int


class StockBook(Message):
    """A SKU as the books have it at one instant: how many are ``on_hand``, ``reserved`` among them.

    Against that: how many were ``received`` in all, how many ``left`` for orders and ``came_back`` from them, and how
    many the present reservations have ``held``. What no reservation accounts for of those that left or came back are
    ``strays``: the first 20, by order. All the rest stands in the books of reservations.
    """

    sku: Sku
    on_hand: int
    reserved: int
    received: int
    left: int
    came_back: int
    held: int
    strays: tuple[Stray, ...] = ()


class StockBookPage(Message):
    """SKUs as the books have them; ``next_cursor`` is None on the last page."""

    stock: tuple[StockBook, ...]
    next_cursor: str | None


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


class TooManyReturned(Error):
    """So many of a SKU have not left for the order, or came back already: nothing was added. Fewer are still out."""

    code = "inventory.too_many_returned"
    order_id: OrderId
    sku: Sku
    still_out: int


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

    @command(atomic, allow=SYSTEM)
    async def take_back(self, order_id: OrderId) -> None:
        """Bring back whatever of an order's stock has left and has not come back; once is enough.

        An order of which nothing left is no error: what it only holds stays held, and may still leave.
        """
        ...

    @command(atomic, allow=STAFF, raises=(UnknownSku, TooManyReturned))
    async def restock(
        self, sku: Sku, quantity: Annotated[int, Meta(ge=1, le=100_000)], order_id: OrderId | None = None
    ) -> Availability:
        """Add to the stock of a SKU that the catalogue has announced; with an order's id, what comes back from it.

        TooManyReturned: more comes back than left for that order, less what came back before.
        """
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def list_stock(
        self, cursor: Annotated[str, Meta(max_length=100)] | None, limit: Annotated[int, Meta(ge=1, le=200)] = 100
    ) -> StockBookPage:
        """Return a page of all SKUs, for an audit; one that is announced meanwhile may be left out."""
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def list_reservations(
        self, cursor: Annotated[str, Meta(max_length=100)] | None, limit: Annotated[int, Meta(ge=1, le=200)] = 100
    ) -> ReservationBookPage:
        """Return a page of all reservations, for an audit; one that is made meanwhile may be left out."""
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def get_reservations(
        self, order_ids: Annotated[tuple[OrderId, ...], Meta(max_length=200)]
    ) -> tuple[ReservationBook, ...]:
        """Return the reservations of those of these orders that have one, in any order, at one instant."""
        ...
