"""Carts as they stand now, and what is wrong with them."""

from __future__ import annotations

import asyncio
import time

import pytest

from contracts.cart import CartLine, Problem
from contracts.kit import Internal, Overloaded, TimedOut, Unavailable
from contracts.kit.context import scope
from contracts.values import Money
from modules.cart import service
from tests.modules.cart.stall import BOWL, MUG, PLATE, Stall, offer

NAME = "inventory.get_availability"


async def filled(stall: Stall) -> str:
    cart = await stall.carts.add_item(None, MUG, 2)
    assert cart.token is not None
    await stall.carts.add_item(cart.token, PLATE, 3)
    await stall.carts.add_item(cart.token, BOWL, 5)
    return cart.token


async def test_prices_and_names_are_those_of_now(stall: Stall) -> None:
    token = await filled(stall)
    stall.sold[MUG] = offer(MUG, 1000, "Red", name="Cup")
    line = (await stall.carts.get_cart(token)).lines[0]
    assert (line.name, line.detail, line.unit_price) == ("Cup", "Red", Money(amount=1000, currency="EUR"))


async def test_what_is_no_longer_sold_stays_and_says_so(stall: Stall) -> None:
    token = await filled(stall)
    del stall.sold[MUG]
    cart = await stall.carts.get_cart(token)
    assert cart.lines[0] == CartLine(
        sku=MUG,
        quantity=2,
        name="Mug-Blue",
        detail="Blue, 350 ml",
        product_id=None,
        unit_price=None,
        total=None,
        available=None,
        problem=Problem.UNKNOWN,
    )
    assert cart.subtotal == Money(amount=3 * 900 + 5, currency="EUR")
    assert cart.count == 10


async def test_what_is_short_says_so(stall: Stall) -> None:
    token = await filled(stall)
    stall.stock |= {MUG: 0, PLATE: 2, BOWL: 5}
    cart = await stall.carts.get_cart(token)
    assert [line.problem for line in cart.lines] == [Problem.SOLD_OUT, Problem.TOO_FEW, None]
    assert [line.available for line in cart.lines] == [0, 2, 5]
    assert cart.subtotal == Money(amount=2 * 1250 + 3 * 900 + 5, currency="EUR")


@pytest.mark.parametrize(
    "outage",
    [
        Unavailable(operation=NAME, reason="it is down"),
        TimedOut(operation=NAME),
        Overloaded(operation=NAME),
        Internal(operation=NAME, incident="0"),
    ],
)
async def test_without_the_stock_a_cart_is_shown_all_the_same(stall: Stall, outage: Exception) -> None:
    async def fail() -> None:
        raise outage

    token = await filled(stall)
    stall.on_inventory = fail
    cart = await stall.carts.get_cart(token)
    assert [line.available for line in cart.lines] == [None] * 3
    assert [line.problem for line in cart.lines] == [None] * 3
    assert cart.subtotal is not None


async def test_a_stock_that_does_not_answer_is_not_waited_for(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await filled(stall)
    stall.on_inventory = asyncio.Event().wait
    monkeypatch.setattr(service, "PATIENCE", 0.01)
    assert [line.available for line in (await stall.carts.get_cart(token)).lines] == [None] * 3


async def test_a_short_deadline_leaves_time_to_go_on_without_the_stock(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await filled(stall)
    stall.on_inventory = asyncio.Event().wait
    monkeypatch.setattr(service, "PATIENCE", 60)
    async with asyncio.timeout(10):
        with scope(due=time.monotonic_ns() + 50_000_000):
            assert [line.available for line in (await stall.carts.get_cart(token)).lines] == [None] * 3


async def test_both_are_asked_at_once(stall: Stall) -> None:
    async def meet() -> None:
        await both.wait()

    token = await filled(stall)
    both = asyncio.Barrier(2)
    stall.on_catalog = stall.on_inventory = meet
    async with asyncio.timeout(5):
        assert [line.available for line in (await stall.carts.get_cart(token)).lines] == [1000] * 3


async def test_without_the_catalogue_the_failure_is_its_own(stall: Stall) -> None:
    async def fail() -> None:
        raise TimedOut(operation="catalog.get_offers")

    token = await filled(stall)
    stall.on_catalog = fail
    with pytest.raises(TimedOut) as failure:
        await stall.carts.get_cart(token)
    assert failure.value.operation == "catalog.get_offers"


async def test_an_empty_cart_asks_nobody(stall: Stall) -> None:
    await stall.carts.get_cart(None)
    assert stall.asked == []
