"""The rules about time: which orders and payments should have gone on by now.

What breaks one of them may go on at any moment, as after an outage: so it is told only where it does not (see
`modules.auditor.auditor`). The sentences say in which place it is and since when, and change when that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.kit import Finding
from contracts.orders import OrderBook
from contracts.payments import PaymentBook, PaymentState
from modules.auditor.rules import LASTING, Case, Rule
from modules.auditor.settings import AuditorSettings


def judge_times(case: Case, now: datetime, limits: AuditorSettings) -> Iterator[Finding]:
    """Say what of an order, or of its payment, has been where it is for longer than it may."""
    if case.order is not None:
        yield from _judge_order(case.order, case.payment, now, limits)
    if case.payment is not None:
        yield from _judge_payment(case.payment, now, limits)


def _judge_order(
    order: OrderBook, payment: PaymentBook | None, now: datetime, limits: AuditorSettings
) -> Iterator[Finding]:
    is_refunding = order.step == "refund" and payment is not None and _waits_for_refund(payment)
    limit = timedelta(hours=limits.refund_hours) if is_refunding else timedelta(minutes=limits.order_minutes)
    if order.state not in LASTING and now - order.changed > limit:
        problem = f"it is {order.state} and waits to {order.step} since {order.changed:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(rule=Rule.ORDER_IN_TIME.value, subject=order.id, problem=problem)


def _judge_payment(payment: PaymentBook, now: datetime, limits: AuditorSettings) -> Iterator[Finding]:
    is_refunding = _waits_for_refund(payment)
    limit = timedelta(hours=limits.refund_hours) if is_refunding else timedelta(minutes=limits.payment_minutes)
    if payment.waiting is not None and now - payment.waiting > limit:
        what = "refund" if is_refunding else "payment"
        problem = f"its {what} is pending since {payment.waiting:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(rule=Rule.PAYMENT_IN_TIME.value, subject=payment.payment.order_id, problem=problem)


def _waits_for_refund(payment: PaymentBook) -> bool:
    return payment.waiting is not None and payment.payment.state is not PaymentState.PENDING
