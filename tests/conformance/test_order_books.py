"""What the contract of orders promises those who audit it."""

from __future__ import annotations

import pytest

from contracts.kit import InvalidArgument, PermissionDenied, Role
from contracts.orders import OrderBook, Orders, OrderState, PaymentRefused
from contracts.values import OrderId
from tests.conformance.goods import shelve
from tests.conformance.shoppers import Shopper, lines
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory", "payments", "orders")


async def book(stage: Stage, order_id: OrderId) -> OrderBook:
    """Return what the books say of an order."""
    with stage.acting(Role.OPERATOR):
        (found,) = await stage.contract(Orders).get_books((order_id,))
    return found


async def test_an_order_stands_in_the_books_as_its_customer_sees_it(stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    ada = Shopper(stage)
    paid = await ada.buy(sku, 2)
    expected = OrderBook(
        id=paid.id,
        state=OrderState.PAID,
        step=None,
        changed=paid.timeline[-1].at,
        lines=lines((sku, 2)),
        total=paid.total,
    )
    assert await book(stage, paid.id) == expected
    with pytest.raises(PaymentRefused) as refusal:
        await ada.buy(sku, token="tok_decline")
    refused = await book(stage, refusal.value.order_id)
    assert (refused.state, refused.step, refused.lines) == (OrderState.REJECTED, None, lines((sku, 1)))


async def test_an_order_on_its_way_says_what_it_waits_for(stage: Stage) -> None:
    (sku,) = await shelve(stage, 50)
    while True:
        slow = await Shopper(stage).buy_slowly(sku)
        found = await book(stage, slow.order_id)
        await slow.buying
        if found.state is OrderState.PLACED:  # else this machine was slower than the card
            break
    assert found.step in ("reserve", "authorise")
    assert (await book(stage, slow.order_id)).step is None


async def test_pages_have_every_order_once(stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    bought = {(await Shopper(stage).buy(sku)).id for _ in range(3)}
    found: list[OrderId] = []
    cursor, pages = None, 0
    with stage.acting(Role.OPERATOR):
        while pages == 0 or cursor is not None:
            size = 2 if pages < 2 else 200
            page = await stage.contract(Orders).list_books(cursor, size)
            assert len(page.orders) <= size
            found += [each.id for each in page.orders]
            cursor, pages = page.next_cursor, pages + 1
    assert pages > 1
    assert bought <= set(found)
    assert len(found) == len(set(found))


async def test_of_orders_that_there_are_not_there_is_nothing_in_the_books(stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    order = await Shopper(stage).buy(sku)
    with stage.acting(Role.SYSTEM):
        assert await stage.contract(Orders).get_books(()) == ()
        found = await stage.contract(Orders).get_books((OrderId(fresh("order")), order.id))
    assert [each.id for each in found] == [order.id]


async def test_the_books_are_for_operators_and_have_bounds(stage: Stage) -> None:
    orders = stage.contract(Orders)
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF):
        with stage.acting(role):
            for call in (lambda: orders.list_books(None), lambda: orders.get_books(())):
                with pytest.raises(PermissionDenied):
                    await call()
    with stage.acting(Role.OPERATOR):
        for call in (
            lambda: orders.list_books(None, 0),
            lambda: orders.list_books(None, 201),
            lambda: orders.list_books("c" * 101),
            lambda: orders.get_books((OrderId("F"),) * 201),
        ):
            with pytest.raises(InvalidArgument):
                await call()
