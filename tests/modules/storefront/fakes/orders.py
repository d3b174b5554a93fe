"""Orders in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import final

import msgspec

from contracts.kit import Conflict, PermissionDenied, TimedOut
from contracts.kit.context import current_frame
from contracts.orders import (
    InvalidCursor,
    ItemProblem,
    NoDelivery,
    NotAvailable,
    Order,
    OrderLine,
    OrderNotFound,
    OrderPage,
    OrderState,
    OrderSummary,
    PaymentRefused,
    Quote,
    QuoteChanged,
    TimelineEntry,
    TooLate,
    Vat,
)
from contracts.values import Address, Line, Money, OrderId
from tests.modules.storefront.fakes.breakable import Breakable, actor_id
from tests.modules.storefront.fakes.carts import FakeCarts
from tests.modules.storefront.fakes.catalog import FakeCatalog
from tests.modules.storefront.fakes.stock import FakeInventory
from tests.modules.unaudited import UnauditedOrders

_DELIVERY = {"DE": 490, "AT": 890, "CH": 1490}
_START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@final
class FakeOrders(Breakable, UnauditedOrders):
    """Delivers to three countries; the digest is the total; an order is paid at once, except with tok_slow."""

    def __init__(self, catalog: FakeCatalog, inventory: FakeInventory, carts: FakeCarts) -> None:
        super().__init__()
        self._catalog = catalog
        self._inventory = inventory
        self._carts = carts
        self.orders: dict[str, tuple[str, Order]] = {}
        self.keys: dict[str, tuple[object, Order]] = {}
        self.loses_next_answer = False
        """Let the next order be placed, but its answer not arrive."""

    async def quote(self, lines: tuple[Line, ...], country: str) -> Quote:
        self.enter("quote")
        offers = {offer.sku: offer for offer in await self._catalog.get_offers(tuple(line.sku for line in lines))}
        stock = await self._inventory.get_availability(tuple(line.sku for line in lines))
        left = {each.sku: each.available if each.sku in offers else 0 for each in stock}
        problems = tuple(
            ItemProblem(sku=line.sku, wanted=line.quantity, available=left[line.sku])
            for line in lines
            if left[line.sku] < line.quantity
        )
        if problems:
            raise NotAvailable(problems=problems)
        weight = sum(offers[line.sku].weight_grams * line.quantity for line in lines)
        if country not in _DELIVERY or weight > 30_000:
            raise NoDelivery(country=country, weight_grams=weight)
        quoted = tuple(
            OrderLine(
                sku=line.sku,
                name=offers[line.sku].name,
                detail=", ".join(each.value for each in offers[line.sku].attributes),
                quantity=line.quantity,
                unit_price=offers[line.sku].price,
                total=_euros(offers[line.sku].price.amount * line.quantity),
                vat_rate=1900,
            )
            for line in lines
        )
        total = sum(line.total.amount for line in quoted) + _DELIVERY[country]
        return Quote(
            lines=quoted,
            delivery=_euros(_DELIVERY[country]),
            vat=(Vat(rate=1900, amount=_euros(total * 19 // 119)),),
            total=_euros(total),
            digest=f"total-{total}",
        )

    async def place_order(
        self, quote_digest: str, lines: tuple[Line, ...], address: Address, payment_token: str
    ) -> Order:
        self.enter("place_order")
        key, arguments = current_frame().next_key, (quote_digest, lines, address, payment_token)
        assert key is not None, "an order is to be placed under a key"
        if key in self.keys:
            if self.keys[key][0] != arguments:
                raise Conflict(operation="orders.v1.place_order")
            return self.keys[key][1]
        quote = await self.quote(lines, address.country)
        if quote.digest != quote_digest:
            raise QuoteChanged(quote=quote)
        order_id = OrderId(f"F-{1000 + len(self.orders)}")
        if payment_token not in ("tok_success", "tok_slow"):
            raise PaymentRefused(order_id=order_id, reason=payment_token.removeprefix("tok_"))
        paid = payment_token == "tok_success"
        order = Order(
            id=order_id,
            placed=_START + timedelta(hours=len(self.orders)),
            state=OrderState.PAID if paid else OrderState.PLACED,
            lines=quote.lines,
            delivery=quote.delivery,
            vat=quote.vat,
            total=quote.total,
            address=address,
            timeline=tuple(
                TimelineEntry(at=_START + timedelta(minutes=minute), what=what)
                for minute, what in enumerate(
                    ("Order placed", "Payment confirmed", "Payment taken")[: 3 if paid else 1]
                )
            ),
        )
        self.orders[order.id] = (self._me(), order)
        self.keys[key] = (arguments, order)
        self._carts.held.pop(self._me(), None)
        if self.loses_next_answer:
            self.loses_next_answer = False
            raise TimedOut(operation="orders.v1.place_order")
        return order

    async def list_orders(self, cursor: str | None, limit: int = 20) -> OrderPage:
        self.enter("list_orders")
        if cursor is not None and not cursor.isdecimal():
            raise InvalidCursor
        mine = [order for owner, order in reversed(self.orders.values()) if owner == self._me()]
        start = int(cursor or 0)
        return OrderPage(
            orders=tuple(
                OrderSummary(
                    id=order.id, placed=order.placed, state=order.state, total=order.total, count=_count(order)
                )
                for order in mine[start : start + limit]
            ),
            next_cursor=str(start + limit) if start + limit < len(mine) else None,
        )

    async def get_order(self, order_id: OrderId) -> Order:
        self.enter("get_order")
        owner, order = self.orders.get(order_id, ("", None))
        if order is None or owner != self._me():
            raise OrderNotFound(order_id=order_id)
        return order

    async def cancel_order(self, order_id: OrderId) -> Order:
        self.enter("cancel_order")
        assert current_frame().next_key is not None, "an order is to be cancelled under a key"
        order = await self.get_order(order_id)
        if order.state is not OrderState.PLACED:
            raise TooLate(state=order.state)
        order = msgspec.structs.replace(order, state=OrderState.CANCELLED, reason="cancelled by you")
        self.orders[order_id] = (self._me(), order)
        return order

    async def revoke_order(self, order_id: OrderId) -> Order:
        raise AssertionError("the storefront revokes no orders")

    def settle(self, order_id: str) -> None:
        """Let an order be paid."""
        owner, order = self.orders[order_id]
        self.orders[order_id] = (owner, msgspec.structs.replace(order, state=OrderState.PAID))

    def _me(self) -> str:
        me = actor_id()
        if me is None:
            raise PermissionDenied(operation="orders.v1")
        return me


def _count(order: Order) -> int:
    return sum(line.quantity for line in order.lines)


def _euros(amount: int) -> Money:
    return Money(amount=amount, currency="EUR")
