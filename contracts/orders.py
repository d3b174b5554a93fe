"""What the store may ask of its orders."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from contracts.kit import CUSTOMER, OPERATOR, STAFF, Error, Event, Message, command, contract, process, query
from contracts.values import AccountId, Address, BasisPoints, CountryCode, Instant, Line, Money, OrderId, Sku

Lines = Annotated[tuple[Line, ...], Meta(min_length=1, max_length=50)]
PaymentToken = Annotated[str, Meta(min_length=1, max_length=100)]


class OrderLine(Message):
    """One SKU of a quote or an order, at the price, including VAT, that was quoted."""

    sku: Sku
    name: str
    detail: str
    quantity: int
    unit_price: Money
    total: Money
    vat_rate: BasisPoints


class Vat(Message):
    """How much VAT of one rate a total contains."""

    rate: BasisPoints
    amount: Money


class Quote(Message):
    """What an order would cost now; ``digest`` stands for all of it.

    ``total`` is lines and delivery, including VAT; ``vat`` splits out what it contains.
    """

    lines: tuple[OrderLine, ...]
    delivery: Money
    vat: tuple[Vat, ...]
    total: Money
    digest: str


class OrderState(StrEnum):
    """Where an order stands. ``PAID``, ``CANCELLED`` and ``REJECTED`` last, the others pass by themselves.

    A paid order that the store revokes goes on to ``CANCELLING``. It stays there where the payment provider refused the
    refund for good: nothing is owed for an order that is ``CANCELLED``, so it waits until staff has the refund made
    (see `Orders.revoke_order`). Its timeline says so, and the audit finds it at once."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PAID = "paid"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class TimelineEntry(Message):
    """Something that happened to an order, in words for its customer."""

    at: Instant
    what: str


class Order(Message):
    """An order as its customer sees it.

    ``reason`` says why it was rejected or cancelled: ``declined``, ``insufficient_funds``, ``unknown_card``,
    ``sold_out``, ``expired`` (it could not be paid in time), ``cancelled`` (by the customer) or ``revoked`` (by
    the store).
    """

    id: OrderId
    placed: Instant
    state: OrderState
    lines: tuple[OrderLine, ...]
    delivery: Money
    vat: tuple[Vat, ...]
    total: Money
    address: Address
    timeline: tuple[TimelineEntry, ...]
    reason: str | None = None


class OrderSummary(Message):
    """What a list shows of an order."""

    id: OrderId
    placed: Instant
    state: OrderState
    total: Money
    count: int


class OrderPage(Message):
    """Orders, the latest first; ``next_cursor`` is None on the last page."""

    orders: tuple[OrderSummary, ...]
    next_cursor: str | None


class OrderBook(Message):
    """An order as the books have it, one line a SKU.

    ``step`` is what it waits for next, None where its state lasts; ``changed`` is when its timeline last grew.
    """

    id: OrderId
    state: OrderState
    step: str | None
    changed: Instant
    lines: tuple[Line, ...]
    total: Money


class OrderBookPage(Message):
    """Orders as the books have them; ``next_cursor`` is None on the last page."""

    orders: tuple[OrderBook, ...]
    next_cursor: str | None


class ItemProblem(Message):
    """A line that cannot be ordered: ``available`` is 0 for what is not sold at all."""

    sku: Sku
    wanted: int
    available: int


class NotAvailable(Error):
    """Some lines cannot be delivered as wanted."""

    code = "orders.not_available"
    problems: tuple[ItemProblem, ...]


class NoDelivery(Error):
    """We do not deliver to this country, or not so much weight."""

    code = "orders.no_delivery"
    country: CountryCode
    weight_grams: int


class QuoteChanged(Error):
    """Prices or delivery changed since the quote; ``quote`` is the new one. Nothing was ordered."""

    code = "orders.quote_changed"
    quote: Quote


class PaymentRefused(Error):
    """The payment was refused; the order was rejected and nothing is owed. ``reason`` as in `Order`."""

    code = "orders.payment_refused"
    order_id: OrderId
    reason: str


class OrderNotFound(Error):
    """The actor has no such order."""

    code = "orders.not_found"
    order_id: OrderId


class TooLate(Error):
    """The order can no longer be cancelled, or, where it is confirmed and not paid yet, not now."""

    code = "orders.too_late"
    state: OrderState


class InvalidCursor(Error):
    """The cursor is damaged, or not from a list of the same actor's."""

    code = "orders.invalid_cursor"


class OrderPlaced(Event):
    """A customer placed an order; it is not paid yet."""

    code: ClassVar[str] = "orders.placed"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    account_id: AccountId
    lines: tuple[Line, ...]


class OrderPaid(Event):
    """An order is confirmed and paid; its lines are the customer's.

    ``placed`` is when it was placed, which may be long ago; None only in events of older releases.
    """

    code: ClassVar[str] = "orders.paid"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    account_id: AccountId
    lines: tuple[Line, ...]
    total: Money
    placed: Instant | None = None


class OrderEnded(Event):
    """An order was cancelled or rejected; nothing is owed and nothing is held for it."""

    code: ClassVar[str] = "orders.ended"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    account_id: AccountId
    state: OrderState


@contract(version=1, events=(OrderPlaced, OrderPaid, OrderEnded))
class Orders(Protocol):
    """Quotes, and the purchase as a saga: reserve, authorise, confirm, capture."""

    @query(deadline=2.0, raises=(NotAvailable, NoDelivery))
    async def quote(self, lines: Lines, country: CountryCode) -> Quote:
        """Return what these lines, delivered to a country, cost now.

        The same SKU twice is added up, to 999 at most. Delivery carries the highest VAT rate among the lines.
        """
        ...

    @command(process, deadline=20.0, allow=CUSTOMER, raises=(QuoteChanged, NotAvailable, NoDelivery, PaymentRefused))
    async def place_order(
        self,
        quote_digest: Annotated[str, Meta(max_length=100)],
        lines: Lines,
        address: Address,
        payment_token: PaymentToken,
    ) -> Order:
        """Buy what was quoted, as the actor.

        Answers when the order is paid, or is refused; where that takes longer than it may, the answer is
        the order in the state it has reached, and it goes on by itself. NotAvailable also where the order
        was rejected since something was sold out meanwhile.
        """
        ...

    @query(allow=CUSTOMER, raises=(InvalidCursor,))
    async def list_orders(
        self, cursor: Annotated[str, Meta(max_length=200)] | None, limit: Annotated[int, Meta(ge=1, le=100)] = 20
    ) -> OrderPage:
        """Return a page of the actor's own orders, the latest first."""
        ...

    @query(allow=CUSTOMER, raises=(OrderNotFound,))
    async def get_order(self, order_id: OrderId) -> Order:
        """Return one of the actor's own orders; staff may see anybody's."""
        ...

    @command(process, deadline=15.0, allow=CUSTOMER, raises=(OrderNotFound, TooLate))
    async def cancel_order(self, order_id: OrderId) -> Order:
        """Cancel one of the actor's own orders before it is confirmed; once is enough.

        Answers when the order is cancelled, or, where that takes longer than it may, is being cancelled.
        """
        ...

    @command(process, deadline=15.0, allow=STAFF, raises=(OrderNotFound, TooLate))
    async def revoke_order(self, order_id: OrderId) -> Order:
        """Cancel anybody's order, for the store; once is enough.

        Of a paid one whatever was not refunded before is, and the stock comes back; that can be done for 60 days from
        its placing, unless the settings say otherwise. TooLate: these are over, the order was rejected, or it is
        confirmed and about to be paid, which passes. Answers like `cancel_order`.

        Where the payment provider refused the refund for good, the order stays ``CANCELLING``: its timeline has the
        provider's word for why, and the stock comes back after the money only. To revoke it again, at any time, is to
        try the refund again, as a new one to the provider; a repeat under the same key tries nothing.
        """
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def list_books(
        self, cursor: Annotated[str, Meta(max_length=100)] | None, limit: Annotated[int, Meta(ge=1, le=200)] = 100
    ) -> OrderBookPage:
        """Return a page of everybody's orders, for an audit; one that is placed meanwhile may be left out."""
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def get_books(self, order_ids: Annotated[tuple[OrderId, ...], Meta(max_length=200)]) -> tuple[OrderBook, ...]:
        """Return those of these orders that there are, in any order, as they stand at one instant."""
        ...
