"""What an order's timeline tells its customer of the payment, and when."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.kit import CallError, TimedOut, Unavailable
from contracts.payments import DeclineReason, Refund
from contracts.values import Money
from modules.orders.domain import Answer, Step
from modules.orders.store.tasks import Task

DECLINED: Mapping[DeclineReason, str] = {
    DeclineReason.DECLINED: "Payment declined",
    DeclineReason.INSUFFICIENT_FUNDS: "Payment declined: not enough money on the card",
    DeclineReason.UNKNOWN_CARD: "Payment declined: the card is not known",
}

_ASKS_PROVIDER = frozenset({Step.AUTHORISE, Step.CAPTURE, Step.VOID, Step.REFUND})

UNANSWERED = "The payment provider has not answered: it is asked again"
FOUND = "The payment provider was asked again, and answered"
REFUNDING = "Refund under way"
RETRYING = "The store asks for the refund again"


def is_open(step: Step, error: CallError) -> bool:
    """Say whether a failure leaves open what the payment provider did."""
    may_have_executed = isinstance(error, TimedOut) or (isinstance(error, Unavailable) and error.may_have_executed)
    return step in _ASKS_PROVIDER and may_have_executed


def refused(reason: str) -> str:
    """Return that a refund was refused for good, with the provider's word for why."""
    return f"The payment provider refused the refund ({reason}): the store will see to it"


def refunded(refund: Refund | None, total: Money) -> str:
    """Return that everything was given back: by the order's own refund, or by others before it, or by both."""
    if refund is None:
        return "The payment had been refunded before"
    return "Payment refunded" if refund.amount == total else "The rest of the payment refunded"


def found(task: Task, *says: str) -> list[str]:
    """Return what the provider's answer means, after saying, where it had kept silent, that there is one."""
    return [FOUND, *says] if task.answer is Answer.MISSING else [*says]
