"""Who buys on a stage, and what: each test's shopper and goods are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from contracts.kit import Actor, Role, idempotency_key
from contracts.orders import Order, Orders, OrderState, Quote
from contracts.values import Address, Line, OrderId, Sku
from tests.conformance.stage import Stage, fresh

GOOD, SLOW = "tok_success", "tok_slow"
REFUSED = {
    "tok_decline": "declined",
    "tok_insufficient_funds": "insufficient_funds",
    "tok_of_nobody": "unknown_card",
}
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")


def lines(*wanted: tuple[Sku, int]) -> tuple[Line, ...]:
    """Return lines: lines((sku, 2))."""
    return tuple(Line(sku=sku, quantity=quantity) for sku, quantity in wanted)


class Slow(NamedTuple):
    """An order that is being placed: its call, and the key of that."""

    order_id: OrderId
    buying: asyncio.Task[Order]
    key: str


class Shopper:
    """A customer without an account's other trappings, who buys one thing at a time."""

    def __init__(self, stage: Stage) -> None:
        self.orders = stage.contract(Orders)
        self.actor = Actor(id=fresh("shopper"), roles=frozenset({Role.CUSTOMER}))
        self._stage = stage

    @contextmanager
    def acting(self) -> Iterator[Orders]:
        """Make the calls in the block as this shopper."""
        with self._stage.acting(self.actor):
            yield self.orders

    async def quote(self, sku: Sku, quantity: int = 1) -> Quote:
        """Ask what something costs, delivered home."""
        with self.acting():
            return await self.orders.quote(lines((sku, quantity)), HOME.country)

    async def buy(self, sku: Sku, quantity: int = 1, token: str = GOOD, quote: Quote | None = None) -> Order:
        """Buy something, by a fresh quote if none is given."""
        quote = quote or await self.quote(sku, quantity)
        with self.acting():
            return await self.orders.place_order(quote.digest, lines((sku, quantity)), HOME, token)

    async def history(self) -> list[OrderId]:
        """Return the latest orders."""
        with self.acting():
            return [order.id for order in (await self.orders.list_orders(None, 100)).orders]

    async def buy_slowly(self, sku: Sku, quantity: int = 1) -> Slow:
        """Buy with the slow card, until the order has been placed and can still be cancelled.

        Where this machine is slower than the card, another is placed.
        """
        while True:
            before, key = await self.history(), fresh("key")
            with idempotency_key(key):
                buying = asyncio.create_task(self.buy(sku, quantity, SLOW))
            while not buying.done():
                await asyncio.sleep(0.01)
                for order_id in set(await self.history()) - set(before):
                    if await self.state(order_id) is OrderState.PLACED:
                        return Slow(order_id, buying, key)
            await buying

    async def state(self, order_id: OrderId) -> OrderState:
        """Return how an order stands."""
        with self.acting():
            return (await self.orders.get_order(order_id)).state
