"""What can be seen of a shop from outside, in the store and in the model, and how the two differ."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from contracts.cart import Cart, Carts
from contracts.catalog import Catalog, Offer
from contracts.inventory import Inventory
from contracts.kit import Error, InvalidArgument, Unavailable
from contracts.orders import Order, Orders, OrderState, Quote
from contracts.payments import Balance, Payment, PaymentNotFound, Payments, Refund
from contracts.values import OrderId, Sku
from tests.model.baskets import Owner
from tests.model.model import Bought, Shop
from tests.model.money import Refunded, Standing
from tests.model.system import GUEST, MACHINE, System, told


class Seen(NamedTuple):
    """Everything that is looked at after every step."""

    offers: dict[Sku, Offer]
    available: dict[Sku, int]
    carts: dict[Owner, Cart]
    counts: dict[Owner, int]
    orders: dict[str, dict[OrderId, Bought]]
    summaries: dict[OrderId, tuple[OrderState, int, int]]
    payments: dict[OrderId, Standing | None]
    balances: dict[str, int]


def of_model(shop: Shop, customers: Iterable[str], owners: Sequence[Owner], payments: Iterable[OrderId]) -> Seen:
    """Return what the model says is to be seen."""
    offers = {sku: shop.goods.offer(sku) for sku in shop.goods.wares}
    shown = {owner: shop.carts.show(owner) for owner in owners}
    return Seen(
        offers={sku: offer for sku, offer in offers.items() if offer is not None},
        available={sku: shop.available(sku) for sku in shop.goods.wares},
        carts=shown,
        counts={owner: cart.count for owner, cart in shown.items()},
        orders={
            who: {order.id: order.shown for order in shop.orders.values() if order.customer == who} for who in customers
        },
        summaries={
            order.id: (order.state, order.quote.total.amount, sum(line.quantity for line in order.lines))
            for order in shop.orders.values()
        },
        payments={each: _standing(shop, each) for each in payments},
        balances=shop.till.balances,
    )


def _standing(shop: Shop, order_id: OrderId) -> Standing | None:
    try:
        return shop.till.standing(order_id)
    except PaymentNotFound:
        return None


class Eyes:
    """Looks at a store; ``before`` is what its ledger held when the machine began."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._catalog, self._inventory = system.contract(Catalog), system.contract(Inventory)
        self._carts, self._orders = system.contract(Carts), system.contract(Orders)
        self._payments = system.contract(Payments)
        self._timelines: dict[OrderId, Sequence[object]] = {}
        self._payment_ids: dict[OrderId, str] = {}
        self._before: dict[str, int] = {}

    async def begin(self) -> None:
        """Remember what the ledger holds already."""
        self._before = await self._balances()

    async def look(
        self, skus: Sequence[Sku], customers: Sequence[str], owners: Sequence[Owner], payments: Sequence[OrderId]
    ) -> Seen:
        """Look at everything, through the contracts."""
        with self._system.acting(GUEST):
            offers = await told(lambda: self._catalog.get_offers(tuple(skus)))
            stock = await told(lambda: self._inventory.get_availability(tuple(skus)))
        carts = await asyncio.gather(*(self.cart(owner) for owner in owners))
        counts = await asyncio.gather(*map(self._count, owners))
        history = await asyncio.gather(*map(self._history, customers))
        standings = await asyncio.gather(*map(self._payment, payments))
        balances = await self._balances()
        return Seen(
            offers={each.sku: each for each in offers},
            available={each.sku: each.available for each in stock},
            carts=dict(zip(owners, carts, strict=True)),
            counts=dict(zip(owners, counts, strict=True)),
            orders={who: orders for who, (orders, _) in zip(customers, history, strict=True)},
            summaries={id_: each for _, summaries in history for id_, each in summaries.items()},
            payments=dict(zip(payments, standings, strict=True)),
            balances={name: more for name in balances if (more := balances[name] - self._before.get(name, 0))},
        )

    async def cart(self, owner: Owner) -> Cart:
        """Return a cart; again, where this machine was too slow to ask the stock in time."""
        while True:
            with self._system.acting(owner.account or GUEST):
                cart = await told(lambda: self._carts.get_cart(owner.token))
            if is_whole(cart):
                return cart

    async def _count(self, owner: Owner) -> int:
        with self._system.acting(owner.account or GUEST):
            return await told(lambda: self._carts.count_items(owner.token))

    async def _history(self, who: str) -> tuple[dict[OrderId, Bought], dict[OrderId, tuple[OrderState, int, int]]]:
        with self._system.acting(who):
            page = await told(lambda: self._orders.list_orders(None, 100))
            assert page.next_cursor is None, "the machine looks at one page only"
            found = [await told(lambda: self._orders.get_order(each.id)) for each in page.orders]  # noqa: B023
        summaries = {each.id: (each.state, each.total.amount, each.count) for each in page.orders}
        return {each.id: self._told(each) for each in found}, summaries

    async def _payment(self, order_id: OrderId) -> Standing | None:
        with self._system.acting(MACHINE):
            try:
                payment = await told(lambda: self._payments.get_payment(order_id))
            except PaymentNotFound:
                return None
        return self.standing(payment)

    def standing(self, payment: Payment) -> Standing:
        """Return what there is to see of a payment, which keeps its id."""
        known = self._payment_ids.setdefault(payment.order_id, payment.id)
        assert known == payment.id, f"the payment for {payment.order_id} was {known} and is {payment.id}"
        return Standing(payment.amount.amount, payment.state, payment.refunded)

    def _told(self, order: Order) -> Bought:
        before = self._timelines.get(order.id, ())
        assert order.timeline[: len(before)] == before, f"the timeline of {order.id} was changed: {before}"
        self._timelines[order.id] = order.timeline
        return bought(order)

    async def _balances(self) -> dict[str, int]:
        with self._system.acting(MACHINE):
            balances: tuple[Balance, ...] = await told(self._payments.list_balances)
        assert sum(each.amount for each in balances) == 0, f"the ledger does not sum to zero: {balances}"
        return {each.account: each.amount for each in balances}


def is_whole(cart: Cart) -> bool:
    """Say whether a cart tells how many there are of everything that is sold."""
    return all(line.available is not None for line in cart.lines if line.unit_price is not None)


def bought(order: Order) -> Bought:
    """Return what there is to see of an order."""
    country = order.address.country
    return Bought(order.state, order.reason, order.lines, order.delivery, order.vat, order.total, country)


def difference(model: Seen, system: Seen) -> list[str]:
    """Say in what the model and the store differ, one line for each thing."""
    seen: list[tuple[str, Mapping[Any, Any], Mapping[Any, Any]]] = list(zip(Seen._fields, model, system, strict=True))
    return [
        f"{what}[{key}]\n  model:  {wanted.get(key)}\n  system: {got.get(key)}"
        for what, wanted, got in seen
        for key in {**wanted, **got}
        if wanted.get(key) != got.get(key)
    ]


def plain(answer: object) -> object:
    """Return of an answer, or an error, what the model can foretell."""
    match answer:
        case Order():
            return bought(answer)
        case Quote():
            return structs.replace(answer, digest="")
        case Payment():
            return Standing(answer.amount.amount, answer.state, answer.refunded)
        case Refund():
            return answer.amount.amount, answer.state, answer.refused is not None
        case Refunded():
            return answer.amount, answer.state, answer.is_refused
        case Error():
            prose = {Unavailable: "reason", InvalidArgument: "problem"}.get(type(answer))
            return type(answer), {name: plain(value) for name, value in answer.fields.items() if name != prose}
    return answer
