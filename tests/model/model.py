"""The shop as its contracts describe it, in plain Python: no database, no events, no saga, and everything at once.

Each operation returns what the store should answer, or raises the error that it should. It takes from the store only
what nobody can foretell: the ids and tokens that it makes up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.kit import Unavailable
from contracts.orders import (
    OrderLine,
    OrderNotFound,
    OrderState,
    PaymentRefused,
    Quote,
    QuoteChanged,
    TooLate,
    Vat,
)
from contracts.payments import PaymentDeclined, RefundState
from contracts.values import CountryCode, Line, Money, OrderId, Sku
from tests.model.baskets import Baskets, Owner
from tests.model.goods import Goods, Ware
from tests.model.money import Till
from tests.model.stock import Stock

PATIENCE = timedelta(minutes=10)
"""How long an order may take until its payment is authorised."""
REVOCABLE = timedelta(days=60)
"""How long after its placing a paid order may be revoked."""


class Bought(NamedTuple):
    """What anybody can see of an order, but for its id, its timeline and when it was placed."""

    state: OrderState
    reason: str | None
    lines: tuple[OrderLine, ...]
    delivery: Money
    vat: tuple[Vat, ...]
    total: Money
    country: CountryCode


@dataclass
class Purchase:
    """An order. ``refusals`` are refunds that were refused; after each it waits for staff."""

    id: OrderId
    customer: str
    placed: datetime
    quote: Quote
    country: CountryCode
    card: str
    state: OrderState = OrderState.PLACED
    reason: str | None = None
    refusals: int = 0
    waits_for_staff: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """What was ordered."""
        return tuple(Line(sku=row.sku, quantity=row.quantity) for row in self.quote.lines)

    @property
    def shown(self) -> Bought:
        """The order as its customer sees it."""
        quote = self.quote
        return Bought(self.state, self.reason, quote.lines, quote.delivery, quote.vat, quote.total, self.country)


class Shop:
    """The whole shop. ``slowness`` is what the card that is late takes; without it, nobody has to wait for it."""

    def __init__(self, assortment: Iterable[Ware], now: datetime, slowness: timedelta = timedelta()) -> None:
        assortment = tuple(assortment)
        self.now = now
        self.goods = Goods(assortment)
        self.stock = Stock({ware.sku: ware.level for ware in assortment})
        self.till = Till(slowness)
        self.carts = Baskets(self.goods, self.available, lambda: self.now)
        self.orders: dict[OrderId, Purchase] = {}

    def available(self, sku: Sku) -> int:
        """Return how many of a SKU can be promised now."""
        return self.stock.available(sku, self.now)

    @property
    def waiting(self) -> list[Purchase]:
        """Orders that go on when time has passed."""
        under_way = (OrderState.PLACED, OrderState.CANCELLING)
        return [each for each in self.orders.values() if each.state in under_way and not each.waits_for_staff]

    def quote(self, lines: tuple[Line, ...], country: CountryCode) -> Quote:
        """Return what lines cost now."""
        there = {line.sku: self.available(line.sku) for line in lines}
        return self.goods.quote(lines, country, there)

    def place(
        self, customer: str, shown: Quote, lines: tuple[Line, ...], country: CountryCode, card: str, order_id: OrderId
    ) -> Bought:
        """Buy what was shown; ``order_id`` is the one that the store gave, if it did."""
        quote = self.quote(lines, country)
        if quote != shown:
            raise QuoteChanged(quote=quote)
        order = self.orders[order_id] = Purchase(order_id, customer, self.now, quote, country, card)
        self.stock.reserve(order_id, order.lines, self.now)
        self._pay(order)
        return self.answer(order_id)

    def lose(self, customer: str, quote: Quote, country: CountryCode, order_id: OrderId) -> None:
        """Note an order that was rejected since others were faster."""
        self.orders[order_id] = Purchase(
            order_id, customer, self.now, quote, country, "", OrderState.REJECTED, "sold_out"
        )

    def answer(self, order_id: OrderId) -> Bought:
        """Answer who placed an order, the first time and again: a refusal as an error."""
        order = self.orders[order_id]
        if order.state is OrderState.REJECTED and order.reason in ("declined", "insufficient_funds", "unknown_card"):
            raise PaymentRefused(order_id=order_id, reason=order.reason)
        return order.shown

    def get(self, customer: str, order_id: OrderId) -> Bought:
        """Return one of a customer's own orders."""
        return self._own(customer, order_id).shown

    def cancel(self, customer: str, order_id: OrderId) -> Bought:
        """Cancel one of a customer's own orders."""
        return self._turn_back(self._own(customer, order_id), "cancelled")

    def revoke(self, order_id: OrderId) -> Bought:
        """Cancel an order for the store, a paid one too."""
        order = self.orders.get(order_id)
        if order is None:
            raise OrderNotFound(order_id=order_id)
        if order.waits_for_staff:
            self._give_back(order)
            return order.shown
        if order.state is OrderState.PAID and self.now - order.placed < REVOCABLE:
            order.state, order.reason = OrderState.CANCELLING, "revoked"
            self._give_back(order)
            return order.shown
        return self._turn_back(order, "revoked")

    def wait(self, until: datetime) -> None:
        """Let time pass."""
        self.now = until
        for order in self.waiting:
            if order.state is OrderState.CANCELLING:
                self._give_back(order)
            elif until - order.placed >= PATIENCE:
                self._end(order, OrderState.REJECTED, "expired")
            else:
                self._pay(order)
        self.till.catch_up(until)

    def _own(self, customer: str, order_id: OrderId) -> Purchase:
        order = self.orders.get(order_id)
        if order is None or order.customer != customer:
            raise OrderNotFound(order_id=order_id)
        return order

    def _pay(self, order: Purchase) -> None:
        try:
            self.till.authorise(order.id, order.quote.total.amount, order.card, self.now)
        except Unavailable:
            return
        except PaymentDeclined as refusal:
            self.stock.release(order.id, self.now)
            order.state, order.reason = OrderState.REJECTED, refusal.reason
            return
        self.stock.commit(order.id, self.now)
        self.till.capture(order.id)
        order.state = OrderState.PAID
        self.carts.bought(Owner(account=order.customer), order.lines, order.placed)

    def _turn_back(self, order: Purchase, reason: str) -> Bought:
        if order.state is OrderState.PLACED:
            self._end(order, OrderState.CANCELLED, reason)
        elif order.state not in (OrderState.CANCELLING, OrderState.CANCELLED):
            raise TooLate(state=order.state)
        return order.shown

    def _end(self, order: Purchase, state: OrderState, reason: str) -> None:
        self.till.void(order.id)
        self.stock.release(order.id, self.now)
        order.state, order.reason = state, reason

    def _give_back(self, order: Purchase) -> None:
        refund = self.till.refund_rest(order.id, order.refusals, self.now)
        assert refund is not None
        order.waits_for_staff = refund.is_refused
        order.refusals += refund.is_refused
        if refund.state is RefundState.DONE:
            self.stock.take_back(order.id)
            order.state = OrderState.CANCELLED
