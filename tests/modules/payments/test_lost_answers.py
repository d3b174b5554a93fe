"""An answer of the provider that is lost, late or overtaken is found by asking, never guessed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.kit import Unavailable
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
from modules.payments import settle
from modules.payments.domain import Answer, Standing
from modules.payments.sandbox import Sandbox
from tests.modules.payments.stand import PRICE, Stand, order

ONE = order(1)
HELD = {"provider:held": 4990, "customers:holds": -4990}
TAKEN = {"provider:receivable": 4990, "sales:clearing": -4990}


async def lost(call: Awaitable[object]) -> None:
    """Make a call that is not answered."""
    with pytest.raises(Unavailable) as outage:
        await call
    assert outage.value.may_have_executed


async def test_an_authorisation_whose_answer_was_lost_is_found(stand: Stand) -> None:
    stand.line.cut = "after"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    assert (await stand.service.get_payment(ONE)).state is PaymentState.PENDING
    assert await stand.balances() == {}
    stand.line.cut = None
    assert await stand.settle_later(seconds=4) == 0
    assert await stand.settle_later(seconds=1) == 1
    assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED
    assert await stand.balances() == HELD
    assert await stand.settle_later(minutes=60) == 0


async def test_a_decline_whose_answer_was_lost_is_found(stand: Stand) -> None:
    stand.line.cut = "after"
    await lost(stand.service.authorise(ONE, PRICE, "tok_decline"))
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.DECLINED


async def test_an_authorisation_that_never_arrived_is_made_when_it_is_asked_for_again(stand: Stand) -> None:
    stand.line.cut = "before"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.PENDING
    assert (await stand.service.authorise(ONE, PRICE, "tok_success")).state is PaymentState.AUTHORISED
    assert await stand.balances() == HELD


async def test_an_authorisation_that_never_arrived_is_given_up_in_the_end_and_refused_from_then_on(
    stand: Stand,
) -> None:
    stand.line.cut = "before"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    stand.line.cut = None
    await stand.settle_later(minutes=14)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.PENDING
    await stand.settle_later(minutes=1)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    with pytest.raises(PaymentDeclined):
        await stand.service.authorise(ONE, PRICE, "tok_success")
    assert (await stand.balances(), await stand.events()) == ({}, [])


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_capture_whose_answer_was_lost_is_finished(stand: Stand, cut: str) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    stand.line.cut = cut
    await lost(stand.service.capture(ONE))
    assert await stand.balances() == HELD
    with pytest.raises(WrongState):
        await stand.service.void(ONE)
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.CAPTURED
    assert await stand.balances() == TAKEN
    assert len(await stand.events()) == 2


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_void_whose_answer_was_lost_is_finished(stand: Stand, cut: str) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    stand.line.cut = cut
    await lost(stand.service.void(ONE))
    with pytest.raises(WrongState):
        await stand.service.capture(ONE)
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    assert await stand.balances() == {}


async def test_a_silent_provider_is_asked_again_and_again(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    stand.line.cut = "after"
    await lost(stand.service.capture(ONE))
    for _ in range(3):
        assert await stand.settle_later(seconds=5) == 1
    assert await stand.balances() == HELD
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert await stand.balances() == TAKEN


async def test_a_provider_that_leaves_one_question_hanging_holds_up_no_other(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settle, "PATIENCE", 0.5)
    stand.line.cut = "after"
    for number in (1, 2):
        await lost(stand.service.authorise(order(number), PRICE, "tok_success"))
    stand.line.cut = None
    stand.line.meanwhile = lambda: asyncio.sleep(3600)
    assert await stand.settle_later(seconds=5) == 2
    assert "does not say what became of" in caplog.text
    found = [(await stand.service.get_payment(order(number))).state for number in (1, 2)]
    assert sorted(found) == [PaymentState.AUTHORISED, PaymentState.PENDING]
    assert await stand.settle_later(seconds=5) == 1
    assert await stand.balances() == {account: 2 * amount for account, amount in HELD.items()}


async def test_a_void_that_overtakes_the_authorisation_wins(stand: Stand) -> None:
    stand.line.meanwhile = lambda: stand.service.void(ONE)
    with pytest.raises(PaymentDeclined):
        await stand.service.authorise(ONE, PRICE, "tok_success")
    assert stand.line.calls == ["authorise", "void"]
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    assert (await stand.balances(), await stand.events()) == ({}, [])


async def test_an_authorisation_that_arrives_after_its_void_began_is_refused(stand: Stand) -> None:
    stand.line.cut = "after"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    stand.line.cut = "before"
    await lost(stand.service.void(ONE))
    stand.line.cut = None
    with pytest.raises(PaymentDeclined):
        await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    assert await stand.balances() == {}


async def test_a_hold_that_becomes_known_while_it_is_voided_is_booked_both_ways(stand: Stand) -> None:
    stand.line.cut = "after"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    stand.line.cut = None
    stand.line.meanwhile = lambda: stand.container.outcomes().record(ONE, Answer(Standing.HELD))
    voided = await stand.service.void(ONE)
    assert voided is not None
    assert voided.state is PaymentState.VOIDED
    assert await stand.balances() == {}
    assert (await stand.events())[-1] == PaymentVoided(order_id=ONE, amount=PRICE)


async def taken_behind_our_back(stand: Stand) -> None:
    """Have the provider take a payment of which the books know only that it was asked for."""
    stand.line.cut = "before"
    await lost(stand.service.authorise(ONE, PRICE, "tok_success"))
    stand.line.cut = None
    key = (await stand.service.get_payment(ONE)).id
    await stand.line.authorise(key, PRICE, "tok_success")
    await stand.line.capture(key)


@pytest.mark.parametrize("way", ["authorised again", "settled", "voided"])
async def test_what_the_provider_took_at_once_is_booked_as_held_and_as_taken(stand: Stand, way: str) -> None:
    await taken_behind_our_back(stand)
    match way:
        case "authorised again":
            assert (await stand.service.authorise(ONE, PRICE, "tok_success")).state is PaymentState.CAPTURED
        case "settled":
            await stand.settle_later(seconds=5)
        case _:
            with pytest.raises(WrongState) as refusal:
                await stand.service.void(ONE)
            assert refusal.value.state is PaymentState.CAPTURED
    payment = await stand.service.get_payment(ONE)
    assert payment.state is PaymentState.CAPTURED
    assert await stand.balances() == TAKEN
    assert await stand.events() == [
        PaymentAuthorised(order_id=ONE, amount=PRICE),
        PaymentCaptured(order_id=ONE, amount=PRICE),
    ]
    (ledger,) = await stand.service.get_ledger()
    assert (ledger.taken, ledger.held, ledger.strays, ledger.unbalanced) == (PRICE.amount, 0, (), ())
    assert await stand.service.capture(ONE) == payment
    assert await stand.settle_later(minutes=60) == 0


async def test_what_was_held_and_is_declined_after_all_is_given_up(stand: Stand) -> None:
    await stand.service.authorise(ONE, PRICE, "tok_success")
    await stand.container.outcomes().record(ONE, Answer(Standing.DECLINED, DeclineReason.DECLINED))
    assert (await stand.service.get_payment(ONE)).state is PaymentState.VOIDED
    assert await stand.balances() == {}
    assert (await stand.events())[-1] == PaymentVoided(order_id=ONE, amount=PRICE)
    with pytest.raises(PaymentDeclined):
        await stand.service.authorise(ONE, PRICE, "tok_success")


async def test_what_the_provider_still_works_on_is_not_decided(stand: Stand) -> None:
    await lost(stand.service.authorise(ONE, PRICE, "tok_slow"))  # by the test's clock no time has passed
    await stand.settle_later(seconds=5)
    assert (await stand.service.get_payment(ONE)).state is PaymentState.AUTHORISED


async def test_the_sandbox_keeps_its_own_book(stand: Stand) -> None:
    sandbox = Sandbox(stand.database, stand.manual, stand.container.settings())
    assert await sandbox.ask("k") is None
    held = await sandbox.authorise("k", PRICE, "tok_success")
    assert await sandbox.authorise("k", PRICE, "tok_decline") == held
    assert (await sandbox.capture("k")).standing == "captured"
    assert (await sandbox.void("k")).standing == "captured"
    assert await sandbox.ask("k") == await sandbox.capture("k")
    assert (await sandbox.void("never")).standing == "voided"
    assert (await sandbox.authorise("never", PRICE, "tok_success")).standing == "voided"


fresh = itertools.count(1000, 10)
"""Each example has orders of its own."""

calls = st.tuples(
    st.sampled_from(["authorise", "capture", "void", "settle"]),
    st.integers(0, 2),
    st.sampled_from([None, None, "before", "after"]),
    st.sampled_from(["tok_success", "tok_success", "tok_decline"]),
)


@given(st.lists(st.lists(calls, min_size=1, max_size=4), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_lost_the_ledger_sums_to_zero_and_says_what_the_provider_says(
    stand: Stand, rounds: list[list[tuple[str, int, str | None, str]]]
) -> None:
    base = next(fresh)

    async def call(name: str, which: int, token: str) -> None:
        order_id = order(base + which)
        try:
            match name:
                case "authorise":
                    await stand.service.authorise(order_id, PRICE, token)
                case "capture":
                    await stand.service.capture(order_id)
                case "void":
                    await stand.service.void(order_id)
                case _:
                    await stand.settle_later(seconds=6)
        except (Unavailable, PaymentDeclined, PaymentNotFound, WrongState):
            pass

    for together in rounds:
        stand.line.cut = together[0][2]
        await asyncio.gather(*(call(name, which, token) for name, which, _, token in together))
        await stand.balances()
    stand.line.cut = None
    await stand.settle_later(minutes=20)
    await stand.settle_later(minutes=20)
    for which in range(3):
        try:
            payment = await stand.service.get_payment(order(base + which))
        except PaymentNotFound:
            continue
        answer = await stand.line.ask(payment.id)
        assert answer is not None
        assert payment.state == {"held": "authorised"}.get(answer.standing, answer.standing)
    assert await stand.settle_later(minutes=20) == 0
