"""What the contract of payments promises of refunds and call-backs, with the test cards of the built-in provider."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from contracts.kit import InvalidArgument, Role
from contracts.payments import (
    Notice,
    NoticeRefused,
    NoticeUnreadable,
    PaymentNotFound,
    Payments,
    PaymentState,
    Refund,
    RefundState,
    RefundTooLarge,
    WrongState,
)
from contracts.values import Money, OrderId
from tests.conformance.stage import WEBHOOK_SECRET, Stage, fresh

MODULES = ("payments",)

PRICE = Money(amount=2990, currency="EUR")


@pytest_asyncio.fixture(loop_scope="session")
async def payments(stage: Stage) -> AsyncIterator[Payments]:
    """The payments, called by the system."""
    with stage.acting(Role.SYSTEM):
        yield stage.contract(Payments)


def euros(amount: int) -> Money:
    """Return so many cents of EUR."""
    return Money(amount=amount, currency="EUR")


def signed(body: bytes, name: str, timestamp: int | None = None) -> Notice:
    """Return a call-back as the provider signs it: worked out here from the standard's text alone."""
    when = str(int(time.time()) if timestamp is None else timestamp)
    key = b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, name.encode() + b"." + when.encode() + b"." + body, hashlib.sha256).digest()
    return Notice(id=name, timestamp=when, signature=f"v1,{b64encode(digest).decode()}", body=body)


async def captured(payments: Payments, token: str = "tok_success") -> OrderId:
    """Return an order whose payment was captured."""
    order_id = OrderId(fresh("order"))
    await payments.authorise(order_id, PRICE, token)
    await payments.capture(order_id)
    return order_id


async def total(payments: Payments, stage: Stage, account: str) -> int:
    """Return what an account holds in EUR."""
    with stage.acting(Role.OPERATOR):
        balances = await payments.list_balances()
    return sum(each.amount for each in balances if (each.account, each.currency) == (account, "EUR"))


async def test_a_refund_is_given_once_under_its_reference(payments: Payments, stage: Stage) -> None:
    order_id = await captured(payments)
    before = await total(payments, stage, "provider:receivable")
    refund = await payments.refund(order_id, euros(990), "a")
    assert refund == Refund(id=refund.id, order_id=order_id, reference="a", amount=euros(990), state=RefundState.DONE)
    assert await payments.refund(order_id, euros(990), "a") == refund
    everybody = await asyncio.gather(*(payments.refund(order_id, euros(1000), "b") for _ in range(5)))
    assert everybody == [everybody[0]] * 5
    assert everybody[0].id != refund.id
    payment = await payments.get_payment(order_id)
    assert (payment.state, payment.amount, payment.refunded) == (PaymentState.CAPTURED, PRICE, 1990)
    assert await payments.capture(order_id) == payment
    assert await total(payments, stage, "provider:receivable") == before - 1990


async def test_no_more_is_given_back_than_was_taken(payments: Payments) -> None:
    order_id = await captured(payments)
    asked = [payments.refund(order_id, euros(2000), name) for name in ("a", "b")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    (refused,) = [each for each in answers if isinstance(each, BaseException)]
    assert refused == RefundTooLarge(left=euros(990))
    await payments.refund(order_id, euros(990), "c")
    with pytest.raises(RefundTooLarge) as refusal:
        await payments.refund(order_id, euros(1), "d")
    assert refusal.value.left == euros(0)


async def test_what_was_not_taken_is_not_given_back(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    with pytest.raises(PaymentNotFound):
        await payments.refund(order_id, PRICE, "a")
    await payments.authorise(order_id, PRICE, "tok_success")
    with pytest.raises(WrongState) as refusal:
        await payments.refund(order_id, PRICE, "a")
    assert refusal.value == WrongState(state=PaymentState.AUTHORISED)
    await payments.void(order_id)
    with pytest.raises(WrongState):
        await payments.refund(order_id, PRICE, "a")
    assert (await payments.get_payment(order_id)).refunded == 0


async def test_a_refund_makes_sense(payments: Payments) -> None:
    order_id = await captured(payments)
    await payments.refund(order_id, euros(10), "a")
    refused = [(euros(11), "a"), (euros(0), "b"), (euros(-1), "b"), (Money(amount=1, currency="USD"), "b")]
    for amount, reference in [*refused, (euros(1), ""), (euros(1), "r" * 101)]:
        with pytest.raises(InvalidArgument):
            await payments.refund(order_id, amount, reference)
    assert (await payments.get_payment(order_id)).refunded == 10


async def test_what_the_provider_refuses_for_good_is_over_and_may_be_asked_for_anew(
    payments: Payments, stage: Stage
) -> None:
    order_id = await captured(payments, "tok_closed")
    before = await total(payments, stage, "provider:receivable")
    refused = await payments.refund(order_id, PRICE, "a")
    assert refused == Refund(
        id=refused.id,
        order_id=order_id,
        reference="a",
        amount=PRICE,
        state=RefundState.PENDING,
        refused="card_closed",
    )
    assert await payments.refund(order_id, PRICE, "a") == refused
    assert (await payments.get_payment(order_id)).refunded == 0
    assert await total(payments, stage, "provider:receivable") == before
    given = await payments.refund(order_id, PRICE, "b")
    assert (given.state, given.refused) == (RefundState.DONE, None)
    assert given.id != refused.id
    assert await payments.refund(order_id, PRICE, "a") == refused
    assert (await payments.get_payment(order_id)).refunded == 2990
    assert await total(payments, stage, "provider:receivable") == before - 2990
    with pytest.raises(InvalidArgument):
        await payments.refund(order_id, euros(1), "a")
    with pytest.raises(RefundTooLarge):
        await payments.refund(order_id, euros(1), "c")


async def test_a_refusal_that_several_hear_at_once_is_one(payments: Payments) -> None:
    order_id = await captured(payments, "tok_closed")
    everybody = await asyncio.gather(*(payments.refund(order_id, PRICE, "a") for _ in range(5)))
    assert everybody == [everybody[0]] * 5
    assert everybody[0].refused == "card_closed"
    assert (await payments.get_payment(order_id)).refunded == 0
    assert (await payments.refund(order_id, PRICE, "b")).state is RefundState.DONE


async def test_the_rest_is_whatever_is_left(payments: Payments, stage: Stage) -> None:
    order_id = await captured(payments)
    before = await total(payments, stage, "provider:receivable")
    await payments.refund(order_id, euros(990), "a")
    rest = await payments.refund_rest(order_id)
    assert rest is not None
    assert rest == Refund(id=rest.id, order_id=order_id, reference=rest.id, amount=euros(2000), state=RefundState.DONE)
    assert await payments.refund_rest(order_id) == await payments.refund(order_id, euros(2000), rest.id) == rest
    assert (await payments.get_payment(order_id)).refunded == 2990
    assert await total(payments, stage, "provider:receivable") == before - 2990
    with pytest.raises(RefundTooLarge):
        await payments.refund(order_id, euros(1), "b")


async def test_the_rest_is_the_whole_where_nothing_was_given_back_and_is_given_once(payments: Payments) -> None:
    order_id = await captured(payments)
    everybody = await asyncio.gather(*(payments.refund_rest(order_id) for _ in range(5)))
    assert everybody == [everybody[0]] * 5
    assert everybody[0] is not None
    assert (everybody[0].amount, everybody[0].state) == (PRICE, RefundState.DONE)
    assert (await payments.get_payment(order_id)).refunded == 2990


async def test_where_nothing_is_left_there_is_no_rest(payments: Payments) -> None:
    order_id = await captured(payments)
    await payments.refund(order_id, PRICE, "a")
    for _ in range(2):
        assert await payments.refund_rest(order_id) is None
    assert (await payments.get_payment(order_id)).refunded == 2990


async def test_there_is_no_rest_of_what_was_not_taken(payments: Payments) -> None:
    order_id = OrderId(fresh("order"))
    with pytest.raises(PaymentNotFound):
        await payments.refund_rest(order_id)
    await payments.authorise(order_id, PRICE, "tok_success")
    with pytest.raises(WrongState) as refusal:
        await payments.refund_rest(order_id)
    assert refusal.value == WrongState(state=PaymentState.AUTHORISED)
    with pytest.raises(InvalidArgument):
        await payments.refund_rest(order_id, -1)


async def test_a_rest_that_was_refused_is_told_until_its_caller_knows_and_then_asked_for_anew(
    payments: Payments,
) -> None:
    order_id = await captured(payments, "tok_closed")
    refused = await payments.refund_rest(order_id)
    assert refused is not None
    assert (refused.amount, refused.refused) == (PRICE, "card_closed")
    assert await payments.refund_rest(order_id) == refused
    assert (await payments.get_payment(order_id)).refunded == 0
    given = await payments.refund_rest(order_id, 1)
    assert given is not None
    assert (given.amount, given.state, given.refused) == (PRICE, RefundState.DONE, None)
    assert given.id != refused.id
    assert await payments.refund_rest(order_id, 1) == given
    assert await payments.refund_rest(order_id) == refused
    assert (await payments.get_payment(order_id)).refunded == 2990


async def test_a_rest_that_was_refused_may_be_given_back_under_another_reference(payments: Payments) -> None:
    order_id = await captured(payments, "tok_closed")
    refused = await payments.refund_rest(order_id)
    assert (await payments.refund(order_id, PRICE, "a")).state is RefundState.DONE
    assert await payments.refund_rest(order_id) == refused
    assert await payments.refund_rest(order_id, 1) is None


async def test_what_was_refused_under_another_reference_belongs_to_the_rest(payments: Payments) -> None:
    order_id = await captured(payments, "tok_closed")
    await payments.refund(order_id, euros(990), "a")
    rest = await payments.refund_rest(order_id)
    assert rest is not None
    assert (rest.amount, rest.state) == (PRICE, RefundState.DONE)
    assert (await payments.get_payment(order_id)).refunded == 2990


async def test_whoever_brings_a_call_back_its_signature_counts(payments: Payments, stage: Stage) -> None:
    payment = await payments.authorise(OrderId(fresh("order")), PRICE, "tok_success")
    body = json.dumps({"type": "payment.changed", "payment": payment.id}).encode()
    good = signed(body, fresh("msg"))
    old = signed(body, fresh("msg"), timestamp=int(time.time()) - 3600)
    with stage.acting(Role.GUEST):
        for _ in range(2):
            await payments.take_notice(good)
        await payments.take_notice(signed(b'{"type": "payment.changed", "payment": "pay_unknown"}', fresh("msg")))
        for bad in (msgspec.structs.replace(good, body=body + b" "), msgspec.structs.replace(good, signature=""), old):
            with pytest.raises(NoticeRefused):
                await payments.take_notice(bad)
        with pytest.raises(NoticeUnreadable):
            await payments.take_notice(signed(b"[]", fresh("msg")))
    assert await payments.get_payment(payment.order_id) == payment
