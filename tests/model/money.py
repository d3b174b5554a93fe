"""The model of the payments: one for each order, what was given back of it, and the ledger that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.kit import InvalidArgument, Unavailable
from contracts.payments import (
    DeclineReason,
    PaymentDeclined,
    PaymentNotFound,
    PaymentState,
    RefundState,
    RefundTooLarge,
    WrongState,
)
from contracts.values import OrderId
from tests.model.goods import euros

GOOD, LOST, LATE, CLOSED = "tok_success", "tok_lost", "tok_late", "tok_closed"
"""Cards that hold at once; whose every first answer is lost; whose answers need time to be made; and to which the first
refund is refused."""

REASONS: Mapping[str, DeclineReason] = {
    "tok_decline": DeclineReason.DECLINED,
    "tok_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "tok_of_nobody": DeclineReason.UNKNOWN_CARD,
}

HELD, HOLDS, RECEIVABLE, SALES = "provider:held", "customers:holds", "provider:receivable", "sales:clearing"


class Standing(NamedTuple):
    """What anybody can see of a payment: amount and refunded in cents."""

    amount: int
    state: PaymentState
    refunded: int


@dataclass
class Refunded:
    """An amount that was given back, or is ``ready`` to be at some time."""

    amount: int
    ready: datetime
    state: RefundState
    is_refused: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether the provider has still to say how it ends."""
        return self.state is RefundState.PENDING and not self.is_refused


@dataclass
class Bill:
    """An order's payment; without an amount it was voided before there was one.

    ``refunds`` are by their callers' references, and by number those of what was left."""

    state: PaymentState
    amount: int = 0
    card: str = ""
    ready: datetime | None = None
    refunds: dict[str | int, Refunded] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return Standing(self.amount, self.state, self.refunded)

    @property
    def refunded(self) -> int:
        """What was given back or is on its way."""
        return sum(each.amount for each in self.refunds.values() if not each.is_refused)

    @property
    def given_back(self) -> int:
        """What was given back by now."""
        return sum(each.amount for each in self.refunds.values() if each.state is RefundState.DONE)


class Till:
    """All payments. ``slowness`` is what the slow card's holds and refunds take; without it, nobody has to wait."""

    def __init__(self, slowness: timedelta = timedelta()) -> None:
        self.bills: dict[OrderId, Bill] = {}
        self._slowness = slowness

    def authorise(self, order_id: OrderId, amount: int, card: str, now: datetime) -> Standing:
        """Have an amount held; asking again tells how that went."""
        if amount <= 0:
            raise InvalidArgument(where="payments.authorise", problem="")
        bill = self.bills.get(order_id)
        if bill is None:
            bill = self.bills[order_id] = Bill(PaymentState.PENDING, amount, card, self._ready(card, now))
        if bill.amount not in (0, amount):
            raise InvalidArgument(where="payments.authorise", problem="")
        if bill.state is PaymentState.PENDING:
            self._settle(bill, now)
        if bill.state is PaymentState.PENDING:
            raise _undecided("authorise")
        if bill.state not in (PaymentState.AUTHORISED, PaymentState.CAPTURED):
            was_declined = bill.state is PaymentState.DECLINED
            raise PaymentDeclined(reason=REASONS[bill.card] if was_declined else DeclineReason.DECLINED)
        return bill.standing

    def capture(self, order_id: OrderId) -> Standing:
        """Take what is held."""
        bill = self._find(order_id)
        if bill.state not in (PaymentState.AUTHORISED, PaymentState.CAPTURED):
            raise WrongState(state=bill.state)
        bill.state = PaymentState.CAPTURED
        return bill.standing

    def void(self, order_id: OrderId) -> Standing | None:
        """Give up a hold, or see to it that there will be none."""
        bill = self.bills.setdefault(order_id, Bill(PaymentState.VOIDED))
        if bill.state is PaymentState.CAPTURED:
            raise WrongState(state=bill.state)
        if bill.state is PaymentState.DECLINED or not bill.amount:
            return None
        bill.state = PaymentState.VOIDED
        return bill.standing

    def refund(self, order_id: OrderId, amount: int, reference: str, now: datetime) -> Refunded:
        """Give back a captured amount, or a part of it."""
        if amount <= 0:
            raise InvalidArgument(where="payments.refund", problem="")
        bill = self._find(order_id)
        if reference not in bill.refunds:
            if bill.state is not PaymentState.CAPTURED:
                raise WrongState(state=bill.state)
            left = bill.amount - bill.refunded
            if amount > left:
                raise RefundTooLarge(left=euros(left))
            self._give_back(bill, amount, reference, now)
        refund = bill.refunds[reference]
        if refund.amount != amount:
            raise InvalidArgument(where="payments.refund", problem="")
        self._finish(refund, now)
        return refund

    def refund_rest(self, order_id: OrderId, refusals: int, now: datetime) -> Refunded | None:
        """Give back whatever is left of a captured amount."""
        bill = self._find(order_id)
        if bill.state is not PaymentState.CAPTURED:
            raise WrongState(state=bill.state)
        while True:
            rests = [each for name, each in bill.refunds.items() if isinstance(name, int)]
            refused = [each for each in rests if each.is_refused]
            under_way = [each for each in (*rests, *bill.refunds.values()) if each.is_under_way]
            left = bill.amount - bill.refunded
            if len(refused) > refusals:
                return refused[refusals]
            if left and not any(each in rests for each in under_way):
                refund = self._give_back(bill, left, len(rests), now)
            elif under_way:
                refund = under_way[0]
                self._finish(refund, now)
            else:
                return next((each for each in reversed(rests) if not each.is_refused), None)
            if refund.state is not RefundState.DONE:
                return refund

    def standing(self, order_id: OrderId) -> Standing:
        """Tell how a payment stands."""
        return self._find(order_id).standing

    def catch_up(self, now: datetime) -> None:
        """Learn what the provider has done meanwhile."""
        for bill in self.bills.values():
            self._settle(bill, now)
            for refund in bill.refunds.values():
                self._finish(refund, now)

    @property
    def balances(self) -> dict[str, int]:
        """What each account of the ledger holds, debits positive; accounts that hold nothing are left out."""
        held = sum(bill.amount for bill in self.bills.values() if bill.state is PaymentState.AUTHORISED)
        taken = sum(
            bill.amount - bill.given_back for bill in self.bills.values() if bill.state is PaymentState.CAPTURED
        )
        sums = {HELD: held, HOLDS: -held, RECEIVABLE: taken, SALES: -taken}
        return {account: amount for account, amount in sums.items() if amount}

    def _find(self, order_id: OrderId) -> Bill:
        bill = self.bills.get(order_id)
        if bill is None or not bill.amount:
            raise PaymentNotFound(order_id=order_id)
        return bill

    def _give_back(self, bill: Bill, amount: int, reference: str | int, now: datetime) -> Refunded:
        is_refused = bill.card == CLOSED and not any(each.is_refused for each in bill.refunds.values())
        refund = Refunded(amount, self._ready(bill.card, now), RefundState.PENDING, is_refused)
        bill.refunds[reference] = refund
        self._finish(refund, now)
        return refund

    def _ready(self, card: str, now: datetime) -> datetime:
        return now + self._slowness if card == LATE else now

    def _settle(self, bill: Bill, now: datetime) -> None:
        if bill.state is PaymentState.PENDING and bill.ready is not None and bill.ready <= now:
            bill.state = PaymentState.DECLINED if bill.card in REASONS else PaymentState.AUTHORISED

    def _finish(self, refund: Refunded, now: datetime) -> None:
        if refund.ready <= now and not refund.is_refused:
            refund.state = RefundState.DONE


def _undecided(operation: str) -> Unavailable:
    return Unavailable(operation=f"payments.{operation}", reason="", may_have_executed=True)
