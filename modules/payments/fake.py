"""Payments in memory, to run and test others alone: no provider, and nothing lasts longer than the process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import final

import msgspec

from contracts.kit import InvalidArgument
from contracts.payments import (
    Balance,
    DeclineReason,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    Payments,
    PaymentState,
    WrongState,
)
from contracts.values import Money, OrderId
from modules.payments import domain
from modules.payments.settings import PaymentsSettings

SUCCESS, SLOW = "tok_success", "tok_slow"
REASONS: Mapping[str, DeclineReason] = {
    "tok_decline": DeclineReason.DECLINED,
    "tok_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
}


@final
class FakePayments(Payments):
    """Decides by the sandbox's test cards alone; the slow one is pending for as long as it is there."""

    def __init__(self, settings: PaymentsSettings) -> None:
        self._slowness = settings.sandbox_slow_seconds
        self._payments: dict[OrderId, Payment | None] = {}
        self._answered: dict[OrderId, float] = {}
        self._reasons: dict[OrderId, DeclineReason] = {}
        self._ledger: Counter[tuple[str, str]] = Counter()

    async def authorise(self, order_id: OrderId, amount: Money, token: str) -> Payment:
        if amount.amount <= 0:
            raise InvalidArgument(where="payments.authorise", problem=f"{amount} is not positive and cannot be held")
        if order_id not in self._payments:
            self._begin(order_id, amount, token)
        await asyncio.sleep(self._answered.get(order_id, 0) - time.monotonic())
        self._answered[order_id] = 0
        payment = self._find(order_id)
        if payment is None or payment.state not in (PaymentState.AUTHORISED, PaymentState.CAPTURED):
            raise PaymentDeclined(reason=self._reasons.get(order_id, DeclineReason.DECLINED))
        return payment

    async def capture(self, order_id: OrderId) -> Payment:
        payment = await self.get_payment(order_id)
        if payment.state is PaymentState.AUTHORISED:
            return self._change(payment, PaymentState.CAPTURED)
        if payment.state is not PaymentState.CAPTURED:
            raise WrongState(state=payment.state)
        return payment

    async def void(self, order_id: OrderId) -> Payment | None:
        self._payments.setdefault(order_id, None)
        payment = self._find(order_id)
        if payment is None or payment.state is PaymentState.DECLINED:
            return None
        if payment.state is PaymentState.CAPTURED:
            raise WrongState(state=payment.state)
        return self._change(payment, PaymentState.VOIDED)

    async def get_payment(self, order_id: OrderId) -> Payment:
        payment = self._find(order_id)
        if payment is None:
            raise PaymentNotFound(order_id=order_id)
        return payment

    async def list_balances(self) -> tuple[Balance, ...]:
        for order_id in self._payments:
            self._find(order_id)
        return tuple(
            Balance(account=account, amount=amount, currency=currency)
            for (account, currency), amount in sorted(self._ledger.items())
        )

    def _begin(self, order_id: OrderId, amount: Money, token: str) -> None:
        state = PaymentState.PENDING
        payment = Payment(id=domain.new_payment_id(), order_id=order_id, amount=amount, state=state)
        self._payments[order_id] = payment
        self._answered[order_id] = time.monotonic() + (self._slowness if token == SLOW else 0)
        if token not in (SUCCESS, SLOW):
            self._reasons[order_id] = REASONS.get(token, DeclineReason.UNKNOWN_CARD)
            self._change(payment, PaymentState.DECLINED)

    def _find(self, order_id: OrderId) -> Payment | None:
        """Return an order's payment as it is by now: the provider answers, whoever waits for it."""
        payment = self._payments.get(order_id)
        if payment is None or payment.state is not PaymentState.PENDING:
            return payment
        is_answered = time.monotonic() >= self._answered[order_id]
        return self._change(payment, PaymentState.AUTHORISED) if is_answered else payment

    def _change(self, payment: Payment, state: PaymentState) -> Payment:
        changed = self._payments[payment.order_id] = msgspec.structs.replace(payment, state=state)
        for posting in domain.postings(payment.state, state, payment.amount.amount):
            self._ledger[posting.account, payment.amount.currency] += posting.debit - posting.credit
        return changed
