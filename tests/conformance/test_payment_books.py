"""What the contract of payments promises those who audit it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from contracts.kit import InvalidArgument, PermissionDenied, Role
from contracts.payments import PaymentBook, PaymentDeclined, Payments, PaymentState
from contracts.values import Money, OrderId
from tests.conformance.stage import Stage, fresh

MODULES = ("payments",)

PRICE = Money(amount=2990, currency="EUR")


@pytest_asyncio.fixture(loop_scope="session")
async def payments(stage: Stage) -> AsyncIterator[Payments]:
    """The payments, called by the system."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Payments)


async def book(payments: Payments, order_id: OrderId) -> PaymentBook:
    """Return what the books say of an order's payment."""
    (found,) = await payments.get_books((order_id,))
    return found


async def test_the_ledger_follows_a_payment(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    authorised = await payments.authorise(order_id, PRICE, "tok_success")
    assert await book(payments, order_id) == PaymentBook(
        payment=authorised, refunds=(), held=2990, taken=0, waiting=None
    )
    captured = await payments.capture(order_id)
    assert await book(payments, order_id) == PaymentBook(payment=captured, refunds=(), held=0, taken=2990, waiting=None)
    first = await payments.refund(order_id, Money(amount=990, currency="EUR"), "a")
    second = await payments.refund(order_id, Money(amount=1000, currency="EUR"), "b")
    found = await book(payments, order_id)
    assert (found.payment, found.refunds) == (await payments.get_payment(order_id), (first, second))
    assert (found.held, found.taken, found.waiting) == (0, 1000, None)


async def test_a_refund_that_was_refused_is_in_the_books_and_takes_nothing(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    await payments.authorise(order_id, PRICE, "tok_closed")
    captured = await payments.capture(order_id)
    refused = await payments.refund(order_id, PRICE, "a")
    assert refused.refused
    assert await book(payments, order_id) == PaymentBook(
        payment=captured, refunds=(refused,), held=0, taken=2990, waiting=None
    )
    given = await payments.refund(order_id, Money(amount=990, currency="EUR"), "b")
    found = await book(payments, order_id)
    assert set(found.refunds) == {refused, given}
    assert (found.payment.refunded, found.taken, found.waiting) == (990, 2000, None)


async def test_of_a_payment_without_money_the_ledger_has_nothing(payments: Payments) -> None:
    voided, declined, never = (OrderId(fresh("order")) for _ in range(3))
    await payments.authorise(voided, PRICE, "tok_success")
    await payments.void(voided)
    with pytest.raises(PaymentDeclined):
        await payments.authorise(declined, PRICE, "tok_decline")
    await payments.void(never)
    found = {each.payment.order_id: each for each in await payments.get_books((voided, declined, never))}
    assert {order_id: (each.payment.state, each.held, each.taken) for order_id, each in found.items()} == {
        voided: (PaymentState.VOIDED, 0, 0),
        declined: (PaymentState.DECLINED, 0, 0),
    }


async def test_a_payment_that_the_provider_has_not_decided_on_says_since_when(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    authorising = asyncio.create_task(payments.authorise(order_id, PRICE, "tok_slow"))
    while not await payments.get_books((order_id,)):  # noqa: ASYNC110  # it may run in another process
        await asyncio.sleep(0.01)
    found = await book(payments, order_id)
    assert (found.waiting is None) == (found.payment.state is not PaymentState.PENDING)
    await authorising
    assert (await book(payments, order_id)).waiting is None


async def test_pages_have_every_payment_once(payments: Payments) -> None:
    made = {OrderId(fresh("order")) for _ in range(3)}
    for order_id in made:
        await payments.authorise(order_id, PRICE, "tok_success")
    found: list[OrderId] = []
    cursor, pages = None, 0
    while pages == 0 or cursor is not None:
        size = 2 if pages < 2 else 200
        page = await payments.list_books(cursor, size)
        assert len(page.payments) <= size
        found += [each.payment.order_id for each in page.payments]
        cursor, pages = page.next_cursor, pages + 1
    assert pages > 1
    assert made <= set(found)
    assert len(found) == len(set(found))


async def test_the_ledger_is_what_the_payments_come_to(payments: Payments) -> None:
    order_id, held = OrderId(fresh("order")), OrderId(fresh("order"))
    await payments.authorise(order_id, PRICE, "tok_success")
    await payments.authorise(held, Money(amount=50, currency="CHF"), "tok_success")
    await payments.capture(order_id)
    await payments.refund(order_id, Money(amount=90, currency="EUR"), "a")
    refused = OrderId(fresh("order"))
    await payments.authorise(refused, PRICE, "tok_closed")
    await payments.capture(refused)
    await payments.refund(refused, PRICE, "a")
    books = {each.currency: each for each in await payments.get_ledger()}
    assert {"CHF", "EUR"} <= set(books)
    for each in books.values():
        assert (each.sum, each.unbalanced, each.strays) == (0, (), ())
        assert each.held == each.authorised
        assert each.taken == each.captured - each.refunded
    assert books["CHF"].held >= 50
    assert books["EUR"].captured >= 2990
    assert books["EUR"].refunded >= 90


async def test_all_refunds_in_the_books_are_of_the_orders_payment_and_in_its_currency(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    await payments.authorise(order_id, PRICE, "tok_success")
    await payments.capture(order_id)
    with pytest.raises(InvalidArgument):
        await payments.refund(order_id, Money(amount=90, currency="USD"), "dollars")
    given = await payments.refund(order_id, Money(amount=90, currency="EUR"), "a")
    found = await book(payments, order_id)
    assert (found.refunds, found.elsewhere, found.taken) == ((given,), (), PRICE.amount - 90)


async def test_the_books_are_for_operators_and_have_bounds(payments: Payments, stage: Stage) -> None:
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: payments.list_books(None),
        lambda: payments.get_books(()),
        lambda: payments.get_ledger(),
    )
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF):
        with stage.acting(role):
            for call in calls:
                with pytest.raises(PermissionDenied):
                    await call()
    wrong: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: payments.list_books(None, 201),
        lambda: payments.list_books("c" * 101),
        lambda: payments.get_books((OrderId("F"),) * 201),
    )
    for call in wrong:
        with pytest.raises(InvalidArgument):
            await call()
