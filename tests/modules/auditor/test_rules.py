"""What must be so of an order in each state, of a payment, of the ledger and of a SKU; each rule is shown a breach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from contracts.inventory import Count, ReservationBook, ReservationState, StockBook, Stray
from contracts.orders import OrderBook, OrderState
from contracts.payments import (
    LedgerBook,
    Payment,
    PaymentBook,
    PaymentId,
    PaymentState,
    Refund,
    RefundId,
    RefundState,
)
from contracts.values import Line, Money, OrderId, Sku
from modules.auditor.rules import Case, judge_case, judge_ledger, judge_payment, judge_reservation, judge_stock

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORDER, MUG = OrderId("F1"), Sku("MUG")
PLACED, CONFIRMED, PAID = OrderState.PLACED, OrderState.CONFIRMED, OrderState.PAID
CANCELLING, CANCELLED, REJECTED = OrderState.CANCELLING, OrderState.CANCELLED, OrderState.REJECTED
PENDING, AUTHORISED, DECLINED = PaymentState.PENDING, PaymentState.AUTHORISED, PaymentState.DECLINED
CAPTURED, VOIDED = PaymentState.CAPTURED, PaymentState.VOIDED
HELD, EXPIRED = ReservationState.HELD, ReservationState.EXPIRED
RELEASED, COMMITTED = ReservationState.RELEASED, ReservationState.COMMITTED


def mugs(count: int) -> tuple[Count, ...]:
    return (Count(sku=MUG, quantity=count),) if count else ()


def order(state: OrderState = PAID, step: str | None = None, minutes: float = 0) -> OrderBook:
    """An order of two mugs for 100 cents that has been where it is for so many minutes."""
    return OrderBook(
        id=ORDER,
        state=state,
        step=step,
        changed=NOW - timedelta(minutes=minutes),
        lines=(Line(sku=MUG, quantity=2),),
        total=Money(amount=100, currency="EUR"),
    )


def refund(amount: int, state: RefundState = RefundState.DONE, refused: str | None = None) -> Refund:
    money = Money(amount=amount, currency="EUR")
    return Refund(id=RefundId("ref"), order_id=ORDER, reference="revoked", amount=money, state=state, refused=refused)


REFUSED = refund(100, RefundState.PENDING, "card_closed")


def payment(
    state: PaymentState = CAPTURED, *refunds: Refund, amount: int = 100, minutes: float | None = None
) -> PaymentBook:
    """A payment that is in order by itself; its answer has been waited for for so many minutes."""
    money = Money(amount=amount, currency="EUR")
    back = sum(each.amount.amount for each in refunds if each.refused is None)
    return PaymentBook(
        payment=Payment(id=PaymentId("pay"), order_id=ORDER, amount=money, state=state, refunded=back),
        refunds=refunds,
        held=amount if state is AUTHORISED else 0,
        taken=amount - back if state is CAPTURED else 0,
        waiting=None if minutes is None else NOW - timedelta(minutes=minutes),
    )


def stock(
    state: ReservationState = COMMITTED, left: int | None = None, back: int = 0, held: int = 2
) -> ReservationBook:
    """A reservation of two mugs."""
    gone = left if left is not None else 2 if state is COMMITTED else 0
    return ReservationBook(order_id=ORDER, state=state, lines=mugs(held), left=mugs(gone), came_back=mugs(back))


def broken(case: Case) -> set[str]:
    return {str(each.rule) for each in judge_case(case)}


@pytest.mark.parametrize(
    ("its_order", "its_payment", "its_stock"),
    [
        (order(PLACED), None, None),
        (order(PLACED), payment(PENDING), stock(HELD)),
        (order(PLACED), payment(DECLINED), stock(HELD)),
        (order(PLACED), payment(AUTHORISED), stock(EXPIRED)),
        (order(PLACED), payment(VOIDED), stock(RELEASED)),
        (order(CONFIRMED), payment(AUTHORISED), stock(HELD)),
        (order(CONFIRMED), payment(AUTHORISED), stock(COMMITTED)),
        (order(CONFIRMED), payment(CAPTURED), stock(COMMITTED)),
        (order(CONFIRMED), payment(VOIDED), stock(RELEASED)),
        (order(PAID), payment(CAPTURED), stock(COMMITTED)),
        (order(CANCELLING), payment(CAPTURED), stock(COMMITTED)),
        (order(CANCELLING), payment(CAPTURED, refund(100)), stock(COMMITTED, back=1)),
        (order(CANCELLING, "refund"), payment(CAPTURED, refund(100, RefundState.PENDING)), stock()),
        (order(CANCELLED), payment(CAPTURED, refund(100)), stock(COMMITTED, back=2)),
        (order(CANCELLING, "refund"), payment(CAPTURED, REFUSED, refund(100, RefundState.PENDING)), stock()),
        (order(CANCELLED), payment(CAPTURED, REFUSED, refund(100)), stock(COMMITTED, back=2)),
        (order(CANCELLED), payment(VOIDED), stock(COMMITTED, back=2)),
        (order(CANCELLED), None, stock(RELEASED, held=0)),
        (order(REJECTED), payment(DECLINED), stock(RELEASED)),
        (order(CONFIRMED, "restock"), payment(VOIDED), stock(COMMITTED, back=1)),
        (order(CONFIRMED, "restock"), payment(VOIDED), stock(COMMITTED, back=2)),
        (order(PAID), payment(CAPTURED), stock(COMMITTED, back=1)),
        (order(PAID), payment(CAPTURED), stock(COMMITTED, back=2)),
        (order(PAID), payment(CAPTURED, refund(1)), stock(COMMITTED)),
        (order(PAID), payment(CAPTURED, refund(40), refund(60, RefundState.PENDING)), stock(COMMITTED)),
        (None, None, stock(RELEASED)),
    ],
)
def test_what_may_be_is_not_found(
    its_order: OrderBook | None, its_payment: PaymentBook | None, its_stock: ReservationBook | None
) -> None:
    assert broken(Case(ORDER, its_order, its_payment, its_stock)) == set()


@pytest.mark.parametrize(
    ("its_order", "its_payment", "its_stock", "rule"),
    [
        (order(PAID), None, stock(), "payment-of-order"),
        (order(PAID), payment(AUTHORISED), stock(), "payment-of-order"),
        (order(PAID), payment(amount=200), stock(), "payment-of-order"),
        (order(PAID), payment(CAPTURED, refund(101)), stock(), "payment-of-order"),
        (order(CONFIRMED), None, stock(), "payment-of-order"),
        (order(CONFIRMED), payment(DECLINED), stock(), "payment-of-order"),
        (order(PLACED), payment(CAPTURED), stock(HELD), "payment-of-order"),
        (order(CANCELLED), payment(CAPTURED), stock(RELEASED), "payment-of-order"),
        (order(CANCELLED), payment(CAPTURED, refund(99)), stock(back=2), "payment-of-order"),
        (order(CANCELLING, "refund"), payment(CAPTURED, REFUSED), stock(), "payment-of-order"),
        (order(CANCELLED), payment(CAPTURED, REFUSED), stock(back=2), "payment-of-order"),
        (order(CANCELLED), payment(CAPTURED, REFUSED, refund(99)), stock(back=2), "payment-of-order"),
        (order(CANCELLED), payment(CAPTURED, refund(100, RefundState.PENDING)), stock(back=2), "payment-of-order"),
        (order(REJECTED), payment(AUTHORISED), stock(RELEASED), "payment-of-order"),
        (order(REJECTED), payment(PENDING), stock(RELEASED), "payment-of-order"),
        (None, payment(CAPTURED), None, "payment-of-order"),
        (order(PAID), payment(), None, "stock-of-order"),
        (order(PAID), payment(), stock(left=4), "stock-of-order"),
        (order(PAID), payment(), stock(back=3), "stock-of-order"),
        (order(CONFIRMED, "capture"), payment(AUTHORISED), stock(back=1), "stock-of-order"),
        (order(CONFIRMED, "restock"), payment(VOIDED), stock(back=3), "stock-of-order"),
        (order(CONFIRMED, "restock"), payment(VOIDED), stock(HELD, back=1), "stock-of-order"),
        (order(PLACED), payment(AUTHORISED), stock(HELD, back=1), "stock-of-order"),
        (order(PLACED), payment(AUTHORISED), stock(), "stock-of-order"),
        (order(CANCELLING), payment(), stock(back=3), "stock-of-order"),
        (order(CANCELLED), payment(VOIDED), stock(), "stock-of-order"),
        (order(CANCELLED), payment(VOIDED), stock(back=3), "stock-of-order"),
        (None, None, stock(), "stock-of-order"),
        (order(REJECTED), payment(DECLINED), stock(HELD), "reservation-of-order"),
        (None, None, stock(HELD), "reservation-of-order"),
    ],
)
def test_what_must_not_be_is_found(
    its_order: OrderBook | None, its_payment: PaymentBook | None, its_stock: ReservationBook | None, rule: str
) -> None:
    assert broken(Case(ORDER, its_order, its_payment, its_stock)) == {rule}


def test_a_refusal_is_told_with_the_providers_word_for_it() -> None:
    case = Case(ORDER, order(CANCELLING, "refund"), payment(CAPTURED, REFUSED), stock())
    (finding,) = judge_case(case)
    assert finding.problem == "it is cancelling, and the provider refused to refund 100 EUR: card_closed"


@pytest.mark.parametrize("state", PaymentState)
def test_a_payment_is_as_its_refunds_and_the_ledger_say(state: PaymentState) -> None:
    book = payment(state)
    assert list(judge_payment(book)) == []
    for wrong in ({"held": book.held + 1}, {"taken": book.taken - 1}, {"refunds": (refund(10),)}):
        (finding,) = judge_payment(msgspec.structs.replace(book, **wrong))
        assert (finding.rule, finding.subject) == ("ledger-complete", ORDER)


def test_what_is_refunded_is_no_more_than_was_captured() -> None:
    assert list(judge_payment(payment(CAPTURED, refund(40), refund(60)))) == []
    assert len(list(judge_payment(payment(CAPTURED, refund(40), refund(61))))) == 1
    assert list(judge_payment(payment(CAPTURED, REFUSED, REFUSED, refund(100)))) == []
    pending = refund(40, RefundState.PENDING)
    assert list(judge_payment(msgspec.structs.replace(payment(CAPTURED, pending), taken=100))) == []


def test_a_refund_is_in_the_currency_of_its_payment() -> None:
    book, dollars = payment(CAPTURED, refund(40)), Money(amount=40, currency="USD")
    assert list(judge_payment(book)) == []
    (finding,) = judge_payment(
        msgspec.structs.replace(book, refunds=(msgspec.structs.replace(refund(40), amount=dollars),))
    )
    assert (finding.rule, finding.subject) == ("ledger-complete", ORDER)
    assert finding.problem == "40 USD refunded by its refund ref, of 100 EUR"


def test_a_refund_is_of_the_payment_of_its_order() -> None:
    book = msgspec.structs.replace(payment(CAPTURED, refund(40)), elsewhere=(RefundId("ref"),))
    (finding,) = judge_payment(book)
    assert (finding.rule, finding.subject) == ("ledger-complete", ORDER)
    assert finding.problem == "its refund ref was asked for of another payment"


@pytest.mark.parametrize(
    ("wrong", "rule", "subject"),
    [
        ({"sum": 1}, "ledger-balanced", "EUR"),
        ({"unbalanced": ("pay:captured",)}, "ledger-balanced", "pay:captured"),
        ({"strays": ("pay:again",)}, "ledger-complete", "pay:again"),
        ({"held": 301}, "ledger-complete", "EUR held"),
        ({"taken": 499}, "ledger-complete", "EUR taken"),
        ({"refunded": 0}, "ledger-complete", "EUR taken"),
    ],
)
def test_the_ledger_is_balanced_and_says_what_the_payments_say(wrong: dict[str, Any], rule: str, subject: str) -> None:
    book = LedgerBook(
        currency="EUR", sum=0, held=300, authorised=300, taken=500, captured=600, refunded=100, unbalanced=(), strays=()
    )
    assert list(judge_ledger(book)) == []
    (finding,) = judge_ledger(msgspec.structs.replace(book, **wrong))
    assert (finding.rule, finding.subject) == (rule, subject)


@pytest.mark.parametrize("wrong", [{"on_hand": 8}, {"left": 2}, {"came_back": 0}, {"reserved": 3}, {"held": 1}])
def test_stock_adds_up(wrong: dict[str, int]) -> None:
    book = StockBook(sku=MUG, on_hand=7, reserved=2, received=9, left=3, came_back=1, held=2)
    assert list(judge_stock(book)) == []
    (finding,) = judge_stock(msgspec.structs.replace(book, **wrong))
    assert (finding.rule, finding.subject) == ("stock-adds-up", MUG)


def test_what_left_and_came_back_has_a_reservation() -> None:
    book = StockBook(sku=MUG, on_hand=7, reserved=0, received=9, left=3, came_back=1, held=0)
    strays = (Stray(order_id=ORDER, left=3, came_back=0), Stray(order_id=None, left=0, came_back=1))
    (finding,) = judge_stock(msgspec.structs.replace(book, strays=strays))
    assert (finding.rule, finding.subject) == ("stock-adds-up", MUG)
    assert finding.problem == (
        "3 left for F1, which has no reservation, and 0 came back; "
        "0 left for no order, which has no reservation, and 1 came back"
    )


@pytest.mark.parametrize(("on_hand", "reserved"), [(-1, 0), (1, 2), (1, -1)])
def test_stock_is_never_less_than_nothing_or_than_what_is_reserved(on_hand: int, reserved: int) -> None:
    book = StockBook(sku=MUG, on_hand=on_hand, reserved=reserved, received=on_hand, left=0, came_back=0, held=reserved)
    (finding,) = judge_stock(book)
    assert finding.problem == f"{on_hand} are on hand and {reserved} of them reserved"


def test_what_left_for_an_order_is_what_was_reserved_for_it() -> None:
    assert [list(judge_reservation(stock(state))) for state in ReservationState] == [[]] * 4
    for wrong in (stock(COMMITTED, left=4), stock(COMMITTED, left=0), stock(RELEASED, left=2), stock(back=3)):
        (finding,) = judge_reservation(wrong)
        assert (finding.rule, finding.subject) == ("stock-of-order", ORDER)
