"""What an order's timeline tells its customer of the payment, and when."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.kit import CallError, TimedOut, Unavailable
from contracts.payments import DeclineReason
from modules.orders.domain import Step
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


def is_open(step: Step, error: CallError) -> bool:
    """Say whether a failure leaves open what the payment provider did."""
    may_have_executed = isinstance(error, TimedOut) or (isinstance(error, Unavailable) and error.may_have_executed)
    return step in _ASKS_PROVIDER and may_have_executed


def found(task: Task, *says: str) -> list[str]:
    """Return what the provider's answer means, after saying, where it had kept silent, that there is one."""
    return [FOUND, *says] if task.is_unanswered else [*says]
