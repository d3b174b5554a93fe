"""How long an order and a payment may be where they are; a refund has its days only while it is under way."""

from __future__ import annotations

import pytest

from contracts.orders import OrderBook
from contracts.payments import PaymentBook, RefundState
from modules.auditor.rules import Case
from modules.auditor.settings import AuditorSettings
from modules.auditor.times import judge_times
from tests.modules.auditor.test_rules import (
    AUTHORISED,
    CANCELLING,
    CAPTURED,
    CONFIRMED,
    NOW,
    ORDER,
    PAID,
    PENDING,
    PLACED,
    VOIDED,
    order,
    payment,
    refund,
)

DAYS = 60 * 24
ASKED_FOR = refund(100, RefundState.PENDING)


def broken(its_order: OrderBook | None, its_payment: PaymentBook | None) -> list[str]:
    case = Case(ORDER, its_order, its_payment, None)
    return [each.rule for each in judge_times(case, NOW, AuditorSettings())]


@pytest.mark.parametrize(
    ("its_order", "its_payment"),
    [
        (order(PLACED, "authorise", 14), payment(PENDING, minutes=14)),
        (order(PLACED, "authorise", 14), payment(PENDING, minutes=29)),
        (order(CANCELLING, "refund", 14), payment(CAPTURED)),
        (order(CANCELLING, "refund", 3 * DAYS - 1), payment(CAPTURED, ASKED_FOR, minutes=3 * DAYS - 1)),
        (order(PAID, minutes=365 * DAYS), payment(CAPTURED, refund(10))),
        (order(PAID, minutes=365 * DAYS), payment(CAPTURED, ASKED_FOR, minutes=3 * DAYS - 1)),
    ],
)
def test_what_has_still_time_is_not_found(its_order: OrderBook, its_payment: PaymentBook) -> None:
    assert broken(its_order, its_payment) == []


@pytest.mark.parametrize(
    ("its_order", "its_payment"),
    [
        (order(PLACED, "authorise", 16), None),
        (order(CONFIRMED, "capture", 16), payment(AUTHORISED)),
        (order(CANCELLING, "restock", 16), payment(VOIDED)),
        (order(CANCELLING, "restock", 16), payment(CAPTURED, ASKED_FOR, minutes=16)),
        (order(CANCELLING, "refund", 16), payment(CAPTURED)),
        (order(CANCELLING, "refund", 16), payment(CAPTURED, refund(100))),
        (order(CANCELLING, "refund", 16), None),
    ],
)
def test_an_order_that_is_where_it_was_is_found(its_order: OrderBook, its_payment: PaymentBook | None) -> None:
    assert broken(its_order, its_payment) == ["order-in-time"]


@pytest.mark.parametrize(
    ("its_order", "its_payment"),
    [
        (order(PLACED), payment(PENDING, minutes=31)),
        (order(CANCELLING), payment(CAPTURED, ASKED_FOR, minutes=3 * DAYS + 1)),
        (order(PAID), payment(CAPTURED, ASKED_FOR, minutes=3 * DAYS + 1)),
        (None, payment(PENDING, minutes=31)),
    ],
)
def test_a_payment_that_the_provider_keeps_silent_on_is_found(
    its_order: OrderBook | None, its_payment: PaymentBook
) -> None:
    assert broken(its_order, its_payment) == ["payment-in-time"]


def test_a_refund_that_takes_too_long_is_told_of_the_order_and_of_the_payment() -> None:
    late = 3 * DAYS + 1
    assert broken(order(CANCELLING, "refund", late), payment(CAPTURED, ASKED_FOR, minutes=late)) == [
        "order-in-time",
        "payment-in-time",
    ]
