"""What the contract of the stock promises of what comes back from orders: never more than left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.inventory import AlreadyCommitted, Availability, Inventory, ReservationNotFound, TooManyReturned
from contracts.kit import PermissionDenied, Role, idempotency_key
from contracts.values import Line, OrderId, Sku
from tests.conformance.goods import shelve
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory")


@pytest.fixture
def inventory(stage: Stage) -> Iterator[Inventory]:
    """The stock, called by the system where nobody else acts."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Inventory)


def new_order() -> OrderId:
    """Return the id of an order that holds nothing yet."""
    return OrderId(fresh("order"))


async def sold(inventory: Inventory, **quantities: int) -> OrderId:
    """Return an order for which so many of each SKU have left."""
    order = new_order()
    await inventory.reserve(order, tuple(Line(sku=Sku(sku), quantity=n) for sku, n in quantities.items()))
    await inventory.commit(order)
    return order


async def available(inventory: Inventory, *skus: Sku) -> list[int]:
    """Return how many of each can be promised."""
    return [each.available for each in await inventory.get_availability(skus)]


async def test_no_more_comes_back_from_an_order_than_left_for_it(stage: Stage, inventory: Inventory) -> None:
    mug, bowl = await shelve(stage, 5, 5)
    order = await sold(inventory, **{mug: 3})
    with stage.acting(Role.STAFF):
        assert await inventory.restock(mug, 2, order) == Availability(sku=mug, available=4)
        for sku, quantity, still_out in ((mug, 2, 1), (bowl, 1, 0)):
            with pytest.raises(TooManyReturned) as refusal:
                await inventory.restock(sku, quantity, order)
            assert refusal.value == TooManyReturned(order_id=order, sku=sku, still_out=still_out)
        assert await inventory.restock(mug, 1, order) == Availability(sku=mug, available=5)
        with pytest.raises(TooManyReturned):
            await inventory.restock(mug, 1, order)
    assert await available(inventory, mug, bowl) == [5, 5]


async def test_from_an_order_for_which_nothing_left_nothing_comes_back(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    never, held, released = new_order(), new_order(), new_order()
    for order in (held, released):
        await inventory.reserve(order, (Line(sku=mug, quantity=2),))
    await inventory.release(released)
    for order in (never, held, released):
        with pytest.raises(TooManyReturned) as refusal:
            await inventory.restock(mug, 1, order)
        assert refusal.value.still_out == 0
        await inventory.take_back(order)
    assert await available(inventory, mug) == [3]
    await inventory.commit(held)
    with pytest.raises(ReservationNotFound):
        await inventory.commit(released)
    assert await available(inventory, mug) == [3]


async def test_all_that_has_left_for_an_order_is_taken_back_once(stage: Stage, inventory: Inventory) -> None:
    mug, bowl = await shelve(stage, 5, 5)
    order, other = await sold(inventory, **{mug: 3, bowl: 1}), await sold(inventory, **{mug: 1})
    assert await available(inventory, mug, bowl) == [1, 4]
    for _ in range(2):
        await inventory.take_back(order)
        assert await available(inventory, mug, bowl) == [4, 5]
    await inventory.commit(order)
    with pytest.raises(AlreadyCommitted):
        await inventory.release(order)
    with pytest.raises(TooManyReturned):
        await inventory.restock(mug, 1, order)
    await inventory.take_back(other)
    assert await available(inventory, mug, bowl) == [5, 5]


async def test_what_came_back_before_is_not_taken_back_again(stage: Stage, inventory: Inventory) -> None:
    mug, bowl = await shelve(stage, 5, 5)
    order = await sold(inventory, **{mug: 3, bowl: 2})
    await inventory.restock(mug, 1, order)
    await inventory.restock(bowl, 2, order)
    await inventory.take_back(order)
    assert await available(inventory, mug, bowl) == [5, 5]


async def test_of_many_who_bring_the_same_back_at_once_one_does(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    order = await sold(inventory, **{mug: 3})
    calls = [inventory.restock(mug, 2, order) for _ in range(4)]
    results = await asyncio.gather(*calls, *(inventory.take_back(order) for _ in range(4)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, TooManyReturned)]
    assert [each for each in results if isinstance(each, BaseException)] == refused
    assert len(refused) >= 3
    assert await available(inventory, mug) == [5]


async def test_under_a_key_stock_is_taken_back_once_and_a_refusal_stays_one(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    order, early, late = await sold(inventory, **{mug: 2}), new_order(), fresh("key")
    for _ in range(2):
        with idempotency_key(order):
            await inventory.take_back(order)
    for _ in range(2):
        with idempotency_key(late), pytest.raises(TooManyReturned) as refusal:
            await inventory.restock(mug, 1, early)
        assert refusal.value == TooManyReturned(order_id=early, sku=mug, still_out=0)
        await inventory.reserve(early, (Line(sku=mug, quantity=1),))
        await inventory.commit(early)
    assert await available(inventory, mug) == [4]


@pytest.mark.parametrize("role", [Role.GUEST, Role.CUSTOMER, Role.STAFF, Role.OPERATOR])
async def test_only_the_system_takes_back(stage: Stage, inventory: Inventory, role: Role) -> None:
    (mug,) = await shelve(stage, 5)
    order = await sold(inventory, **{mug: 2})
    with stage.acting(role), pytest.raises(PermissionDenied) as refusal:
        await inventory.take_back(order)
    assert refusal.value.operation == "inventory.take_back"
    assert await available(inventory, mug) == [3]
