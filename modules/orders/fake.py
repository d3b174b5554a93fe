"""Orders in memory, to run and test others alone: no saga, and nothing lasts longer than the process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import final

import msgspec

from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import STAFF, Clock, current_actor, remaining
from contracts.orders import (
    NotAvailable,
    Order,
    OrderBook,
    OrderBookPage,
    OrderNotFound,
    OrderPage,
    Orders,
    OrderState,
    OrderSummary,
    PaymentRefused,
    Quote,
    QuoteChanged,
    TimelineEntry,
    TooLate,
)
from contracts.values import AccountId, Address, CountryCode, Line, OrderId, Sku
from modules.orders import cursors, domain
from modules.orders.cursors import Place
from modules.orders.domain import Step
from modules.orders.settings import OrdersSettings

SLOW, CLOSED = "tok_slow", "tok_closed"
GOOD = frozenset({"tok_success", SLOW, "tok_lost", "tok_late", "tok_twice", "tok_early", CLOSED})
REFUSALS: Mapping[str, str] = {"tok_decline": "declined", "tok_insufficient_funds": "insufficient_funds"}
SLOW_SECONDS = 0.3
"""What the slow test card takes."""
MARGIN = 1.0
"""Seconds before its deadline that an operation stops waiting, to answer with what there is."""


class _Kept(msgspec.Struct):
    owner: AccountId
    order: Order
    paid_at: float
    is_closed: bool


_STEPS: Mapping[OrderState, str] = {
    OrderState.PLACED: Step.AUTHORISE.value,
    OrderState.CANCELLING: Step.REFUND.value,
}
"""What an order waits for that does not last."""


@final
class FakeOrders(Orders):
    """Quotes what catalogue and stock say, and decides by the sandbox's test cards alone.

    It reserves nothing: what it has sold, it counts as gone from the stock that it is told of.
    """

    def __init__(self, clock: Clock, catalog: Catalog, inventory: Inventory, settings: OrdersSettings) -> None:
        self._clock = clock
        self._catalog = catalog
        self._inventory = inventory
        self._zones = settings.zones
        self._revocable = timedelta(days=settings.revocable_days)
        self._orders: dict[OrderId, _Kept] = {}
        self._sold: Counter[Sku] = Counter()

    async def quote(self, lines: tuple[Line, ...], country: CountryCode) -> Quote:
        wanted = domain.add_up(lines)
        skus = tuple(wanted)
        offers = {offer.sku: offer for offer in await self._catalog.get_offers(skus)}
        stock = await self._inventory.get_availability(skus)
        problems = domain.problems(wanted, offers, {each.sku: each.available - self._sold[each.sku] for each in stock})
        if problems:
            raise NotAvailable(problems=problems)
        return domain.make_quote(wanted, offers, self._zones, country)

    async def place_order(
        self, quote_digest: str, lines: tuple[Line, ...], address: Address, payment_token: str
    ) -> Order:
        quote = await self.quote(lines, address.country)
        if quote.digest != quote_digest:
            raise QuoteChanged(quote=quote)
        order_id = domain.new_order_id()
        self._place(order_id, quote, address, payment_token)
        await self._paid(order_id)
        order = self._look(order_id).order
        if order.state is OrderState.REJECTED:
            raise PaymentRefused(order_id=order_id, reason=str(order.reason))
        return order

    async def list_orders(self, cursor: str | None, limit: int = 20) -> OrderPage:
        after = None if cursor is None else cursors.place_of(_me(), cursor)
        mine = [self._look(order_id).order for order_id, kept in self._orders.items() if kept.owner == _me()]
        mine.sort(key=_place, reverse=True)
        left = [order for order in mine if after is None or _place(order) < (after.placed, after.order_id)]
        page = left[:limit]
        is_last = len(left) <= limit
        return OrderPage(
            orders=tuple(_summary(order) for order in page),
            next_cursor=None if is_last else cursors.issue(_me(), Place(*_place(page[-1]))),
        )

    async def get_order(self, order_id: OrderId) -> Order:
        kept = self._look(order_id)
        if kept.owner != _me() and current_actor().roles.isdisjoint(STAFF):
            raise OrderNotFound(order_id=order_id)
        return kept.order

    async def cancel_order(self, order_id: OrderId) -> Order:
        kept = self._look(order_id)
        if kept.owner != _me():
            raise OrderNotFound(order_id=order_id)
        if kept.order.state is OrderState.PLACED:
            self._cancel(kept, domain.CANCELLED)
        elif kept.order.state not in (OrderState.CANCELLING, OrderState.CANCELLED):
            raise TooLate(state=kept.order.state)
        return kept.order

    async def revoke_order(self, order_id: OrderId) -> Order:
        kept = self._look(order_id)
        match kept.order.state:
            case OrderState.PLACED:
                self._cancel(kept, domain.REVOKED)
            case OrderState.PAID if self._clock.now() - kept.order.placed < self._revocable:
                self._refund(kept)
            case OrderState.CANCELLING:
                self._move(kept, OrderState.CANCELLING, "Refund asked for again")
                self._refund(kept)
            case OrderState.CANCELLED:
                pass
            case state:
                raise TooLate(state=state)
        return kept.order

    async def list_books(self, cursor: str | None, limit: int = 100) -> OrderBookPage:
        order_ids = sorted(order_id for order_id in self._orders if order_id > (cursor or ""))[:limit]
        found = await self.get_books(tuple(order_ids))
        return OrderBookPage(orders=found, next_cursor=found[-1].id if len(found) == limit else None)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[OrderBook, ...]:
        return tuple(_book(self._look(order_id).order) for order_id in order_ids if order_id in self._orders)

    def _place(self, order_id: OrderId, quote: Quote, address: Address, token: str) -> None:
        order = Order(
            id=order_id,
            placed=self._clock.now(),
            state=OrderState.PLACED,
            lines=quote.lines,
            delivery=quote.delivery,
            vat=quote.vat,
            total=quote.total,
            address=address,
            timeline=(),
        )
        paid_at = time.monotonic() + (SLOW_SECONDS if token == SLOW else 0)
        kept = self._orders[order_id] = _Kept(_me(), order, paid_at, token == CLOSED)
        self._move(kept, OrderState.PLACED, "Order placed")
        if token in GOOD:
            self._sold.update({line.sku: line.quantity for line in quote.lines})
        else:
            reason = REFUSALS.get(token, "unknown_card")
            self._move(kept, OrderState.REJECTED, "Payment declined: nothing is owed", reason=reason)

    async def _paid(self, order_id: OrderId) -> None:
        """Wait until an order's state lasts, or until shortly before the present deadline."""
        left = remaining()
        until = time.monotonic() + (60 if left is None else left - MARGIN)
        while (kept := self._look(order_id)).order.state is OrderState.PLACED:
            wait = min(kept.paid_at, until) - time.monotonic()
            if wait <= 0:
                return
            await asyncio.sleep(min(wait, 0.05))  # it may be cancelled meanwhile

    def _look(self, order_id: OrderId) -> _Kept:
        """Return an order as it is by now: it goes on by itself, whoever waits for it."""
        kept = self._orders.get(order_id)
        if kept is None:
            raise OrderNotFound(order_id=order_id)
        if kept.order.state is OrderState.PLACED and time.monotonic() >= kept.paid_at:
            self._move(kept, OrderState.PAID, "Paid")
        return kept

    def _refund(self, kept: _Kept) -> None:
        if kept.is_closed:
            kept.is_closed = False
            self._move(kept, OrderState.CANCELLING, "Refund refused: card_closed", reason=domain.REVOKED)
        else:
            self._move(kept, OrderState.CANCELLING, "Payment refunded")
            self._cancel(kept, domain.REVOKED)

    def _cancel(self, kept: _Kept, reason: str) -> None:
        self._sold.subtract({line.sku: line.quantity for line in kept.order.lines})
        self._move(kept, OrderState.CANCELLED, "Order cancelled", reason)

    def _move(self, kept: _Kept, state: OrderState, says: str, reason: str | None = None) -> None:
        entry = TimelineEntry(at=self._clock.now(), what=says)
        timeline = (*kept.order.timeline, entry)
        kept.order = msgspec.structs.replace(kept.order, state=state, timeline=timeline, reason=reason)


def _me() -> AccountId:
    return AccountId(current_actor().id)


def _place(order: Order) -> tuple[int, OrderId]:
    """Return an order's place in its owner's history, as it stands in cursors."""
    return round(order.placed.timestamp() * 1e6), order.id


def _summary(order: Order) -> OrderSummary:
    count = sum(line.quantity for line in order.lines)
    return OrderSummary(id=order.id, placed=order.placed, state=order.state, total=order.total, count=count)


def _book(order: Order) -> OrderBook:
    return OrderBook(
        id=order.id,
        state=order.state,
        step=_STEPS.get(order.state),
        changed=order.timeline[-1].at,
        lines=tuple(Line(sku=line.sku, quantity=line.quantity) for line in order.lines),
        total=order.total,
    )
