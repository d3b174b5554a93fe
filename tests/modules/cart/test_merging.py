"""A guest logs in; an order is paid."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
import sqlalchemy as sa

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
    await paid_late(stall, account_id, None, **items)


async def paid_late(stall: Stall, account_id: str, placed: datetime | None, **items: int) -> None:
    """Hear that an order is paid that was placed at this instant, or of which nobody says when."""
    event = OrderPaid(
        order_id=OrderId("o1"),
        account_id=AccountId(account_id),
        lines=tuple(Line(sku=Sku(name), quantity=quantity) for name, quantity in items.items()),
        total=Money(amount=1, currency="EUR"),
        placed=placed,
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


async def ordered(stall: Stall) -> datetime:
    """Put two mugs and a plate into a customer's cart, and return when an order was placed, a minute ago."""
    await stall.carts.add_item(None, MUG, 2)
    await stall.carts.add_item(None, PLATE, 1)
    stall.clock.advance(minutes=5)
    placed = stall.clock.now()
    stall.clock.advance(minutes=1)
    return placed


async def test_lines_untouched_since_an_order_was_placed_leave_when_it_is_paid(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await paid_late(stall, "ada", placed, **{MUG: 2, PLATE: 1})
        assert await stall.held(None) == {}
        await stall.carts.add_item(None, MUG, 2)
        await paid_late(stall, "ada", stall.clock.now(), **{MUG: 2})
        assert await stall.held(None) == {}


async def test_what_was_taken_out_and_put_in_again_after_an_order_stays_when_it_is_paid_late(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await stall.carts.remove_item(None, MUG)
        await stall.carts.add_item(None, MUG, 1)
        await paid_late(stall, "ada", placed, **{MUG: 2, PLATE: 1})
        assert await stall.held(None) == {MUG: 1}


async def test_a_quantity_that_was_raised_after_an_order_keeps_what_was_added(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await stall.carts.set_quantity(None, MUG, 5)
        await stall.carts.add_item(None, PLATE, 3)
        await paid_late(stall, "ada", placed, **{MUG: 2, PLATE: 1})
        assert await stall.held(None) == {MUG: 3, PLATE: 3}


async def test_a_quantity_that_was_lowered_and_raised_after_an_order_keeps_what_was_added(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await stall.carts.set_quantity(None, MUG, 1)
        await stall.carts.set_quantity(None, MUG, 4)
        await paid_late(stall, "ada", placed, **{MUG: 2, PLATE: 1})
        assert await stall.held(None) == {MUG: 3}


async def test_more_than_lay_there_when_the_order_was_placed_is_not_taken(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await stall.carts.add_item(None, MUG, 2)
        await paid_late(stall, "ada", placed, **{MUG: 3})
        assert await stall.held(None) == {MUG: 2, PLATE: 1}


async def test_what_a_guest_brought_along_after_an_order_stays(stall: Stall) -> None:
    token = await guest(stall, **{MUG: 2})
    with acting():
        stall.clock.advance(minutes=1)
        placed = stall.clock.now()
        stall.clock.advance(minutes=1)
        await stall.carts.merge(token)
        await paid_late(stall, "ada", placed, **{MUG: 2})
        assert await stall.held(None) == {MUG: 2}


async def test_of_two_orders_each_takes_its_own_whichever_is_paid_first(stall: Stall) -> None:
    for account, is_first in (("ada", True), ("bob", False)):
        with acting(account):
            first = await ordered(stall)
            await stall.carts.add_item(None, MUG, 1)
            second = stall.clock.now()
            stall.clock.advance(minutes=1)
            await stall.carts.add_item(None, MUG, 4)
            bought = [(first, 2), (second, 1)]
            for placed, quantity in bought if is_first else reversed(bought):
                await paid_late(stall, account, placed, **{MUG: quantity})
            assert await stall.held(None) == {MUG: 4, PLATE: 1}


async def test_a_line_that_an_older_release_wrote_was_there_and_what_it_took_out_is_gone(stall: Stall) -> None:
    with acting():
        placed = await ordered(stall)
        await stall.carts.set_quantity(None, MUG, 9)
        async with stall.database.write() as work:
            await work.session.execute(sa.text("UPDATE lines SET quantity = 4 WHERE sku = 'MUG-BLUE'"))
            await work.session.execute(sa.text("UPDATE lines SET layers = NULL WHERE sku = 'PLATE'"))
        await paid_late(stall, "ada", placed, **{MUG: 2, PLATE: 1})
        assert await stall.held(None) == {MUG: 2}


async def test_an_order_of_which_nobody_knows_when_it_was_placed_takes_what_there_is(stall: Stall) -> None:
    with acting():
        await ordered(stall)
        await stall.carts.add_item(None, MUG, 1)
        await paid_late(stall, "ada", None, **{MUG: 2})
        assert await stall.held(None) == {MUG: 1, PLATE: 1}
