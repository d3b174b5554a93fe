"""Customers who do not give up, and what they wish for."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from tests.crash.client import PATIENCE, Client, Refused

ADDRESS = {"name": "Ada", "street": "Main Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
GOODS = tuple(f"CRASH-{number}" for number in range(1, 6))
"""What is for sale, enough of each."""

WISHES: Mapping[str, tuple[str, ...]] = {
    "buy": ("tok_success", "paid"),
    "declined": ("tok_decline", "rejected"),
    "lost answer": ("tok_lost", "paid"),
    "called back twice": ("tok_twice", "paid"),
    "late": ("tok_late", "paid"),
    "cancel": ("tok_late", "cancelled", "paid"),
    "revoke": ("tok_success", "cancelled"),
}
"""What customers are after: with which card they pay, and as what their order may end."""
ROUND = ("buy", "declined", "buy", "lost answer", "cancel", "buy", "called back twice", "revoke", "buy", "late")
"""In which order their wishes come."""


class Purchase(msgspec.Struct):
    """One checkout, by its key: what was wished for, and what the store has told of it.

    ``order_id`` is None until some answer named one; ``told`` has every state that was answered.
    """

    key: str
    account: str
    wish: str
    sku: str
    quantity: int
    began: float
    order_id: str | None = None
    told: list[str] = []
    ended: float | None = None

    @property
    def may_end_as(self) -> tuple[str, ...]:
        """The states in which its order may last."""
        return WISHES[self.wish][1:]

    @property
    def last(self) -> str | None:
        """The state that was answered last."""
        return self.told[-1] if self.told else None


class Shopper:
    """One customer, who buys one thing after the other."""

    def __init__(self, client: Client, clerk: Client) -> None:
        self.client = client
        self._clerk = clerk

    async def shop(self, wish: str, sku: str, quantity: int, note: Callable[[Purchase], None]) -> None:
        """Make one purchase, noted before it begins, and follow it until its order lasts."""
        purchase = Purchase(secrets.token_hex(12), self.client.account, wish, sku, quantity, time.time())
        note(purchase)
        await self.client.call("carts.v1/add_item", {"token": None, "sku": sku, "quantity": quantity})
        if wish == "cancel":
            await self._change_mind(purchase)
        else:
            await self._order(purchase)
        if wish == "revoke":
            await self._follow(purchase, ("paid",))
            await self._answered(purchase, self._clerk, "revoke_order", {"order_id": purchase.order_id})
        await self._follow(purchase, purchase.may_end_as)
        purchase.ended = time.time()

    async def _order(self, purchase: Purchase) -> None:
        line = {"sku": purchase.sku, "quantity": purchase.quantity}
        asked = {"lines": [line], "address": ADDRESS, "payment_token": WISHES[purchase.wish][0]}
        quote = await self.client.call("orders.v1/quote", {"lines": [line], "country": "DE"})
        try:
            order = await self.client.call(
                "orders.v1/place_order", {"quote_digest": quote["digest"], **asked}, purchase.key
            )
        except Refused as refusal:
            if refusal.code != "orders.payment_refused":
                raise
            order = {"id": refusal.fields["order_id"], "state": "rejected"}
        _note(purchase, order)

    async def _change_mind(self, purchase: Purchase) -> None:
        """Cancel the order as soon as the history shows it."""
        before = await self._history()
        async with asyncio.TaskGroup() as group:
            placing = group.create_task(self._order(purchase))
            while not placing.done() and not (mine := await self._history() - before):  # noqa: ASYNC110 - none tells
                await asyncio.sleep(0.02)
            if not placing.done():
                try:
                    await self._answered(purchase, self.client, "cancel_order", {"order_id": mine.pop()})
                except Refused as refusal:
                    if refusal.code != "orders.too_late":
                        raise

    async def _history(self) -> set[str]:
        page = await self.client.call("orders.v1/list_orders", {"cursor": None, "limit": 5})
        return {each["id"] for each in page["orders"]}

    async def _answered(self, purchase: Purchase, who: Client, operation: str, arguments: dict[str, Any]) -> None:
        _note(purchase, await who.call(f"orders.v1/{operation}", arguments, f"{operation}:{purchase.key}"))

    async def _follow(self, purchase: Purchase, to: Collection[str]) -> None:
        until = time.monotonic() + PATIENCE
        while purchase.told[-1] not in to:
            if time.monotonic() > until:
                raise TimeoutError(f"order {purchase.order_id} is {purchase.told[-1]} after {PATIENCE:g} s")
            await asyncio.sleep(0.1)
            _note(purchase, await self.client.call("orders.v1/get_order", {"order_id": purchase.order_id}))


def _note(purchase: Purchase, order: Mapping[str, Any]) -> None:
    """Write down what was answered; another order under the same key would be the duplicate that is looked for."""
    assert purchase.order_id in (None, order["id"]), f"{purchase.key} was answered with a second order"
    purchase.order_id = order["id"]
    purchase.told.append(order["state"])
