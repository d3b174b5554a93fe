"""What the contract of payments promises, with the test cards of the built-in provider."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from string import ascii_uppercase

import pytest
import pytest_asyncio

from contracts.kit import Conflict, InvalidArgument, PermissionDenied, Role, idempotency_key
from contracts.payments import (
    DeclineReason,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    Payments,
    PaymentState,
    WrongState,
)
from contracts.values import Money, OrderId
from tests.conformance.stage import Stage, fresh

MODULES = ("payments",)

GOOD, SLOW = "tok_success", "tok_slow"
REFUSED = {
    "tok_decline": DeclineReason.DECLINED,
    "tok_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "tok_of_nobody": DeclineReason.UNKNOWN_CARD,
}
Call = Callable[[], Awaitable[object]]
PRICE = Money(amount=2990, currency="EUR")


@pytest_asyncio.fixture(loop_scope="session")
async def payments(stage: Stage) -> AsyncIterator[Payments]:
    """The payments, called by the system."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Payments)


def new_order() -> OrderId:
    """Return the id of an order without payment."""
    return OrderId(fresh("order"))


async def authorised(payments: Payments) -> Payment:
    """Return a payment that the provider holds."""
    return await payments.authorise(new_order(), PRICE, GOOD)


async def declined(payments: Payments) -> OrderId:
    """Return an order whose payment was declined."""
    order_id = new_order()
    with pytest.raises(PaymentDeclined):
        await payments.authorise(order_id, PRICE, "tok_decline")
    return order_id


async def pending(payments: Payments) -> asyncio.Task[Payment]:
    """Return an authorisation to which the provider has not answered; its task is named by the order."""
    while True:
        order_id = new_order()
        asking = asyncio.create_task(payments.authorise(order_id, PRICE, SLOW), name=order_id)
        while not asking.done():
            await asyncio.sleep(0.01)
            try:
                if (await payments.get_payment(order_id)).state is PaymentState.PENDING:
                    return asking
            except PaymentNotFound:
                continue


async def test_an_authorised_payment_is_held_for_its_order(payments: Payments) -> None:
    order_id = new_order()
    payment = await payments.authorise(order_id, PRICE, GOOD)
    assert payment == Payment(id=payment.id, order_id=order_id, amount=PRICE, state=PaymentState.AUTHORISED)
    assert await payments.get_payment(order_id) == payment


async def test_asking_again_gives_the_first_answer(payments: Payments) -> None:
    first = await authorised(payments)
    assert await payments.authorise(first.order_id, PRICE, GOOD) == first
    assert await payments.authorise(first.order_id, PRICE, "tok_decline") == first
    order_id = new_order()
    everybody = await asyncio.gather(*(payments.authorise(order_id, PRICE, GOOD) for _ in range(10)))
    assert everybody == [everybody[0]] * 10


@pytest.mark.parametrize("other", [Money(amount=1, currency="EUR"), Money(amount=2990, currency="USD")])
async def test_the_payment_of_an_order_keeps_its_amount(payments: Payments, other: Money) -> None:
    held, taken, refused = await authorised(payments), await authorised(payments), await declined(payments)
    voided = await authorised(payments)
    await payments.capture(taken.order_id)
    await payments.void(voided.order_id)
    for order_id in (held.order_id, taken.order_id, voided.order_id, refused):
        before = await payments.get_payment(order_id)
        with pytest.raises(InvalidArgument):
            await payments.authorise(order_id, other, GOOD)
        assert await payments.get_payment(order_id) == before
    marked = new_order()
    await payments.void(marked)
    with pytest.raises(PaymentDeclined):
        await payments.authorise(marked, other, GOOD)


@pytest.mark.parametrize("token", REFUSED)
async def test_a_refusal_says_why_and_stays(payments: Payments, token: str) -> None:
    order_id = new_order()
    for card in (token, token, GOOD):
        with pytest.raises(PaymentDeclined) as refusal:
            await payments.authorise(order_id, PRICE, card)
        assert refusal.value == PaymentDeclined(reason=REFUSED[token])
    assert (await payments.get_payment(order_id)).state is PaymentState.DECLINED


async def test_a_payment_is_pending_until_the_provider_answers(payments: Payments) -> None:
    asking = await pending(payments)
    answer = await asking
    assert answer.state is PaymentState.AUTHORISED
    assert await payments.get_payment(OrderId(asking.get_name())) == answer


async def test_capturing_once_is_enough(payments: Payments) -> None:
    held = await authorised(payments)
    taken = await payments.capture(held.order_id)
    assert taken == Payment(id=held.id, order_id=held.order_id, amount=PRICE, state=PaymentState.CAPTURED)
    assert await payments.capture(held.order_id) == await payments.get_payment(held.order_id) == taken


async def test_what_is_not_held_is_not_captured(payments: Payments) -> None:
    unknown, refused, voided = new_order(), await declined(payments), (await authorised(payments)).order_id
    await payments.void(voided)
    with pytest.raises(PaymentNotFound) as missing:
        await payments.capture(unknown)
    assert missing.value == PaymentNotFound(order_id=unknown)
    for order_id, state in ((refused, PaymentState.DECLINED), (voided, PaymentState.VOIDED)):
        with pytest.raises(WrongState) as wrong:
            await payments.capture(order_id)
        assert wrong.value == WrongState(state=state)


async def test_voiding_once_is_enough(payments: Payments) -> None:
    held = await authorised(payments)
    given_up = await payments.void(held.order_id)
    assert given_up == Payment(id=held.id, order_id=held.order_id, amount=PRICE, state=PaymentState.VOIDED)
    assert await payments.void(held.order_id) == await payments.get_payment(held.order_id) == given_up


async def test_voiding_what_is_not_held_is_no_error(payments: Payments) -> None:
    refused, unknown = await declined(payments), new_order()
    for _ in range(2):
        assert await payments.void(refused) is None
        assert await payments.void(unknown) is None
    assert (await payments.get_payment(refused)).state is PaymentState.DECLINED
    with pytest.raises(PaymentNotFound):
        await payments.get_payment(unknown)


async def test_an_authorisation_that_comes_after_the_void_is_refused(payments: Payments) -> None:
    order_id = new_order()
    await payments.void(order_id)
    for _ in range(2):
        with pytest.raises(PaymentDeclined):
            await payments.authorise(order_id, PRICE, GOOD)
    asking = await pending(payments)
    await payments.void(OrderId(asking.get_name()))
    with pytest.raises(PaymentDeclined):
        await asking


async def test_what_is_captured_is_not_voided(payments: Payments) -> None:
    order_id = (await authorised(payments)).order_id
    await payments.capture(order_id)
    with pytest.raises(WrongState) as wrong:
        await payments.void(order_id)
    assert wrong.value == WrongState(state=PaymentState.CAPTURED)


async def test_an_order_without_payment_has_none(payments: Payments) -> None:
    order_id = new_order()
    with pytest.raises(PaymentNotFound) as missing:
        await payments.get_payment(order_id)
    assert missing.value == PaymentNotFound(order_id=order_id)


async def test_balances_sum_to_zero_in_each_currency(payments: Payments) -> None:
    currency = "".join(random.choices(ascii_uppercase, k=3))
    orders = [new_order() for _ in range(4)]
    for number, order_id in enumerate(orders):
        await payments.authorise(order_id, Money(amount=100 + number, currency=currency), GOOD)
    await payments.capture(orders[0])
    await payments.void(orders[1])
    balances = await payments.list_balances()
    totals: Counter[str] = Counter()
    for each in balances:
        totals[each.currency] += each.amount
    assert not any(totals.values())
    assert any(each.amount for each in balances if each.currency == currency)
    assert len({(each.account, each.currency) for each in balances}) == len(balances)


async def test_under_a_key_the_first_answer_is_given_again(payments: Payments) -> None:
    order_id, other_id = new_order(), new_order()
    pairs: list[tuple[Call, Call]] = [
        (lambda: payments.authorise(order_id, PRICE, GOOD), lambda: payments.authorise(order_id, PRICE, SLOW)),
        (lambda: payments.capture(order_id), lambda: payments.capture(other_id)),
        (lambda: payments.refund(order_id, PRICE, "a"), lambda: payments.refund(order_id, PRICE, "b")),
        (lambda: payments.refund_rest(order_id), lambda: payments.refund_rest(order_id, 1)),
        (lambda: payments.void(other_id), lambda: payments.void(order_id)),
    ]
    for call, with_others in pairs:
        with idempotency_key(fresh("key")):
            assert await call() == await call()
            with pytest.raises(Conflict):
                await with_others()


async def test_only_the_system_moves_money_and_operators_see_the_balances(stage: Stage) -> None:
    payments, order_id = stage.contract(Payments), new_order()
    calls: list[Call] = [
        lambda: payments.authorise(order_id, PRICE, GOOD),
        lambda: payments.capture(order_id),
        lambda: payments.void(order_id),
        lambda: payments.refund(order_id, PRICE, "a"),
        lambda: payments.refund_rest(order_id),
        lambda: payments.get_payment(order_id),
    ]
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF, Role.OPERATOR):
        with stage.acting(role):
            for call in calls:
                with pytest.raises(PermissionDenied):
                    await call()
            if role is Role.OPERATOR:
                await payments.list_balances()
            else:
                with pytest.raises(PermissionDenied):
                    await payments.list_balances()


@pytest.mark.parametrize("token", ["", "t" * 101])
async def test_a_token_has_bounds(payments: Payments, token: str) -> None:
    with pytest.raises(InvalidArgument):
        await payments.authorise(new_order(), PRICE, token)
    assert (await payments.authorise(new_order(), PRICE, GOOD)).amount == PRICE
