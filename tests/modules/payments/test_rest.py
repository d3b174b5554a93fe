"""What is left of a captured payment is given back once, whatever others give back, lose or are refused meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import Unavailable
from contracts.payments import PaymentRefunded, PaymentState, Refund, RefundState, RefundTooLarge
from contracts.values import Money
from modules.payments import cards
from modules.payments.cards import CLOSED, Card
from tests.modules.payments.stand import PRICE, Stand, order

ONE = order(1)
LATE, STUBBORN = "tok_closed_late", "tok_stubborn"
"""Refuses its first refund, after a while; refuses every refund."""


@pytest.fixture(autouse=True)
def more_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Card(is_slow=True, answers_early=True, refuses_refunds=1)
    monkeypatch.setattr(cards, "CARDS", {**cards.CARDS, LATE: late, STUBBORN: Card(refuses_refunds=99)})


def euros(amount: int) -> Money:
    """Return so many cents of EUR."""
    return Money(amount=amount, currency="EUR")


async def captured(stand: Stand, token: str = "tok_success") -> None:
    """Have an order's payment captured."""
    try:
        await stand.service.authorise(ONE, PRICE, token)
    except Unavailable:
        await stand.settle_later(seconds=5)
    assert (await stand.service.capture(ONE)).state is PaymentState.CAPTURED


async def rest(stand: Stand, refusals: int = 0) -> Refund:
    """Ask for the rest where there is one."""
    refund = await stand.service.refund_rest(ONE, refusals)
    assert refund is not None
    return refund


async def check_given_back(stand: Stand, *amounts: int) -> None:
    """Check that these amounts were given back, once each, and are everything."""
    assert sum(amounts) == (await stand.service.get_payment(ONE)).refunded == 4990
    assert await stand.balances() == {}
    given = [each.amount.amount for each in await stand.events() if isinstance(each, PaymentRefunded)]
    assert sorted(given) == sorted(amounts)
    assert await stand.settle_later(days=400) == 0


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_its_amount_is_fixed_when_it_is_first_asked_for(stand: Stand, cut: str) -> None:
    await captured(stand)
    await stand.service.refund(ONE, euros(1000), "a")
    stand.line.cut = cut
    with pytest.raises(Unavailable) as outage:
        await stand.service.refund_rest(ONE)
    assert outage.value.may_have_executed
    with pytest.raises(RefundTooLarge):
        await stand.service.refund(ONE, euros(1), "b")
    stand.line.cut = None
    refund = await rest(stand)
    assert (refund.amount, refund.state, refund.reference) == (euros(3990), RefundState.DONE, refund.id)
    asked = stand.line.calls.count("refund")
    assert await rest(stand) == refund
    assert stand.line.calls.count("refund") == asked
    await check_given_back(stand, 1000, 3990)


async def test_one_whose_answer_was_lost_is_finished_without_its_caller(stand: Stand) -> None:
    await captured(stand)
    stand.line.cut = "before"
    with pytest.raises(Unavailable):
        await stand.service.refund_rest(ONE)
    stand.line.cut = None
    assert await stand.settle_later(seconds=5) == 1
    await check_given_back(stand, 4990)


async def test_of_a_part_and_the_rest_at_once_each_cent_is_given_back_once(stand: Stand) -> None:
    await captured(stand)
    asked = [stand.service.refund_rest(ONE), stand.service.refund(ONE, euros(990), "a"), stand.service.refund_rest(ONE)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    given = {each.id: each.amount.amount for each in answers if isinstance(each, Refund)}
    await check_given_back(stand, *given.values())


async def test_it_is_not_all_given_back_while_another_refund_is_under_way(stand: Stand) -> None:
    await captured(stand, "tok_late")
    stand.line.cut = "before"
    with pytest.raises(Unavailable):
        await stand.service.refund(ONE, euros(1000), "a")
    stand.line.cut = None
    first = await rest(stand)
    assert (first.amount, first.state) == (euros(3990), RefundState.PENDING)
    stand.manual.advance(seconds=1)
    part = await rest(stand)
    assert (part.amount, part.reference, part.state) == (euros(1000), "a", RefundState.PENDING)
    stand.manual.advance(seconds=1)
    last = await rest(stand)
    assert (last.id, last.state) == (first.id, RefundState.DONE)
    await check_given_back(stand, 1000, 3990)


async def test_a_whole_that_is_under_way_is_told_until_it_is_given_back(stand: Stand) -> None:
    await captured(stand, "tok_late")
    whole = await stand.service.refund(ONE, PRICE, "a")
    for _ in range(2):
        assert await rest(stand) == whole
    await stand.settle_later(seconds=5)
    assert await stand.service.refund_rest(ONE) is None
    await check_given_back(stand, 4990)


async def test_what_is_refused_to_others_meanwhile_is_a_further_rest(stand: Stand) -> None:
    await captured(stand, LATE)
    await stand.service.refund(ONE, euros(1000), "a")
    first = await rest(stand)
    assert (first.amount, first.state) == (euros(3990), RefundState.PENDING)
    await stand.settle_later(seconds=5)
    assert (await stand.service.refund(ONE, euros(1000), "a")).refused == CLOSED
    second = await rest(stand)
    assert (second.amount, second.state) == (euros(1000), RefundState.PENDING)
    await stand.settle_later(seconds=5)
    assert (await rest(stand)).state is RefundState.DONE
    await check_given_back(stand, 3990, 1000)


async def test_a_refused_rest_is_asked_for_as_often_as_its_caller_says_that_it_knows(stand: Stand) -> None:
    await captured(stand, STUBBORN)
    refused = list[Refund]()
    for known in range(3):
        stand.manual.advance(days=1)
        refused.append(await rest(stand, known))
        assert refused[-1].refused == CLOSED
        assert await rest(stand, known) == refused[-1]
    assert [await rest(stand, known) for known in range(3)] == refused
    assert len({each.id for each in refused}) == stand.line.calls.count("refund") == 3
    assert (await stand.service.get_payment(ONE)).refunded == 0


async def test_who_claims_to_know_more_refusals_than_there_were_hears_of_each_that_follows(stand: Stand) -> None:
    await captured(stand, STUBBORN)
    assert (await rest(stand, 7)).refused == CLOSED
    assert stand.line.calls.count("refund") == 1


async def test_a_refused_rest_whose_answer_was_lost_is_told_and_not_asked_for_anew(stand: Stand) -> None:
    await captured(stand, STUBBORN)
    stand.line.cut = "after"
    with pytest.raises(Unavailable):
        await stand.service.refund_rest(ONE)
    stand.line.cut = None
    await stand.settle_later(seconds=5)
    assert (await rest(stand)).refused == CLOSED
    (book,) = await stand.service.get_books((ONE,))
    assert (len(book.refunds), book.waiting) == (1, None)
