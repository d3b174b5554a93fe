"""A refund that the provider refuses for good: it ends, nothing was given back, and another may be asked for."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import InvalidArgument, Unavailable
from contracts.payments import PaymentRefunded, PaymentRefundRefused, PaymentState, Refund, RefundState, RefundTooLarge
from contracts.values import Money
from modules.payments import cards
from modules.payments.cards import CLOSED, Card
from modules.payments.domain import RefundAnswer
from tests.modules.payments.stand import PRICE, Stand, order

ONE = order(1)
LATE = "tok_closed_late"
"""Refuses every refund, after a while, and calls back."""
UNTOUCHED = {"provider:receivable": 4990, "sales:clearing": -4990}


@pytest.fixture(autouse=True)
def late_card(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Card(is_slow=True, answers_early=True, calls_back=1, refuses_refunds=99)
    monkeypatch.setattr(cards, "CARDS", {**cards.CARDS, LATE: late})


async def captured(stand: Stand, token: str = "tok_closed") -> None:
    """Have an order's payment captured by a card that refuses refunds."""
    try:
        await stand.service.authorise(ONE, PRICE, token)
    except Unavailable:
        await stand.settle_later(seconds=5)
    assert (await stand.service.capture(ONE)).state is PaymentState.CAPTURED
    while await stand.container.sandbox_calls().once():
        await stand.settlement.once()


async def check_refused(stand: Stand, refund: Refund) -> None:
    """Check that nothing came of the only refund, and that it is over."""
    assert (refund.state, refund.refused) == (RefundState.PENDING, CLOSED)
    assert (await stand.service.get_payment(ONE)).refunded == 0
    assert await stand.balances() == UNTOUCHED
    (book,) = await stand.service.get_books((ONE,))
    assert (book.refunds, book.taken, book.waiting) == ((refund,), 4990, None)
    refusal = PaymentRefundRefused(order_id=ONE, refund_id=refund.id, amount=refund.amount, reason=CLOSED)
    events = [each for each in await stand.events() if isinstance(each, PaymentRefunded | PaymentRefundRefused)]
    assert events == [refusal]
    assert await stand.settle_later(days=400) == 0


async def test_a_refusal_ends_a_refund_and_is_not_asked_about_again(stand: Stand) -> None:
    await captured(stand)
    refund = await stand.service.refund(ONE, PRICE, "a")
    assert await stand.service.refund(ONE, PRICE, "a") == refund
    assert stand.line.calls.count("refund") == 1
    await check_refused(stand, refund)
    with pytest.raises(InvalidArgument, match="not of"):
        await stand.service.refund(ONE, Money(amount=1, currency="EUR"), "a")


async def test_what_was_refused_may_be_given_back_under_another_reference(stand: Stand) -> None:
    await captured(stand)
    refused = await stand.service.refund(ONE, PRICE, "a")
    stand.manual.advance(days=3)
    given = await stand.service.refund(ONE, PRICE, "b")
    assert (given.state, given.refused) == (RefundState.DONE, None)
    assert given.id != refused.id
    assert await stand.service.refund(ONE, PRICE, "a") == refused
    assert (await stand.service.get_payment(ONE)).refunded == 4990
    assert await stand.balances() == {}
    with pytest.raises(RefundTooLarge):
        await stand.service.refund(ONE, PRICE, "c")
    (book,) = await stand.service.get_books((ONE,))
    assert book.refunds == (refused, given)
    (ledger,) = await stand.service.get_ledger()
    assert (ledger.refunded, ledger.taken, ledger.strays) == (4990, 0, ())


async def test_a_refusal_that_is_heard_several_times_at_once_is_written_down_once(stand: Stand) -> None:
    await captured(stand)
    heard = await asyncio.gather(*(stand.service.refund(ONE, PRICE, "a") for _ in range(6)))
    assert heard == [heard[0]] * 6
    await check_refused(stand, heard[0])


async def test_a_refusal_whose_answer_was_lost_is_found(stand: Stand) -> None:
    await captured(stand)
    stand.line.cut = "after"
    with pytest.raises(Unavailable):
        await stand.service.refund(ONE, PRICE, "a")
    stand.line.cut = None
    assert await stand.settle_later(seconds=5) == 1
    await check_refused(stand, await stand.service.refund(ONE, PRICE, "a"))


@pytest.mark.parametrize("way", ["call-back", "settlement", "asked again"])
async def test_a_refund_is_pending_until_the_provider_refuses_it(stand: Stand, way: str) -> None:
    await captured(stand, LATE)
    refund = await stand.service.refund(ONE, PRICE, "a")
    assert (refund.state, refund.refused) == (RefundState.PENDING, None)
    assert (await stand.service.get_payment(ONE)).refunded == 4990
    match way:
        case "call-back":
            stand.manual.advance(seconds=1)
            assert await stand.container.sandbox_calls().once() == 1
            assert await stand.settlement.once() == 1
        case "settlement":
            assert await stand.settle_later(seconds=5) == 1
        case _:
            stand.manual.advance(seconds=1)
            await stand.service.refund(ONE, PRICE, "a")
    asked = stand.line.calls.count("refund")
    await check_refused(stand, await stand.service.refund(ONE, PRICE, "a"))
    assert stand.line.calls.count("refund") == asked


async def test_one_refusal_leaves_what_other_refunds_gave_back(stand: Stand) -> None:
    await captured(stand)
    part = Money(amount=990, currency="EUR")
    await stand.service.refund(ONE, part, "a")
    await stand.service.refund(ONE, part, "b")
    assert (await stand.service.get_payment(ONE)).refunded == 990
    with pytest.raises(RefundTooLarge) as refusal:
        await stand.service.refund(ONE, PRICE, "c")
    assert refusal.value.left.amount == 4000
    assert await stand.balances() == {"provider:receivable": 4000, "sales:clearing": -4000}


async def test_the_sandbox_says_the_same_of_a_refund_each_time(stand: Stand) -> None:
    await captured(stand)
    key = (await stand.service.get_payment(ONE)).id
    refused, done = RefundAnswer(RefundState.PENDING, CLOSED), RefundAnswer(RefundState.DONE)
    for _ in range(2):
        assert await stand.line.refund("r", key, PRICE) == refused
        assert await stand.line.refund("s", key, PRICE) == done
