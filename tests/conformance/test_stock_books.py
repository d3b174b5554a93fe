"""What the contract of the stock promises those who audit it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest

from contracts.inventory import Count, Inventory, ReservationBook, ReservationState, StockBook
from contracts.kit import InvalidArgument, PermissionDenied, Role
from contracts.values import Line, OrderId, Sku
from tests.conformance.goods import shelve
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory")


@pytest.fixture
def inventory(stage: Stage) -> Iterator[Inventory]:
    """The stock, called by the system."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Inventory)


def lines(sku: Sku, quantity: int) -> tuple[Line, ...]:
    return (Line(sku=sku, quantity=quantity),)


async def stock(inventory: Inventory, sku: Sku) -> StockBook:
    """Return what the books say of a SKU: it is on the page that begins before it."""
    page = await inventory.list_stock(sku[:-1], 200)
    return next(each for each in page.stock if each.sku == sku)


async def test_a_sku_s_books_follow_what_moves(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 10)
    begun = await stock(inventory, mug)
    assert (begun.on_hand, begun.reserved, begun.held) == (10, 0, 0)
    assert begun.received - begun.left + begun.came_back == 10
    sold, kept = OrderId(fresh("order")), OrderId(fresh("order"))
    await inventory.reserve(sold, lines(mug, 3))
    await inventory.reserve(kept, lines(mug, 4))
    await inventory.commit(sold)
    after = await stock(inventory, mug)
    assert (after.on_hand, after.reserved, after.held, after.left) == (7, 4, 4, begun.left + 3)
    await inventory.restock(mug, 2, sold)
    await inventory.restock(mug, 5)
    await inventory.release(kept)
    last = await stock(inventory, mug)
    assert (last.on_hand, last.reserved, last.held) == (14, 0, 0)
    assert (last.received, last.left, last.came_back) == (begun.received + 5, begun.left + 3, begun.came_back + 2)
    await inventory.take_back(sold)
    whole = await stock(inventory, mug)
    assert (whole.on_hand, whole.left, whole.came_back) == (15, begun.left + 3, begun.came_back + 3)
    assert (begun.strays, whole.strays) == ((), ())


async def test_a_reservation_s_books_say_what_left_and_what_came_back(stage: Stage, inventory: Inventory) -> None:
    bowl, mug = sorted(await shelve(stage, 10, 10))
    order = OrderId(fresh("order"))
    both = (Count(sku=bowl, quantity=1), Count(sku=mug, quantity=2))

    async def book() -> ReservationBook:
        (found,) = await inventory.get_reservations((order, OrderId(fresh("order"))))
        return found

    await inventory.reserve(order, (*lines(mug, 2), *lines(bowl, 1)))
    held = ReservationBook(order_id=order, state=ReservationState.HELD, lines=both, left=(), came_back=())
    assert await book() == held
    await inventory.commit(order)
    gone = ReservationBook(order_id=order, state=ReservationState.COMMITTED, lines=both, left=both, came_back=())
    assert await book() == gone
    await inventory.restock(mug, 1, order)
    assert (await book()).came_back == (Count(sku=mug, quantity=1),)
    await inventory.take_back(order)
    assert (await book()).came_back == both


async def test_a_released_reservation_holds_and_took_nothing(stage: Stage, inventory: Inventory) -> None:
    (mug,) = await shelve(stage, 10)
    order = OrderId(fresh("order"))
    await inventory.reserve(order, lines(mug, 2))
    await inventory.release(order)
    (found,) = await inventory.get_reservations((order,))
    assert (found.state, found.left, found.came_back) == (ReservationState.RELEASED, (), ())


async def test_pages_have_everything_once(stage: Stage, inventory: Inventory) -> None:
    skus = set(await shelve(stage, 5, 5, 5))
    orders = {OrderId(fresh("order")) for _ in skus}
    for order, sku in zip(orders, skus, strict=True):
        await inventory.reserve(order, lines(sku, 1))

    async def listed_stock(cursor: str | None, size: int) -> tuple[list[str], str | None]:
        page = await inventory.list_stock(cursor, size)
        return [each.sku for each in page.stock], page.next_cursor

    async def listed_reservations(cursor: str | None, size: int) -> tuple[list[str], str | None]:
        page = await inventory.list_reservations(cursor, size)
        return [each.order_id for each in page.reservations], page.next_cursor

    for listed, mine in ((listed_stock, skus), (listed_reservations, orders)):
        found: list[str] = []
        cursor, pages = None, 0
        while pages == 0 or cursor is not None:
            size = 2 if pages < 2 else 200
            more, cursor = await listed(cursor, size)
            assert len(more) <= size
            found, pages = found + more, pages + 1
        assert pages > 1
        assert set(mine) <= set(found)
        assert len(found) == len(set(found))


async def test_the_books_are_for_operators_and_have_bounds(stage: Stage, inventory: Inventory) -> None:
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: inventory.list_stock(None),
        lambda: inventory.list_reservations(None),
        lambda: inventory.get_reservations(()),
    )
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF):
        with stage.acting(role):
            for call in calls:
                with pytest.raises(PermissionDenied):
                    await call()
    wrong: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: inventory.list_stock(None, 0),
        lambda: inventory.list_reservations(None, 201),
        lambda: inventory.get_reservations((OrderId("F"),) * 201),
    )
    for call in wrong:
        with pytest.raises(InvalidArgument):
            await call()
