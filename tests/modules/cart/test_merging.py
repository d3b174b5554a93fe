"""A guest logs in; an order is paid."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import PermissionDenied, Role
from contracts.orders import OrderPaid
from contracts.values import AccountId, Line, Money, OrderId, Sku
from modules.cart.listeners import on_order_paid
from tests.modules.cart.stall import BOWL, MUG, PLATE, Stall, acting


async def guest(stall: Stall, **items: int) -> str:
    token: str | None = None
    for name, quantity in items.items():
        token = (await stall.carts.add_item(token, Sku(name), quantity)).token
    assert token is not None
    return token


async def paid(stall: Stall, account_id: str, **items: int) -> None:
    event = OrderPaid(
        order_id=OrderId("o1"),
        account_id=AccountId(account_id),
        lines=tuple(Line(sku=Sku(name), quantity=quantity) for name, quantity in items.items()),
        total=Money(amount=1, currency="EUR"),
    )
    async with stall.database.write() as work:
        await on_order_paid(event, work)


async def test_a_guests_cart_moves_into_the_accounts(stall: Stall) -> None:
    token = await guest(stall, PLATE=90, BOWL=1)
    with acting():
        await stall.carts.add_item(None, MUG, 1)
        await stall.carts.add_item(None, PLATE, 20)
        await stall.carts.merge(token)
        assert await stall.held(None) == {MUG: 1, PLATE: 99, BOWL: 1}
    assert await stall.held(token) == {}
    assert await stall.rows("carts") == 1


async def test_merging_makes_a_cart_where_there_was_none(stall: Stall) -> None:
    token = await guest(stall, PLATE=2)
    with acting():
        await stall.carts.merge(token)
        assert await stall.held(None) == {PLATE: 2}


async def test_merging_again_or_an_unknown_token_changes_nothing(stall: Stall) -> None:
    token = await guest(stall, PLATE=2)
    with acting():
        for each in (token, token, "unknown", ""):
            await stall.carts.merge(each)
        assert await stall.held(None) == {PLATE: 2}


async def test_merging_at_once_counts_once(stall: Stall) -> None:
    token = await guest(stall, PLATE=2)
    with acting():
        await asyncio.gather(*(stall.carts.merge(token) for _ in range(10)))
        assert await stall.held(None) == {PLATE: 2}


async def test_an_add_while_merging_is_not_lost(stall: Stall) -> None:
    token = await guest(stall, PLATE=2)

    async def add() -> str | None:
        return (await stall.carts.add_item(token, PLATE, 1)).token

    async def merge() -> None:
        with acting():
            await stall.carts.merge(token)

    tokens, _ = await asyncio.gather(asyncio.gather(*(add() for _ in range(10))), merge())
    with acting():
        count = await stall.carts.count_items(None)
    for each in set(tokens):
        count += await stall.carts.count_items(each)
    assert count == 12


async def test_what_finds_no_room_stays_with_the_guest(stall: Stall) -> None:
    skus = [f"SKU{number}" for number in range(49)]
    stall.sell(*map(Sku, skus))
    token = await guest(stall, SKU0=5, PLATE=1, BOWL=2)
    with acting():
        for sku in skus:
            await stall.carts.add_item(None, Sku(sku), 1)
        await stall.carts.merge(token)
        held = await stall.held(None)
    assert len(held) == 50
    assert (held[Sku("SKU0")], held[PLATE]) == (6, 1)
    assert await stall.held(token) == {BOWL: 2}


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.GUEST])
async def test_who_has_no_cart_cannot_merge(stall: Stall, role: Role) -> None:
    token = await guest(stall, PLATE=2)
    with acting("orders", role), pytest.raises(PermissionDenied):
        await stall.carts.merge(token)
    assert await stall.held(token) == {PLATE: 2}


async def test_what_was_bought_leaves_the_cart_and_what_was_added_meanwhile_stays(stall: Stall) -> None:
    with acting():
        for sku, quantity in ((MUG, 5), (PLATE, 2), (BOWL, 1)):
            await stall.carts.add_item(None, sku, quantity)
    await paid(stall, "ada", **{MUG: 3, PLATE: 2, "SOMETHING": 7})
    with acting():
        assert await stall.held(None) == {MUG: 2, BOWL: 1}


async def test_an_order_touches_no_other_cart(stall: Stall) -> None:
    token = await guest(stall, PLATE=2)
    with acting("bob"):
        await stall.carts.add_item(None, PLATE, 2)
    await paid(stall, "ada", PLATE=2)
    with acting("bob"):
        assert await stall.held(None) == {PLATE: 2}
    assert await stall.held(token) == {PLATE: 2}
