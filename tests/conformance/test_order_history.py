"""What the contract of orders promises of orders that were placed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from contracts.kit import Conflict, InvalidArgument, PermissionDenied, Role, idempotency_key
from contracts.orders import InvalidCursor, OrderNotFound, Orders, OrderState, OrderSummary, PaymentRefused, TooLate
from contracts.values import OrderId
from tests.conformance.goods import shelve
from tests.conformance.shoppers import GOOD, HOME, Shopper, lines
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory", "payments", "orders")


@pytest.fixture
def ada(stage: Stage) -> Shopper:
    """A shopper who has not ordered anything yet."""
    return Shopper(stage)


async def test_pages_have_ones_own_orders_the_latest_first(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 50)
    await Shopper(stage).buy(sku)
    bought = [await ada.buy(sku, quantity) for quantity in (1, 2, 3)]
    with pytest.raises(PaymentRefused) as refusal:
        await ada.buy(sku, token="tok_decline")
    ids = [refusal.value.order_id, *(order.id for order in reversed(bought))]
    found: list[OrderSummary] = []
    cursor = None
    with ada.acting() as orders:
        while True:
            page = await orders.list_orders(cursor, 3)
            found += page.orders
            cursor = page.next_cursor
            if len(found) == 3:
                ids.append((await ada.buy(sku)).id)  # what is new does not move the pages that follow
            if cursor is None:
                break
        assert [each.id for each in found] == ids[:-1]
        assert (await orders.list_orders(None)).orders[0].id == ids[-1]
    assert [each.state for each in found] == [OrderState.REJECTED, *[OrderState.PAID] * 3]
    assert [each.count for each in found] == [1, 3, 2, 1]
    for summary, order in zip(found[1:], reversed(bought), strict=True):
        assert (summary.placed, summary.total) == (order.placed, order.total)


async def test_the_last_page_knows_that_it_is(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    with ada.acting() as orders:
        empty = await orders.list_orders(None)
        assert (empty.orders, empty.next_cursor) == ((), None)
        for _ in range(2):
            await ada.buy(sku)
        assert (await orders.list_orders(None, 2)).next_cursor is None
        assert (await orders.list_orders(None, 1)).next_cursor is not None


async def test_a_damaged_cursor_is_refused(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    for _ in range(2):
        await ada.buy(sku)
    with ada.acting() as orders:
        cursor = (await orders.list_orders(None, 1)).next_cursor
        assert cursor is not None
        for damaged in ("", "?", cursor[:-1], cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), cursor + "AAAA"):
            with pytest.raises(InvalidCursor):
                await orders.list_orders(damaged, 1)


async def test_only_the_owner_and_staff_see_an_order(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    order = await ada.buy(sku)
    orders = stage.contract(Orders)
    for role in (Role.STAFF, Role.OPERATOR, Role.SYSTEM):
        with stage.acting(role):
            assert await orders.get_order(order.id) == order
            assert order.id not in [each.id for each in (await orders.list_orders(None)).orders]
    with stage.acting(Role.CUSTOMER):
        for wanted in (order.id, OrderId("F000000000")):
            for call in (orders.get_order, orders.cancel_order):
                with pytest.raises(OrderNotFound) as refusal:
                    await call(wanted)
                assert refusal.value == OrderNotFound(order_id=wanted)


async def test_a_placed_order_is_cancelled_and_gives_its_stock_back(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    while True:
        order_id, buying, _ = await ada.buy_slowly(sku, 2)
        with ada.acting() as orders, idempotency_key(fresh("key")):
            try:
                cancelled = await orders.cancel_order(order_id)
            except TooLate:  # this machine was slower than the card
                await buying
                (sku,) = await shelve(stage, 2)
                continue
            assert (cancelled.state, cancelled.reason) == (OrderState.CANCELLED, "cancelled")
            assert await orders.cancel_order(order_id) == cancelled
            with pytest.raises(Conflict):
                await orders.cancel_order(OrderId("F000000000"))
            break
    with ada.acting() as orders:
        assert await orders.cancel_order(order_id) == await orders.get_order(order_id) == cancelled
    assert await buying == cancelled
    assert (await ada.buy(sku, 2)).state is OrderState.PAID


async def test_what_has_ended_is_not_cancelled(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    paid = (await ada.buy(sku)).id
    with pytest.raises(PaymentRefused) as refusal:
        await ada.buy(sku, token="tok_decline")
    with ada.acting() as orders:
        for order_id, state in ((paid, OrderState.PAID), (refusal.value.order_id, OrderState.REJECTED)):
            before = await orders.get_order(order_id)
            with pytest.raises(TooLate) as late:
                await orders.cancel_order(order_id)
            assert late.value == TooLate(state=state)
            assert await orders.get_order(order_id) == before


async def test_nobody_cancels_for_others_and_the_order_goes_on(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    order_id, buying, _ = await ada.buy_slowly(sku)
    for role in (Role.CUSTOMER, Role.STAFF, Role.SYSTEM):
        with stage.acting(role), pytest.raises(OrderNotFound):
            await stage.contract(Orders).cancel_order(order_id)
    assert (await buying).state is OrderState.PAID


async def test_guests_have_no_orders(stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    orders = stage.contract(Orders)
    with stage.acting(Role.GUEST):
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: orders.place_order("digest", lines((sku, 1)), HOME, GOOD),
            lambda: orders.list_orders(None),
            lambda: orders.get_order(OrderId("F000000000")),
            lambda: orders.cancel_order(OrderId("F000000000")),
            lambda: orders.revoke_order(OrderId("F000000000")),
        ]
        for call in calls:
            with pytest.raises(PermissionDenied):
                await call()


async def test_what_comes_in_has_bounds(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    digest = (await ada.quote(sku)).digest
    with ada.acting() as orders:
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: orders.place_order("d" * 101, lines((sku, 1)), HOME, GOOD),
            lambda: orders.place_order(digest, (), HOME, GOOD),
            lambda: orders.place_order(digest, lines((sku, 1)), HOME, ""),
            lambda: orders.place_order(digest, lines((sku, 1)), HOME, "t" * 101),
            lambda: orders.list_orders("c" * 201),
            lambda: orders.list_orders(None, 0),
            lambda: orders.list_orders(None, 101),
        ]
        for call in calls:
            with pytest.raises(InvalidArgument):
                await call()
    assert await ada.history() == []
