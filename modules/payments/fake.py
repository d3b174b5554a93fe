"""Payments in memory, to run and test others alone: no provider, and nothing lasts longer than the process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import final

import msgspec

from contracts.kit import Clock, InvalidArgument
from contracts.payments import (
    Balance,
    DeclineReason,
    LedgerBook,
    Notice,
    Payment,
    PaymentBook,
    PaymentBookPage,
    PaymentDeclined,
    PaymentNotFound,
    Payments,
    PaymentState,
    Refund,
    RefundId,
    RefundState,
    RefundTooLarge,
    WrongState,
)
from contracts.values import Currency, Money, OrderId
from modules.payments import domain, reading
from modules.payments.cards import CLOSED, card_of
from modules.payments.domain import Posting
from modules.payments.settings import PaymentsSettings


@final
class FakePayments(Payments):
    """Decides by the sandbox's test cards alone; the slow ones are pending for as long as they are there, refunds are
    done or refused at once, and as there is nobody to ask, nothing follows from a call-back."""

    def __init__(self, clock: Clock, settings: PaymentsSettings) -> None:
        self._clock = clock
        self._secrets = settings.webhook_secrets
        self._refunds: dict[tuple[OrderId, str], Refund] = {}
        self._slowness = settings.sandbox_slow_seconds
        self._payments: dict[OrderId, Payment | None] = {}
        self._answered: dict[OrderId, float] = {}
        self._begun: dict[OrderId, datetime] = {}
        self._reasons: dict[OrderId, DeclineReason] = {}
        self._refusals: Counter[OrderId] = Counter()
        self._ledger: Counter[tuple[str, str]] = Counter()

    async def authorise(self, order_id: OrderId, amount: Money, token: str) -> Payment:
        if amount.amount <= 0:
            raise InvalidArgument(where="payments.authorise", problem=f"{amount} is not positive and cannot be held")
        if order_id not in self._payments:
            self._begin(order_id, amount, token)
        made = self._payments[order_id]
        if made is not None and made.amount != amount:
            problem = f"the order's payment is one of {made.amount}, not of {amount}"
            raise InvalidArgument(where="payments.authorise", problem=problem)
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
            raise _invalid(f"{amount} is not positive and cannot be given back")
        payment = await self.get_payment(order_id)
        found = self._refunds.get((order_id, reference))
        if found is not None:
            if found.amount != amount:
                raise _invalid(f"the refund {reference!r} is one of {found.amount}, not of {amount}")
            return found
        if payment.state is not PaymentState.CAPTURED:
            raise WrongState(state=payment.state)
        if amount.currency != payment.amount.currency:
            raise _invalid(f"{amount} is of another currency than the payment")
        left = payment.amount.amount - payment.refunded
        if amount.amount > left:
            raise RefundTooLarge(left=Money(amount=left, currency=amount.currency))
        return self._refund(payment, domain.new_refund_id(), reference, amount)

    async def refund_rest(self, order_id: OrderId, refusals: int = 0) -> Refund | None:
        payment = await self.get_payment(order_id)
        if payment.state is not PaymentState.CAPTURED:
            raise WrongState(state=payment.state)
        rests = [each for each in self._refunds.values() if each.order_id == order_id and each.id == each.reference]
        refused = [each for each in rests if each.refused is not None]
        if len(refused) > refusals:
            return refused[refusals]
        left = payment.amount.amount - payment.refunded
        if left:
            id_ = domain.new_refund_id()
            return self._refund(payment, id_, id_, Money(amount=left, currency=payment.amount.currency))
        return next((each for each in reversed(rests) if each.refused is None), None)

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

    async def list_books(self, cursor: str | None, limit: int = 100) -> PaymentBookPage:
        made = sorted(order_id for order_id, payment in self._payments.items() if payment is not None)
        found = await self.get_books(tuple(order_id for order_id in made if order_id > (cursor or ""))[:limit])
        next_cursor = found[-1].payment.order_id if len(found) == limit else None
        return PaymentBookPage(payments=found, next_cursor=next_cursor)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[PaymentBook, ...]:
        return tuple(self._book(payment) for each in order_ids if (payment := self._find(each)) is not None)

    async def get_ledger(self) -> tuple[LedgerBook, ...]:
        await self.list_balances()
        books = [self._book(each) for each in self._payments.values() if each is not None]
        return tuple(self._ledger_book(currency, books) for currency in sorted({each for _, each in self._ledger}))

    def _book(self, payment: Payment) -> PaymentBook:
        amount, state = payment.amount.amount, payment.state
        return PaymentBook(
            payment=payment,
            refunds=tuple(each for each in self._refunds.values() if each.order_id == payment.order_id),
            held=amount if state is PaymentState.AUTHORISED else 0,
            taken=amount - payment.refunded if state is PaymentState.CAPTURED else 0,
            waiting=self._begun[payment.order_id] if state is PaymentState.PENDING else None,
        )

    def _ledger_book(self, currency: Currency, books: list[PaymentBook]) -> LedgerBook:
        mine = [each for each in books if each.payment.amount.currency == currency]
        captured = [each.payment for each in mine if each.payment.state is PaymentState.CAPTURED]
        return LedgerBook(
            currency=currency,
            sum=sum(amount for (_, its), amount in self._ledger.items() if its == currency),
            held=self._ledger[domain.HELD, currency],
            authorised=sum(each.held for each in mine),
            taken=self._ledger[domain.RECEIVABLE, currency],
            captured=sum(each.amount.amount for each in captured),
            refunded=sum(each.refunded for each in captured),
            unbalanced=(),
            strays=(),
        )

    def _begin(self, order_id: OrderId, amount: Money, token: str) -> None:
        state = PaymentState.PENDING
        payment = Payment(id=domain.new_payment_id(), order_id=order_id, amount=amount, state=state)
        self._payments[order_id] = payment
        self._begun[order_id] = self._clock.now()
        card = card_of(token)
        self._answered[order_id] = time.monotonic() + (self._slowness if card.is_slow else 0)
        self._refusals[order_id] = card.refuses_refunds
        if card.decline is not None:
            self._reasons[order_id] = card.decline
            self._change(payment, PaymentState.DECLINED)

    def _refund(self, payment: Payment, id_: RefundId, reference: str, amount: Money) -> Refund:
        order_id = payment.order_id
        is_refused = self._refusals[order_id] > 0
        refund = self._refunds[order_id, reference] = Refund(
            id=id_,
            order_id=order_id,
            reference=reference,
            amount=amount,
            state=RefundState.PENDING if is_refused else RefundState.DONE,
            refused=CLOSED if is_refused else None,
        )
        if is_refused:
            self._refusals[order_id] -= 1
            return refund
        self._payments[order_id] = msgspec.structs.replace(payment, refunded=payment.refunded + amount.amount)
        self._post(domain.refund_postings(amount.amount), amount.currency)
        return refund

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


def _invalid(problem: str) -> InvalidArgument:
    return InvalidArgument(where="payments.refund", problem=problem)
