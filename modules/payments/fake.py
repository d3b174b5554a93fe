"""Payments in memory, to run and test others alone: no provider, and nothing lasts longer than the process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import final

import msgspec

from contracts.kit import Clock, InvalidArgument
from contracts.payments import (
    Balance,
    DeclineReason,
    Notice,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    Payments,
    PaymentState,
    Refund,
    RefundState,
    RefundTooLarge,
    WrongState,
)
from contracts.values import Currency, Money, OrderId
from modules.payments import domain, reading
from modules.payments.cards import card_of
from modules.payments.domain import Posting
from modules.payments.settings import PaymentsSettings


@final
class FakePayments(Payments):
    """Decides by the sandbox's test cards alone; the slow ones are pending for as long as they are there, refunds are
    done at once, and as there is nobody to ask, nothing follows from a call-back."""

    def __init__(self, clock: Clock, settings: PaymentsSettings) -> None:
        self._clock = clock
        self._secrets = settings.webhook_secrets
        self._refunds: dict[tuple[OrderId, str], Refund] = {}
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

    async def refund(self, order_id: OrderId, amount: Money, reference: str) -> Refund:
        if amount.amount <= 0:
            raise _refused(f"{amount} is not positive and cannot be given back")
        payment = await self.get_payment(order_id)
        found = self._refunds.get((order_id, reference))
        if found is not None:
            if found.amount != amount:
                raise _refused(f"the refund {reference!r} is one of {found.amount}, not of {amount}")
            return found
        if payment.state is not PaymentState.CAPTURED:
            raise WrongState(state=payment.state)
        if amount.currency != payment.amount.currency:
            raise _refused(f"{amount} is of another currency than the payment")
        left = payment.amount.amount - payment.refunded
        if amount.amount > left:
            raise RefundTooLarge(left=Money(amount=left, currency=amount.currency))
        refund = self._refunds[order_id, reference] = Refund(
            id=domain.new_refund_id(), order_id=order_id, reference=reference, amount=amount, state=RefundState.DONE
        )
        self._payments[order_id] = msgspec.structs.replace(payment, refunded=payment.refunded + amount.amount)
        self._post(domain.refund_postings(amount.amount), amount.currency)
        return refund

    async def take_notice(self, notice: Notice) -> None:
        reading.read(notice, self._secrets, self._clock.now())

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
        card = card_of(token)
        self._answered[order_id] = time.monotonic() + (self._slowness if card.is_slow else 0)
        if card.decline is not None:
            self._reasons[order_id] = card.decline
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
        self._post(domain.postings(payment.state, state, payment.amount.amount), payment.amount.currency)
        return changed

    def _post(self, postings: Iterable[Posting], currency: Currency) -> None:
        for posting in postings:
            self._ledger[posting.account, currency] += posting.debit - posting.credit


def _refused(problem: str) -> InvalidArgument:
    return InvalidArgument(where="payments.refund", problem=problem)
