"""What the contract of carts promises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.cart import Cart, CartFull, CartLine, Carts, LineNotFound, Problem, UnknownItem
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Conflict, InvalidArgument, PermissionDenied, Role, idempotency_key
from contracts.values import Line, Money, OrderId, Sku
from tests.conformance.goods import add_category, add_product, discontinue, new_sku, shelve
from tests.conformance.stage import Stage, fresh
from tests.modules.catalog.builders import variant

MODULES = ("catalog", "inventory", "cart")

UNKNOWN = Sku("NOT-SOLD")


@pytest.fixture
def carts(stage: Stage) -> Iterator[Carts]:
    """The carts, called by a guest where nobody else acts."""
    with stage.acting(Role.GUEST):
        yield stage.contract(Carts)


async def cart_with(carts: Carts, **quantities: int) -> str:
    """Make a guest's cart; return its token."""
    token = None
    for sku, quantity in quantities.items():
        token = (await carts.add_item(token, Sku(sku), quantity)).token
    assert token is not None
    return token


def held(cart: Cart) -> dict[Sku, int]:
    """Return what a cart holds, in its order."""
    return {line.sku: line.quantity for line in cart.lines}


def euros(amount: int) -> Money:
    """Return so many cents."""
    return Money(amount=amount, currency="EUR")


async def test_the_first_item_makes_a_guests_cart_with_prices_as_they_are_now(stage: Stage, carts: Carts) -> None:
    blue, red = variant(new_sku(), 1250, Colour="Blue", Size="350 ml"), variant(new_sku(), 2000)
    mug = await add_product(stage, await add_category(stage), blue, red, name="Mug")
    first = await carts.add_item(None, blue.sku, 2)
    assert first.token
    second = await carts.add_item(first.token, red.sku, 1)
    assert second.token == first.token
    assert second.lines[0] == CartLine(
        sku=blue.sku,
        quantity=2,
        name="Mug",
        detail="Blue, 350 ml",
        product_id=mug.id,
        unit_price=euros(1250),
        total=euros(2500),
        available=second.lines[0].available,
        problem=second.lines[0].problem,
    )
    assert (second.subtotal, second.count) == (euros(4500), 3)
    assert await carts.get_cart(second.token) == second
    assert await carts.count_items(second.token) == 3
    with stage.acting(Role.STAFF):
        await stage.contract(Catalog).change_price(blue.sku, euros(1000))
    assert (await carts.get_cart(second.token)).subtotal == euros(4000)


@pytest.mark.parametrize("token", [None, "", "unknown", "x" * 100])
async def test_an_unknown_or_missing_token_means_a_new_cart(stage: Stage, carts: Carts, token: str | None) -> None:
    (mug,) = await shelve(stage, 9)
    assert await carts.get_cart(token) == Cart(token=None, lines=(), subtotal=None, count=0)
    assert await carts.count_items(token) == 0
    first, second = await carts.add_item(token, mug, 1), await carts.add_item(token, mug, 2)
    assert None not in (first.token, second.token)
    assert len({token, first.token, second.token}) == 3
    assert (held(first), held(second)) == ({mug: 1}, {mug: 2})


async def test_a_cart_holds_up_to_99_of_each(stage: Stage, carts: Carts) -> None:
    mug, bowl = await shelve(stage, 200, 200)
    token = await cart_with(carts, **{mug: 60, bowl: 99})
    assert held(await carts.add_item(token, mug, 30)) == {mug: 90, bowl: 99}
    assert held(await carts.add_item(token, mug, 30)) == {mug: 99, bowl: 99}
    assert held(await carts.add_item(token, bowl, 1)) == {mug: 99, bowl: 99}


async def test_quantities_and_tokens_keep_their_bounds(stage: Stage, carts: Carts) -> None:
    (mug,) = await shelve(stage, 9)
    token = await cart_with(carts, **{mug: 5})
    for wrong in (0, 100, -1):
        for call in (carts.add_item(token, mug, wrong), carts.set_quantity(token, mug, wrong)):
            with pytest.raises(InvalidArgument) as refusal:
                await call
            assert refusal.value.where.endswith(".quantity")
    with pytest.raises(InvalidArgument) as too_long:
        await carts.get_cart("x" * 101)
    assert too_long.value.where == "carts.get_cart.token"
    assert held(await carts.get_cart(token)) == {mug: 5}


async def test_a_cart_holds_50_different_skus(stage: Stage, carts: Carts) -> None:
    variants = [variant(new_sku(), 1000) for _ in range(51)]
    await add_product(stage, await add_category(stage), *variants)
    *fit, last = (each.sku for each in variants)
    token = await cart_with(carts, **dict.fromkeys(fit, 1))
    with pytest.raises(CartFull):
        await carts.add_item(token, last, 1)
    assert (await carts.add_item(token, fit[0], 1)).count == 51
    await carts.remove_item(token, fit[1])
    assert list(held(await carts.add_item(token, last, 1))) == [fit[0], *fit[2:], last]


async def test_what_the_catalogue_does_not_sell_is_refused(stage: Stage, carts: Carts) -> None:
    gone = await add_product(stage, await add_category(stage))
    await discontinue(stage, gone.id)
    for sku in (UNKNOWN, gone.variants[0].sku):
        with pytest.raises(UnknownItem) as refusal:
            await carts.add_item(None, sku, 1)
        assert refusal.value.sku == sku


async def test_quantities_are_changed_and_lines_taken_out(stage: Stage, carts: Carts) -> None:
    mug, bowl = await shelve(stage, 9, 9)
    token = await cart_with(carts, **{mug: 5, bowl: 1})
    assert held(await carts.set_quantity(token, mug, 2)) == {mug: 2, bowl: 1}
    assert held(await carts.remove_item(token, mug)) == {bowl: 1}
    empty = await carts.remove_item(token, bowl)
    assert empty == Cart(token=token, lines=(), subtotal=None, count=0)
    again = await carts.add_item(token, mug, 3)
    assert (again.token, held(again)) == (token, {mug: 3})


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_is_not_in_the_cart_cannot_be_changed(stage: Stage, carts: Carts, is_known: bool) -> None:
    mug, bowl = await shelve(stage, 9, 9)
    token = await cart_with(carts, **{mug: 5}) if is_known else "unknown"
    for call in (carts.set_quantity(token, bowl, 1), carts.remove_item(token, bowl)):
        with pytest.raises(LineNotFound) as refusal:
            await call
        assert refusal.value.sku == bowl
    with pytest.raises(LineNotFound):
        await carts.remove_item(None, mug)


async def test_lines_say_what_is_wrong_with_the_stock(stage: Stage, carts: Carts) -> None:
    plenty, few, none = await shelve(stage, 9, 2, 0)
    token = await cart_with(carts, **{plenty: 9, few: 3, none: 1})
    lines = (await carts.get_cart(token)).lines
    assert [(line.available, line.problem) for line in lines] == [
        (9, None),
        (2, Problem.TOO_FEW),
        (0, Problem.SOLD_OUT),
    ]
    with stage.acting(Role.SYSTEM):
        await stage.contract(Inventory).reserve(OrderId(fresh("order")), (Line(sku=plenty, quantity=1),))
    assert (await carts.get_cart(token)).lines[0].problem is Problem.TOO_FEW


async def test_what_is_no_longer_sold_stays_without_a_price(stage: Stage, carts: Carts) -> None:
    category = await add_category(stage)
    blue = variant(new_sku(), 1250, Colour="Blue")
    mug, bowl = await add_product(stage, category, blue, name="Mug"), await add_product(stage, category)
    token = await cart_with(carts, **{blue.sku: 2, bowl.variants[0].sku: 1})
    await discontinue(stage, mug.id)
    cart = await carts.get_cart(token)
    assert cart.lines[0] == CartLine(
        sku=blue.sku,
        quantity=2,
        name="Mug",
        detail="Blue",
        product_id=None,
        unit_price=None,
        total=None,
        available=None,
        problem=Problem.UNKNOWN,
    )
    assert (cart.subtotal, cart.count) == (bowl.variants[0].price, 3)
    assert held(await carts.set_quantity(token, blue.sku, 1))[blue.sku] == 1
    await discontinue(stage, bowl.id)
    assert (await carts.get_cart(token)).subtotal is None


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.STAFF, Role.OPERATOR])
async def test_who_is_logged_in_has_a_cart_of_their_own_and_no_token_counts(
    stage: Stage, carts: Carts, role: Role
) -> None:
    mug, bowl = await shelve(stage, 9, 9)
    token = await cart_with(carts, **{bowl: 5})
    with stage.acting(role) as somebody:
        first = await carts.add_item(token, mug, 1)
        assert (first.token, held(first)) == (None, {mug: 1})
        assert await carts.get_cart(token) == await carts.get_cart(None) == first
        assert await carts.count_items(token) == 1
        assert held(await carts.set_quantity("unknown", mug, 3)) == {mug: 3}
        with pytest.raises(LineNotFound):
            await carts.remove_item(token, bowl)
    with stage.acting(role):
        assert await carts.get_cart(None) == Cart(token=None, lines=(), subtotal=None, count=0)
    with stage.acting(somebody):
        assert held(await carts.get_cart(None)) == {mug: 3}
        assert await carts.remove_item(None, mug) == Cart(token=None, lines=(), subtotal=None, count=0)
    assert held(await carts.get_cart(token)) == {bowl: 5}


async def test_merging_adds_up_and_empties_the_guests_cart(stage: Stage, carts: Carts) -> None:
    mug, bowl, cup = await shelve(stage, 200, 200, 200)
    token = await cart_with(carts, **{mug: 90, bowl: 1})
    with stage.acting(Role.CUSTOMER):
        await carts.add_item(None, cup, 1)
        await carts.add_item(None, mug, 20)
        for each in (token, token, "unknown", ""):
            await carts.merge(each)
        assert held(await carts.get_cart(None)) == {cup: 1, mug: 99, bowl: 1}
    assert held(await carts.get_cart(token)) == {}


async def test_merging_makes_a_cart_where_there_was_none(stage: Stage, carts: Carts) -> None:
    (mug,) = await shelve(stage, 9)
    token = await cart_with(carts, **{mug: 2})
    with stage.acting(Role.CUSTOMER):
        await carts.merge(token)
        assert held(await carts.get_cart(None)) == {mug: 2}


async def test_what_would_be_one_too_many_stays_with_the_guest(stage: Stage, carts: Carts) -> None:
    variants = [variant(new_sku(), 1000) for _ in range(52)]
    await add_product(stage, await add_category(stage), *variants)
    *own, fits, rests = (each.sku for each in variants[1:])
    shared = own[0]
    token = await cart_with(carts, **{shared: 5, fits: 1, rests: 2})
    with stage.acting(Role.CUSTOMER):
        await carts.add_item(None, shared, 1)
        await asyncio.gather(*(carts.add_item(None, sku, 1) for sku in own[1:]))
        await carts.merge(token)
        merged = held(await carts.get_cart(None))
    assert (len(merged), merged[shared], merged[fits]) == (50, 6, 1)
    assert held(await carts.get_cart(token)) == {rests: 2}


@pytest.mark.parametrize("role", [Role.GUEST, Role.SYSTEM])
async def test_who_has_no_cart_cannot_merge(stage: Stage, carts: Carts, role: Role) -> None:
    (mug,) = await shelve(stage, 9)
    token = await cart_with(carts, **{mug: 2})
    with stage.acting(role), pytest.raises(PermissionDenied) as refusal:
        await carts.merge(token)
    assert refusal.value.operation == "carts.merge"
    assert held(await carts.get_cart(token)) == {mug: 2}


async def test_merging_at_once_or_under_one_key_counts_once(stage: Stage, carts: Carts) -> None:
    (mug,) = await shelve(stage, 99)
    token, another = await cart_with(carts, **{mug: 2}), await cart_with(carts, **{mug: 3})
    with stage.acting(Role.CUSTOMER):
        await asyncio.gather(*(carts.merge(token) for _ in range(5)))
        assert held(await carts.get_cart(None)) == {mug: 2}
        with idempotency_key(fresh("key")):
            await asyncio.gather(*(carts.merge(another) for _ in range(5)))
            with pytest.raises(Conflict) as refusal:
                await carts.merge(token)
        assert held(await carts.get_cart(None)) == {mug: 5}
    assert refusal.value.operation == "carts.merge"


async def test_of_many_adds_at_once_none_is_lost(stage: Stage, carts: Carts) -> None:
    mug, bowl = await shelve(stage, 99, 99)
    token = await cart_with(carts, **{mug: 1})
    await asyncio.gather(*(carts.add_item(token, sku, 1) for sku in (mug, bowl) for _ in range(10)))
    assert held(await carts.get_cart(token)) == {mug: 11, bowl: 10}


async def test_a_token_does_not_show_where_a_cart_is_printed(stage: Stage, carts: Carts) -> None:
    (mug,) = await shelve(stage, 9)
    token = await cart_with(carts, **{mug: 1})
    assert token not in repr(await carts.get_cart(token))
