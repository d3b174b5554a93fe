"""Authorise, capture, void: each once, in the order that makes sense, with the books to match."""

from __future__ import annotations

import asyncio

import pytest

from app.runtime.ports import SystemClock
from contracts.kit import InvalidArgument
from contracts.payments import (
    DeclineReason,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentNotFound,
    PaymentState,
    PaymentVoided,
    WrongState,
)
from contracts.values import Money
from tests.modules.payments.stand import PRICE, Stand, order

ONE = order(1)
HELD = {"provider:held": 4990, "customers:holds": -4990}
TAKEN = {"provider:receivable": 4990, "sales:clearing": -4990}


async def test_an_authorised_amount_is_held_and_a_captured_one_is_ours(stand: Stand) -> None:
    payment = await stand.service.authorise(ONE, PRICE, "tok_success")
    assert (payment.order_id, payment.amount, payment.state) == (ONE, PRICE, PaymentState.AUTHORISED)
    assert await stand.service.get_payment(ONE) == payment
    assert await stand.balances() == HELD
    captured = await stand.service.capture(ONE)
    assert (captured.id, captured.state) == (payment.id, PaymentState.CAPTURED)
    assert await stand.balances() == TAKEN
    assert await stand.events() == [
        PaymentAuthorised(order_id=ONE, amount=PRICE),
        PaymentCaptured(order_id=ONE, amount=PRICE),
    ]


async def test_a_voided_hold_leaves_nothing_in_the_books(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    voided = await stand.service.void(ONE)
    assert voided is not None
    assert voided.state is PaymentState.VOIDED
    assert await stand.balances() == {}
    assert (await stand.events())[-1] == PaymentVoided(order_id=ONE, amount=PRICE)


async def test_every_step_again_changes_nothing(stand: Stand) -> None:
    first = await stand.service.authorise(ONE, PRICE, "tok_success")
    assert await stand.service.authorise(ONE, PRICE, "tok_decline") == first
    with pytest.raises(InvalidArgument, match="not of"):
        await stand.service.authorise(ONE, Money(amount=1, currency="EUR"), "tok_success")
    captured = await stand.service.capture(ONE)
    assert await stand.service.capture(ONE) == captured
    assert await stand.service.authorise(ONE, PRICE, "tok_success") == captured
    await stand.service.authorise(order(2), PRICE, "tok_success")
    assert await stand.service.void(order(2)) == await stand.service.void(order(2))
    assert await stand.balances() == TAKEN
    assert len(await stand.events()) == 4


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("tok_decline", DeclineReason.DECLINED),
        ("tok_insufficient_funds", DeclineReason.INSUFFICIENT_FUNDS),
        ("tok_whatever", DeclineReason.UNKNOWN_CARD),
    ],
)
async def test_a_declined_payment_stays_declined(stand: Stand, token: str, reason: DeclineReason) -> None:
    for again in (token, "tok_success"):
        with pytest.raises(PaymentDeclined) as refusal:
            await stand.service.authorise(ONE, PRICE, again)
        assert refusal.value.reason is reason
    assert (await stand.service.get_payment(ONE)).state is PaymentState.DECLINED
    with pytest.raises(WrongState):
        await stand.service.capture(ONE)
    assert await stand.service.void(ONE) is None
    assert (await stand.balances(), await stand.events()) == ({}, [])


async def test_a_slow_card_pays_and_all_who_asked_meanwhile_get_the_same_answer(stand: Stand) -> None:
    slow = Stand(stand.database, SystemClock())
    answers = await asyncio.gather(*(slow.service.authorise(ONE, PRICE, "tok_slow") for _ in range(20)))
    assert {each.state for each in answers} == {PaymentState.AUTHORISED}
    assert len({each.id for each in answers}) == 1
    assert await slow.balances() == HELD
    assert len(await slow.events()) == 1


async def test_what_was_voided_or_never_authorised_is_not_captured(stand: Stand) -> None:
    with pytest.raises(PaymentNotFound):
        await stand.service.capture(ONE)
    await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.service.void(ONE)
    with pytest.raises(WrongState) as refusal:
        await stand.service.capture(ONE)
    assert refusal.value.state is PaymentState.VOIDED


async def test_what_was_captured_is_not_voided(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.service.capture(ONE)
    with pytest.raises(WrongState) as refusal:
        await stand.service.void(ONE)
    assert refusal.value.state is PaymentState.CAPTURED
    assert await stand.balances() == TAKEN


async def test_an_order_voided_before_its_payment_is_never_charged(stand: Stand) -> None:
    for _ in range(2):
        assert await stand.service.void(ONE) is None
    for _ in range(2):
        with pytest.raises(PaymentDeclined):
            await stand.service.authorise(ONE, PRICE, "tok_success")
    with pytest.raises(PaymentNotFound):
        await stand.service.get_payment(ONE)
    with pytest.raises(PaymentNotFound):
        await stand.service.capture(ONE)
    assert stand.line.calls == []
    assert await stand.balances() == {}


@pytest.mark.parametrize("amount", [0, -1])
async def test_only_positive_amounts_are_held(stand: Stand, amount: int) -> None:
    with pytest.raises(InvalidArgument, match="not positive"):
        await stand.service.authorise(ONE, Money(amount=amount, currency="EUR"), "tok_success")
    assert await stand.service.void(ONE) is None


async def test_each_currency_is_in_balance_by_itself(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.service.authorise(order(2), Money(amount=800, currency="JPY"), "tok_success")
    await stand.service.capture(order(2))
    sums = dict.fromkeys(("EUR", "JPY"), 0)
    for balance in await stand.service.list_balances():
        sums[balance.currency] += balance.amount
    assert sums == {"EUR": 0, "JPY": 0}
