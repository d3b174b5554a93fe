"""What the contract of the stock promises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    Inventory,
    OutOfStock,
    Reservation,
    ReservationNotFound,
    Shortage,
    UnknownSku,
)
from contracts.kit import Conflict, InvalidArgument, PermissionDenied, Role, idempotency_key
from contracts.values import Line, OrderId, Sku
from tests.conformance.goods import shelve
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory")

UNKNOWN = Sku("nobody announced this")


@pytest.fixture
def inventory(stage: Stage) -> Iterator[Inventory]:
    """The stock, called by the system where nobody else acts."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Inventory)


def new_order() -> OrderId:
    """Return the id of an order that holds nothing yet."""
    return OrderId(fresh("order"))


def lines(**quantities: int) -> tuple[Line, ...]:
    """Return lines: lines(**{sku: 2})."""
    return tuple(Line(sku=Sku(sku), quantity=quantity) for sku, quantity in quantities.items())


async def available(inventory: Inventory, *skus: Sku) -> list[int]:
    """Return how many of each can be promised."""
    return [each.available for each in await inventory.get_availability(skus)]


async def test_availability_comes_in_the_order_asked_for_and_of_unknown_skus_there_is_none(
    stage: Stage, inventory: Inventory
) -> None:
    mug, bowl = await shelve(stage, 3, 1)
    with stage.acting(Role.GUEST):
        found = await inventory.get_availability((bowl, UNKNOWN, mug))
        assert found == (
            Availability(sku=bowl, available=1),
            Availability(sku=UNKNOWN, available=0),
            Availability(sku=mug, available=3),
        )
        assert await inventory.get_availability(()) == ()
        assert await available(inventory, *[mug] * 200) == [3] * 200
        with pytest.raises(InvalidArgument) as refusal:
            await inventory.get_availability((mug,) * 201)
    assert refusal.value.where == "inventory.get_availability.skus"


async def test_what_is_reserved_cannot_be_promised_again(stage: Stage, inventory: Inventory) -> None:
    mug, bowl = sorted(await shelve(stage, 10, 5))
    order = new_order()
    reservation = await inventory.reserve(order, lines(**{bowl: 2, mug: 4}))
    expected = Reservation(order_id=order, lines=lines(**{mug: 4, bowl: 2}), expires=reservation.expires)
    assert reservation == expected
    assert sum(await available(inventory, mug, bowl)) == 9


async def test_the_same_sku_twice_is_added_up(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    twice = (Line(sku=mug, quantity=2), Line(sku=mug, quantity=1))
    assert (await inventory.reserve(new_order(), twice)).lines == lines(**{mug: 3})
    with pytest.raises(OutOfStock) as refusal:
        await inventory.reserve(new_order(), twice)
    assert refusal.value.shortages == (Shortage(sku=mug, wanted=3, available=2),)


async def test_all_lines_are_reserved_or_none_and_every_shortage_is_named(stage: Stage, inventory: Inventory) -> None:
    mug, bowl, cup = await shelve(stage, 3, 0, 9)
    with pytest.raises(OutOfStock) as refusal:
        await inventory.reserve(new_order(), lines(**{cup: 9, mug: 4, bowl: 1, UNKNOWN: 7}))
    assert {each.sku: each for each in refusal.value.shortages} == {
        mug: Shortage(sku=mug, wanted=4, available=3),
        bowl: Shortage(sku=bowl, wanted=1, available=0),
        UNKNOWN: Shortage(sku=UNKNOWN, wanted=7, available=0),
    }
    assert await available(inventory, mug, bowl, cup) == [3, 0, 9]


async def test_a_reservation_has_from_one_to_a_hundred_lines(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 200)
    for wrong in ((), lines(**{mug: 1}) * 101):
        with pytest.raises(InvalidArgument) as refusal:
            await inventory.reserve(new_order(), wrong)
        assert refusal.value.where == "inventory.reserve.lines"
    assert (await inventory.reserve(new_order(), lines(**{mug: 1}) * 100)).lines == lines(**{mug: 100})


async def test_an_order_that_holds_stock_gets_the_same_reservation_again(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    order = new_order()
    first = await inventory.reserve(order, lines(**{mug: 2}))
    assert await inventory.reserve(order, lines(**{mug: 3})) == first
    await inventory.commit(order)
    assert await inventory.reserve(order, lines(**{mug: 2})) == first
    assert await available(inventory, mug) == [3]


async def test_committed_stock_has_left_for_good(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    order = new_order()
    await inventory.reserve(order, lines(**{mug: 2}))
    await inventory.commit(order)
    await inventory.commit(order)
    with pytest.raises(AlreadyCommitted) as refusal:
        await inventory.release(order)
    assert refusal.value.order_id == order
    assert await available(inventory, mug) == [1]


async def test_released_stock_comes_back_and_the_order_gets_none_any_more(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    order = new_order()
    await inventory.reserve(order, lines(**{mug: 2}))
    await inventory.release(order)
    await inventory.release(order)
    assert await available(inventory, mug) == [3]
    with pytest.raises(AlreadyReleased) as refusal:
        await inventory.reserve(order, lines(**{mug: 1}))
    assert refusal.value.order_id == order
    with pytest.raises(ReservationNotFound) as nothing:
        await inventory.commit(order)
    assert nothing.value.order_id == order


async def test_a_reservation_that_arrives_after_its_release_holds_nothing(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    order = new_order()
    with pytest.raises(ReservationNotFound):
        await inventory.commit(order)
    await inventory.release(order)
    with pytest.raises(AlreadyReleased):
        await inventory.reserve(order, lines(**{mug: 1}))
    assert await available(inventory, mug) == [3]


async def test_a_reservation_holds_for_a_quarter_of_an_hour(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    late, next_one = new_order(), new_order()
    first = await inventory.reserve(late, lines(**{mug: 3}))
    stage.wait(minutes=14)
    assert await available(inventory, mug) == [0]
    stage.wait(minutes=1)
    assert await available(inventory, mug) == [3]
    with pytest.raises(ReservationNotFound):
        await inventory.commit(late)
    await inventory.reserve(next_one, lines(**{mug: 1}))
    again = await inventory.reserve(late, lines(**{mug: 2}))
    assert again.lines == lines(**{mug: 2})
    assert again.expires > first.expires
    await inventory.commit(late)
    assert await available(inventory, mug) == [0]


async def test_what_has_expired_can_be_released(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    order = new_order()
    await inventory.reserve(order, lines(**{mug: 3}))
    stage.wait(minutes=15)
    await inventory.release(order)
    assert await available(inventory, mug) == [3]
    with pytest.raises(AlreadyReleased):
        await inventory.reserve(order, lines(**{mug: 3}))


async def test_restocking_adds_to_what_the_catalogue_has_announced(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    with stage.acting(Role.STAFF):
        assert await inventory.restock(mug, 4) == Availability(sku=mug, available=7)
        assert await inventory.restock(mug, 100_000) == Availability(sku=mug, available=100_007)
        with pytest.raises(UnknownSku) as refusal:
            await inventory.restock(UNKNOWN, 1)
        for wrong in (0, -1, 100_001):
            with pytest.raises(InvalidArgument) as out_of_bounds:
                await inventory.restock(mug, wrong)
            assert out_of_bounds.value.where == "inventory.restock.quantity"
    assert refusal.value.sku == UNKNOWN
    assert await available(inventory, mug) == [100_007]


@pytest.mark.parametrize("role", [Role.GUEST, Role.CUSTOMER, Role.STAFF, Role.OPERATOR])
async def test_people_reserve_nothing(stage: Stage, inventory: Inventory, role: Role) -> None:
    (mug,) = await shelve(stage, 3)
    order = new_order()
    with stage.acting(role):
        for name, call in (
            ("reserve", inventory.reserve(order, lines(**{mug: 1}))),
            ("commit", inventory.commit(order)),
            ("release", inventory.release(order)),
        ):
            with pytest.raises(PermissionDenied) as refusal:
                await call
            assert refusal.value.operation == f"inventory.{name}"
    assert (await inventory.reserve(order, lines(**{mug: 3}))).order_id == order


@pytest.mark.parametrize(("role", "may"), [(Role.GUEST, False), (Role.CUSTOMER, False), (Role.OPERATOR, True)])
async def test_who_may_restock(stage: Stage, inventory: Inventory, role: Role, may: bool) -> None:
    (mug,) = await shelve(stage, 3)
    with stage.acting(role):
        if may:
            await inventory.restock(mug, 2)
        else:
            with pytest.raises(PermissionDenied):
                await inventory.restock(mug, 2)
    assert await available(inventory, mug) == [5 if may else 3]


async def test_of_many_orders_at_once_only_as_many_get_stock_as_there_is(stage: Stage, inventory: Inventory) -> None:
    mug, bowl = await shelve(stage, 5, 100)
    wanted = lines(**{mug: 1, bowl: 1})
    results = await asyncio.gather(*(inventory.reserve(new_order(), wanted) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(each, Reservation) for each in results) == 5
    assert sum(isinstance(each, OutOfStock) for each in results) == 7
    assert await available(inventory, mug, bowl) == [0, 95]


async def test_the_same_key_has_one_effect_and_one_answer(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 3)
    with idempotency_key(fresh("key")):
        answers = await asyncio.gather(*(inventory.restock(mug, 4) for _ in range(5)))
        with pytest.raises(Conflict) as refusal:
            await inventory.restock(mug, 5)
    assert answers == [Availability(sku=mug, available=7)] * 5
    assert refusal.value.operation == "inventory.restock"
    assert await available(inventory, mug) == [7]


async def test_the_same_key_has_one_refusal(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 1)
    order, key = new_order(), fresh("key")
    for _ in range(2):
        with idempotency_key(key), pytest.raises(OutOfStock) as refusal:
            await inventory.reserve(order, lines(**{mug: 2}))
        assert refusal.value.shortages == (Shortage(sku=mug, wanted=2, available=1),)
        await inventory.restock(mug, 1)
    assert (await inventory.reserve(order, lines(**{mug: 2}))).lines == lines(**{mug: 2})
    with idempotency_key(key), pytest.raises(Conflict):
        await inventory.reserve(order, lines(**{mug: 1}))


async def test_under_a_key_stock_leaves_and_comes_back_once(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 5)
    kept, returned = new_order(), new_order()
    for _ in range(2):
        for order, command in ((kept, inventory.commit), (returned, inventory.release)):
            with idempotency_key(order):
                await inventory.reserve(order, lines(**{mug: 2}))
                await command(order)
    assert await available(inventory, mug) == [3]
