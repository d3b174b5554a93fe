"""Putting things into carts and taking them out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contracts.cart import CartFull, LineNotFound, UnknownItem
from contracts.kit import Role, Unavailable
from contracts.values import Money, Sku
from tests.modules.cart.stall import BOWL, MUG, PLATE, Stall, acting
from tests.modules.doubles import stored


async def token_of(stall: Stall, sku: Sku = MUG, quantity: int = 1) -> str:
    cart = await stall.carts.add_item(None, sku, quantity)
    assert cart.token is not None
    return cart.token


async def test_the_first_item_makes_a_guests_cart(stall: Stall) -> None:
    cart = await stall.carts.add_item(None, MUG, 2)
    assert cart.token is not None
    assert len(cart.token) >= 32
    (line,) = cart.lines
    assert (line.name, line.detail, line.quantity) == ("Mug-Blue", "Blue, 350 ml", 2)
    assert (line.unit_price, line.total) == (Money(amount=1250, currency="EUR"), Money(amount=2500, currency="EUR"))
    assert (line.available, line.problem) == (1000, None)
    assert (cart.subtotal, cart.count) == (line.total, 2)
    assert await stall.carts.get_cart(cart.token) == cart


async def test_a_token_is_a_secret_that_is_not_stored(stall: Stall) -> None:
    token = await token_of(stall)
    assert token.encode() not in stored(stall.database)
    assert token not in repr(await stall.carts.get_cart(token))
    assert token != await token_of(stall)


@pytest.mark.parametrize("token", [None, "", "unknown", "x" * 100])
async def test_an_unknown_token_means_a_new_cart(stall: Stall, token: str | None) -> None:
    empty = await stall.carts.get_cart(token)
    assert (empty.token, empty.lines, empty.subtotal, empty.count) == (None, (), None, 0)
    assert await stall.carts.count_items(token) == 0
    assert (await stall.carts.add_item(token, MUG, 1)).token not in (None, token)


async def test_adding_again_adds_up_and_keeps_the_order(stall: Stall) -> None:
    token = await token_of(stall, PLATE, 3)
    await stall.carts.add_item(token, MUG, 1)
    cart = await stall.carts.add_item(token, PLATE, 4)
    assert cart.token == token
    assert [(line.sku, line.quantity) for line in cart.lines] == [(PLATE, 7), (MUG, 1)]


async def test_a_line_holds_99_at_most(stall: Stall) -> None:
    token = await token_of(stall, MUG, 60)
    assert (await stall.carts.add_item(token, MUG, 60)).count == 99


async def test_a_cart_holds_50_different_items_at_most(stall: Stall) -> None:
    skus = [Sku(f"SKU-{number}") for number in range(51)]
    stall.sell(*skus)
    token = await token_of(stall, skus[0])
    for sku in skus[1:50]:
        await stall.carts.add_item(token, sku, 1)
    with pytest.raises(CartFull):
        await stall.carts.add_item(token, skus[50], 1)
    assert (await stall.carts.add_item(token, skus[7], 1)).count == 51
    await stall.carts.remove_item(token, skus[0])
    assert (await stall.carts.add_item(token, skus[50], 1)).count == 51


async def test_what_the_catalogue_does_not_sell_is_refused_and_nothing_is_made(stall: Stall) -> None:
    with pytest.raises(UnknownItem) as refusal:
        await stall.carts.add_item(None, Sku("NOTHING"), 1)
    assert refusal.value.sku == "NOTHING"
    assert await stall.rows("carts") == 0


async def test_without_the_catalogue_nothing_is_added(stall: Stall) -> None:
    async def fail() -> None:
        raise Unavailable(operation="catalog.get_offers", reason="it is down")

    token = await token_of(stall)
    stall.on_catalog = fail
    with pytest.raises(Unavailable):
        await stall.carts.add_item(token, PLATE, 1)
    assert await stall.carts.count_items(token) == 1


async def test_nobody_is_asked_within_a_write_transaction(stall: Stall) -> None:
    async def look() -> None:
        assert not stall.database.is_writing

    stall.on_catalog = stall.on_inventory = look
    token = await token_of(stall)
    await stall.carts.set_quantity(token, MUG, 5)
    await stall.carts.add_item(token, PLATE, 1)
    await stall.carts.remove_item(token, PLATE)
    with acting():
        await stall.carts.merge(token)


async def test_quantities_are_set_and_lines_removed(stall: Stall) -> None:
    token = await token_of(stall, MUG, 5)
    await stall.carts.add_item(token, PLATE, 1)
    assert (await stall.carts.set_quantity(token, MUG, 2)).count == 3
    cart = await stall.carts.remove_item(token, MUG)
    assert [(line.sku, line.quantity) for line in cart.lines] == [(PLATE, 1)]
    empty = await stall.carts.remove_item(token, PLATE)
    assert (empty.token, empty.lines, empty.subtotal, empty.count) == (token, (), None, 0)
    assert (await stall.carts.add_item(token, BOWL, 1)).token == token


@pytest.mark.parametrize("token", [None, "unknown", "known"])
async def test_what_is_not_in_the_cart_cannot_be_changed(stall: Stall, token: str | None) -> None:
    if token == "known":
        token = await token_of(stall)
    for call in (stall.carts.set_quantity(token, PLATE, 1), stall.carts.remove_item(token, PLATE)):
        with pytest.raises(LineNotFound) as refusal:
            await call
        assert refusal.value.sku == PLATE


async def test_changing_does_not_take_the_catalogues_word(stall: Stall) -> None:
    token = await token_of(stall, MUG, 5)
    stall.sold.clear()
    assert (await stall.carts.set_quantity(token, MUG, 2)).count == 2
    assert (await stall.carts.remove_item(token, MUG)).count == 0


async def test_of_twenty_adds_at_once_none_is_lost(stall: Stall) -> None:
    token = await token_of(stall)
    await asyncio.gather(*(stall.carts.add_item(token, sku, 1) for sku in (MUG, PLATE) for _ in range(20)))
    assert await stall.held(token) == {MUG: 21, PLATE: 20}


async def test_the_first_adds_of_an_account_at_once_share_one_cart(stall: Stall) -> None:
    with acting():
        await asyncio.gather(*(stall.carts.add_item(None, MUG, 1) for _ in range(20)))
        assert await stall.held(None) == {MUG: 20}
    assert await stall.rows("carts") == 1


async def test_room_for_one_is_given_once(stall: Stall) -> None:
    skus = [Sku(f"SKU-{number}") for number in range(60)]
    stall.sell(*skus)
    token = await token_of(stall, skus[0])
    results: list[Any] = await asyncio.gather(
        *(stall.carts.add_item(token, sku, 1) for sku in skus[1:]), return_exceptions=True
    )
    assert sum(isinstance(each, CartFull) for each in results) == 10
    assert await stall.carts.count_items(token) == 50


async def test_people_have_a_cart_each_whatever_token_comes_along(stall: Stall) -> None:
    token = await token_of(stall, BOWL, 9)
    with acting("ada"):
        cart = await stall.carts.add_item(token, MUG, 1)
        assert cart.token is None
        assert (await stall.carts.get_cart(token)).token is None
    with acting("bob", Role.STAFF):
        await stall.carts.add_item(token, PLATE, 2)
        assert await stall.held(token) == {PLATE: 2}
        assert await stall.carts.count_items(token) == 2
    with acting("ada"):
        assert await stall.held(None) == {MUG: 1}
        with pytest.raises(LineNotFound):
            await stall.carts.remove_item(token, BOWL)
    assert await stall.held(token) == {BOWL: 9}


async def test_the_system_has_no_cart_of_its_own(stall: Stall) -> None:
    with acting("orders", Role.SYSTEM):
        assert (await stall.carts.add_item(None, MUG, 1)).token is not None
        assert await stall.held(None) == {}


async def test_counting_asks_nobody(stall: Stall) -> None:
    token = await token_of(stall, MUG, 7)
    stall.asked.clear()
    assert await stall.carts.count_items(token) == 7
    assert stall.asked == []
