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


async def captured(payments: Payments) -> OrderId:
    """Return an order whose payment was captured."""
    order_id = OrderId(fresh("order"))
    await payments.authorise(order_id, PRICE, "tok_success")
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
