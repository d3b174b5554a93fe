"""Buyers who will know what became of their orders, and the books of a sale to hold against what they were told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing

import msgspec

from contracts.inventory import Inventory
from contracts.kit import Role, idempotency_key
from contracts.orders import NotAvailable, Orders, OrderState
from contracts.payments import PaymentNotFound, Payments, PaymentState
from contracts.values import Address, Line, OrderId
from tests.crash.replicas import PATIENCE, Store, persist
from tests.faults.stores import MUG

HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
WANTED = (Line(sku=MUG, quantity=1),)
LASTING = frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED})


class Told(msgspec.Struct, frozen=True):
    """What a buyer was told in the end: the state of an order that lasts, or that nothing is left."""

    order_id: OrderId | None = None
    state: OrderState | None = None


SOLD_OUT = Told()


class Sale(msgspec.Struct, frozen=True):
    """What there was to sell, what the buyers were told, and what every module's books say of it afterwards.

    ``orders`` are each buyer's own. ``left`` is how often the stock of each order left, ``taken`` what was captured for
    it, ``prices`` what it costs. ``balances`` are the ledger's.
    """

    units: int
    told: Mapping[str, Told | BaseException]
    orders: Mapping[str, Mapping[OrderId, OrderState]]
    prices: Mapping[OrderId, int]
    left: Mapping[OrderId, int]
    taken: Mapping[OrderId, int]
    available: int
    balances: Mapping[str, int]


async def buy(store: Store, name: str, card: str) -> Told:
    """Buy one mug, and ask with the same key until it is known whether there was one."""
    orders = store.contract(Orders)
    with store.acting(name, Role.CUSTOMER):
        try:
            quote = await persist(lambda _: orders.quote(WANTED, HOME.country))
            with idempotency_key(f"of {name}"):
                order = await persist(lambda _: orders.place_order(quote.digest, WANTED, HOME, card))
        except NotAvailable:
            return SOLD_OUT
        return await _end_of(orders, order.id, order.state)


async def _end_of(orders: Orders, order_id: OrderId, state: OrderState) -> Told:
    async with asyncio.timeout(PATIENCE):
        while state not in LASTING:
            await asyncio.sleep(0.2)
            state = (await persist(lambda _: orders.get_order(order_id))).state
    return Told(order_id, state)


async def settled(store: Store, units: int, told: Mapping[str, Told | BaseException]) -> Sale:
    """Return the books of a sale once nobody works on its orders any more."""
    orders = store.contract(Orders)
    kept: dict[str, dict[OrderId, OrderState]] = {}
    prices: dict[OrderId, int] = {}
    async with asyncio.timeout(PATIENCE):
        for name in told:
            with store.acting(name, Role.CUSTOMER):
                while True:
                    page = await persist(lambda _: orders.list_orders(None))
                    kept[name] = {each.id: each.state for each in page.orders}
                    prices |= {each.id: each.total.amount for each in page.orders}
                    if LASTING.issuperset(kept[name].values()):
                        break
                    await asyncio.sleep(0.2)
    inventory, payments = store.contract(Inventory), store.contract(Payments)
    (shelf,) = await persist(lambda _: inventory.get_availability((MUG,)))
    balances = {each.account: each.amount for each in await payments.list_balances()}
    taken = {order_id: await _taken(payments, order_id) for order_id in prices}
    return Sale(units, told, kept, prices, _left(store), taken, shelf.available, balances)


async def _taken(payments: Payments, order_id: OrderId) -> int:
    try:
        payment = await payments.get_payment(order_id)
    except PaymentNotFound:
        return 0
    return payment.amount.amount - payment.refunded if payment.state is PaymentState.CAPTURED else 0


def _left(store: Store) -> Counter[OrderId]:
    """How often each order's stock left: no contract tells, so the stock's own book is looked into."""
    left: Counter[OrderId] = Counter()
    with closing(sqlite3.connect(store.shop.data / "inventory.sqlite")) as connection:
        gone = "SELECT order_id, sum(quantity) FROM movements WHERE movement = 'committed' GROUP BY order_id"
        left.update({OrderId(order_id): quantity for order_id, quantity in connection.execute(gone)})
    return left


def wrong_in(sale: Sale) -> list[str]:
    """Say what should not be: nothing, where each unit was sold once, and each buyer told so."""
    return [*_wrong_in_sum(sale), *_wrong_in_orders(sale), *_wrong_with_buyers(sale)]


def _wrong_in_sum(sale: Sale) -> Iterator[str]:
    sold = sum(sale.left.values())
    if sold != sale.units:
        yield f"{sold} were sold of {sale.units}"
    if sale.available != 0:
        yield f"{sale.available} are still to be had"
    if sum(sale.balances.values()) != 0:
        yield f"the ledger does not sum to zero: {dict(sale.balances)}"


def _wrong_in_orders(sale: Sale) -> Iterator[str]:
    states = {order_id: state for orders in sale.orders.values() for order_id, state in orders.items()}
    for order_id in sorted({*states, *sale.left, *sale.taken}):
        state, left, taken = states.get(order_id), sale.left.get(order_id, 0), sale.taken.get(order_id, 0)
        if state not in LASTING:
            yield f"{order_id} is stuck: {state}"
        if left > 1:
            yield f"{order_id} got {left}"
        if left and not taken:
            yield f"{order_id} has goods and did not pay"
        if taken and not left:
            yield f"{order_id} paid and has no goods"
        if taken not in (0, sale.prices.get(order_id)):
            yield f"{order_id} paid {taken}"
        if (state is OrderState.PAID) is not bool(taken):
            yield f"{order_id} is {state}, and {taken} were taken for it"


def _wrong_with_buyers(sale: Sale) -> Iterator[str]:
    for name, told in sale.told.items():
        orders = sale.orders[name]
        if isinstance(told, BaseException):
            yield f"{name} was told nothing: {told!r}"
        elif told.order_id is None and OrderState.PAID in orders.values():
            yield f"{name} was told that nothing is left, and bought"
        elif told.order_id is not None and orders.get(told.order_id) is not told.state:
            yield f"{name} was told of {told}, and has {dict(orders)}"
        if len(orders) > 1:
            yield f"{name} ordered {len(orders)} times"
