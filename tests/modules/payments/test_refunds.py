"""What was captured is given back, whole or in parts, each part once and never more; and lost answers are found."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.kit import InvalidArgument, Unavailable
from contracts.payments import (
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefunded,
    PaymentState,
    Refund,
    RefundState,
    RefundTooLarge,
    WrongState,
)
from contracts.values import Money
from modules.payments.domain import RefundAnswer
from tests.modules.payments.stand import PRICE, Stand, order

ONE = order(1)


def euros(amount: int) -> Money:
    """Return so many cents of EUR."""
    return Money(amount=amount, currency="EUR")


async def captured(stand: Stand, token: str = "tok_success") -> None:
    """Have an order's payment captured, whatever its card does about answers."""
    for call in (stand.service.authorise(ONE, PRICE, token), stand.service.capture(ONE)):
        try:
            await call
        except Unavailable:
            await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.CAPTURED


async def test_a_refund_takes_back_what_the_capture_brought(stand: Stand) -> None:
    await captured(stand)
    refund = await stand.service.refund(ONE, PRICE, "cancelled")
    assert refund == Refund(id=refund.id, order_id=ONE, reference="cancelled", amount=PRICE, state=RefundState.DONE)
    assert await stand.balances() == {}
    payment = await stand.service.get_payment(ONE)
    assert (payment.state, payment.refunded) == (PaymentState.CAPTURED, 4990)
    assert (await stand.events())[-1] == PaymentRefunded(order_id=ONE, refund_id=refund.id, amount=PRICE)


async def test_each_part_has_its_own_reference_and_is_given_back_once(stand: Stand) -> None:
    await captured(stand)
    first = await stand.service.refund(ONE, euros(1000), "a")
    assert await stand.service.refund(ONE, euros(1000), "a") == first
    second = await stand.service.refund(ONE, euros(990), "b")
    assert second.id != first.id
    assert await stand.balances() == {"provider:receivable": 3000, "sales:clearing": -3000}
    assert len([each for each in await stand.events() if isinstance(each, PaymentRefunded)]) == 2
    with pytest.raises(InvalidArgument, match="not of"):
        await stand.service.refund(ONE, euros(999), "a")


async def test_never_more_is_given_back_than_was_captured(stand: Stand) -> None:
    await captured(stand)
    with pytest.raises(RefundTooLarge) as refusal:
        await stand.service.refund(ONE, euros(4991), "a")
    assert refusal.value == RefundTooLarge(left=PRICE)
    await stand.service.refund(ONE, euros(4000), "b")
    with pytest.raises(RefundTooLarge) as refusal:
        await stand.service.refund(ONE, euros(991), "c")
    assert refusal.value == RefundTooLarge(left=euros(990))
    await stand.service.refund(ONE, euros(990), "c")
    assert stand.line.calls.count("refund") == 2
    assert await stand.balances() == {}


async def test_of_two_refunds_at_once_the_second_finds_what_is_left(stand: Stand) -> None:
    await captured(stand)
    asked = [stand.service.refund(ONE, euros(3000), name) for name in ("a", "b")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [each for each in answers if isinstance(each, BaseException)] == [RefundTooLarge(left=euros(1990))]
    same = await asyncio.gather(*(stand.service.refund(ONE, euros(1000), "c") for _ in range(10)))
    assert same == [same[0]] * 10
    assert await stand.balances() == {"provider:receivable": 990, "sales:clearing": -990}


async def test_one_that_is_under_way_counts(stand: Stand) -> None:
    await captured(stand)
    stand.line.cut = "before"
    with pytest.raises(Unavailable):
        await stand.service.refund(ONE, euros(3000), "a")
    with pytest.raises(RefundTooLarge) as refusal:
        await stand.service.refund(ONE, euros(3000), "b")
    assert refusal.value.left == euros(1990)
    assert (await stand.service.get_payment(ONE)).refunded == 3000


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_refund_whose_answer_was_lost_is_finished_once(stand: Stand, cut: str) -> None:
    await captured(stand)
    stand.line.cut = cut
    with pytest.raises(Unavailable) as outage:
        await stand.service.refund(ONE, PRICE, "a")
    assert outage.value.may_have_executed
    assert await stand.balances() == {"provider:receivable": 4990, "sales:clearing": -4990}
    stand.line.cut = None
    assert await stand.settle_later(seconds=4) == 0
    assert await stand.settle_later(seconds=1) == 1
    assert (await stand.service.refund(ONE, PRICE, "a")).state is RefundState.DONE
    assert await stand.balances() == {}
    assert await stand.settle_later(minutes=60) == 0
    assert len([each for each in await stand.events() if isinstance(each, PaymentRefunded)]) == 1


async def test_a_refund_that_takes_the_provider_long_is_pending_until_it_says_so(stand: Stand) -> None:
    await captured(stand, "tok_late")
    refund = await stand.service.refund(ONE, PRICE, "a")  # by the test's clock no time passes
    assert refund.state is RefundState.PENDING
    assert await stand.service.refund(ONE, PRICE, "a") == refund
    assert await stand.balances() == {"provider:receivable": 4990, "sales:clearing": -4990}
    await stand.settle_later(seconds=5)
    assert (await stand.service.refund(ONE, PRICE, "a")).state is RefundState.DONE
    assert await stand.balances() == {}


async def test_what_was_not_captured_is_not_given_back(stand: Stand) -> None:
    with pytest.raises(PaymentNotFound):
        await stand.service.refund(ONE, PRICE, "a")
    await stand.service.authorise(ONE, PRICE, "tok_success")
    with pytest.raises(WrongState) as refusal:
        await stand.service.refund(ONE, PRICE, "a")
    assert refusal.value.state is PaymentState.AUTHORISED
    assert "refund" not in stand.line.calls


@pytest.mark.parametrize("amount", [euros(0), euros(-1), Money(amount=1, currency="USD")])
async def test_only_positive_amounts_of_the_payments_currency_are_given_back(stand: Stand, amount: Money) -> None:
    await captured(stand)
    with pytest.raises(InvalidArgument):
        await stand.service.refund(ONE, amount, "a")
    assert (await stand.service.get_payment(ONE)).refunded == 0


async def test_the_sandbox_itself_gives_back_no_more_than_it_took(stand: Stand) -> None:
    await captured(stand)
    sandbox, key = stand.line, (await stand.service.get_payment(ONE)).id
    for _ in range(2):
        assert await sandbox.refund("r", key, PRICE) == RefundAnswer(RefundState.DONE)
    with pytest.raises(ValueError, match="no more back"):
        await sandbox.refund("s", key, euros(1))
    with pytest.raises(LookupError):
        await sandbox.refund("t", "unknown", euros(1))


fresh = itertools.count(5000, 10)
"""Each example has an order of its own."""

CARDS = ["tok_success", "tok_lost", "tok_late", "tok_twice", "tok_early", "tok_closed", "tok_decline"]

steps = st.tuples(
    st.sampled_from(["authorise", "capture", "void", "refund", "refund", "settle", "call back"]),
    st.sampled_from([None, None, "before", "after"]),
    st.integers(1, 5000),
    st.sampled_from("abc"),
)


@given(st.sampled_from(CARDS), st.lists(st.lists(steps, min_size=1, max_size=3), min_size=3, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_asked_and_lost_the_ledger_is_what_was_captured_less_the_refunds(
    stand: Stand, token: str, rounds: list[list[tuple[str, str | None, int, str]]]
) -> None:
    order_id, before = order(next(fresh)), await stand.balances()

    async def step(name: str, amount: int, reference: str) -> None:
        try:
            match name:
                case "authorise":
                    await stand.service.authorise(order_id, PRICE, token)
                case "capture":
                    await stand.service.capture(order_id)
                case "void":
                    await stand.service.void(order_id)
                case "refund":
                    await stand.service.refund(order_id, euros(amount), reference)
                case "settle":
                    await stand.settle_later(seconds=6)
                case _:
                    await stand.container.sandbox_calls().once()
        except (Unavailable, PaymentDeclined, PaymentNotFound, WrongState, RefundTooLarge, InvalidArgument):
            pass

    await step("authorise", 0, "")
    for together in rounds:
        stand.line.cut = together[0][1]
        await asyncio.gather(*(step(name, amount, reference) for name, _, amount, reference in together))
        await stand.balances()
    stand.line.cut = None
    for _ in range(3):
        await stand.container.sandbox_calls().once()
        await stand.settle_later(minutes=20)
    assert await stand.settle_later(minutes=20) == 0
    payment, after = await stand.service.get_payment(order_id), await stand.balances()
    kept = 4990 - payment.refunded if payment.state is PaymentState.CAPTURED else 0
    held = 4990 if payment.state is PaymentState.AUTHORISED else 0
    assert payment.refunded <= 4990
    assert after.get("provider:receivable", 0) - before.get("provider:receivable", 0) == kept
    assert after.get("provider:held", 0) - before.get("provider:held", 0) == held
