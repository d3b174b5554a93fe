"""What the payments do. Every call to the provider stands between two transactions: intent, then outcome."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database, InvalidArgument, Unavailable
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
    WrongState,
)
from contracts.values import Money, OrderId
from modules.payments import domain
from modules.payments.domain import Answer, Doing
from modules.payments.notices import Notices
from modules.payments.outcome import Outcomes
from modules.payments.provider import Provider, ProviderUnreachable
from modules.payments.refunds import Refunds
from modules.payments.settings import PaymentsSettings
from modules.payments.store import books, ledger, payments
from modules.payments.store.payments import Kept
from modules.payments.store.refunds import KeptRefund


@final
class PaymentsService(Payments):
    """Payments over their database; each operation is described by the contract."""

    def __init__(
        self,
        database: Database[AsyncSession],
        clock: Clock,
        provider: Provider,
        outcomes: Outcomes,
        refunds: Refunds,
        notices: Notices,
        settings: PaymentsSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._provider = provider
        self._outcomes = outcomes
        self._refunds = refunds
        self._notices = notices
        self._pause = timedelta(seconds=settings.settle_after_seconds)

    async def authorise(self, order_id: OrderId, amount: Money, token: str) -> Payment:
        if amount.amount <= 0:
            raise InvalidArgument(where="payments.authorise", problem=f"{amount} is not positive and cannot be held")
        async with self._database.write() as work:
            await work.begin(order_id)
            kept = await payments.find(work.session, order_id, lock=True)
            if kept is None:
                kept = self._new(order_id, amount, PaymentState.PENDING, Doing.AUTHORISE)
                await payments.add(work.session, kept, kept.created + self._pause)
            elif kept.amount not in (None, amount):
                problem = f"the order's payment is one of {kept.amount}, not of {amount}"
                raise InvalidArgument(where="payments.authorise", problem=problem)
        if kept.state is PaymentState.PENDING and kept.doing is Doing.AUTHORISE:
            assert kept.amount is not None
            kept = await self._outcome(kept, self._provider.authorise(kept.id, kept.amount, token))
        match kept.state:
            case PaymentState.AUTHORISED | PaymentState.CAPTURED:
                return kept.as_message()
            case PaymentState.PENDING if kept.doing is Doing.AUTHORISE:
                raise _undecided("authorise")
        raise PaymentDeclined(reason=kept.reason or DeclineReason.DECLINED)

    async def capture(self, order_id: OrderId) -> Payment:
        async with self._database.write() as work:
            await work.begin(order_id)
            kept = await _made(work.session, order_id, lock=True)
            if kept.state is PaymentState.CAPTURED:
                return kept.as_message()
            if kept.state is not PaymentState.AUTHORISED or kept.doing is Doing.VOID:
                raise WrongState(state=kept.state)
            kept = await self._intend(work.session, kept, Doing.CAPTURE)
        kept = await self._outcome(kept, self._provider.capture(kept.id))
        if kept.doing is Doing.CAPTURE:
            raise _undecided("capture")
        if kept.state is not PaymentState.CAPTURED:
            raise WrongState(state=kept.state)
        return kept.as_message()

    async def void(self, order_id: OrderId) -> Payment | None:
        async with self._database.write() as work:
            await work.begin(order_id)
            kept = await payments.find(work.session, order_id, lock=True)
            if kept is None:
                await payments.add(work.session, self._new(order_id, None, PaymentState.VOIDED, None), None)
                return None
            if kept.amount is None or kept.state is PaymentState.DECLINED:
                return None
            if kept.state is PaymentState.VOIDED:
                return kept.as_message()
            if kept.state is PaymentState.CAPTURED or kept.doing is Doing.CAPTURE:
                raise WrongState(state=kept.state)
            kept = await self._intend(work.session, kept, Doing.VOID)
        kept = await self._outcome(kept, self._provider.void(kept.id))
        match kept.state:
            case PaymentState.VOIDED:
                return kept.as_message()
            case PaymentState.DECLINED:
                return None
            case PaymentState.CAPTURED:
                raise WrongState(state=kept.state)
        raise _undecided("void")

    async def refund(self, order_id: OrderId, amount: Money, reference: str) -> Refund:
        if amount.amount <= 0:
            raise InvalidArgument(where="payments.refund", problem=f"{amount} is not positive and cannot be given back")
        async with self._database.write() as work:
            await work.begin(f"{order_id}/{reference}")
            kept = await _made(work.session, order_id, lock=True)
            refund = await self._refunds.intend(work.session, kept, amount, reference)
        if refund.is_open:
            refund = await self._given(refund, "refund")
        return refund.as_message()

    async def refund_rest(self, order_id: OrderId, refusals: int = 0) -> Refund | None:
        async with self._database.write() as work:
            await work.begin(order_id)
            kept = await _made(work.session, order_id, lock=True)
            refund = await self._refunds.intend_rest(work.session, kept, refusals)
        while refund is not None and refund.is_open:
            refund = await self._given(refund, "refund_rest")
            if refund.is_open or (refund.is_rest and refund.refused is not None):
                break
            async with self._database.write() as work:  # another may be under way yet, or what it was for left again
                kept = await _made(work.session, order_id, lock=True)
                refund = await self._refunds.intend_rest(work.session, kept, refusals)
        return None if refund is None else refund.as_message()

    async def take_notice(self, notice: Notice) -> None:
        await self._notices.take(notice)

    async def get_payment(self, order_id: OrderId) -> Payment:
        async with self._database.read() as session:
            return (await _made(session, order_id)).as_message()

    async def list_balances(self) -> tuple[Balance, ...]:
        async with self._database.read() as session:
            return await ledger.balances(session)

    async def list_books(self, cursor: str | None, limit: int = 100) -> PaymentBookPage:
        async with self._database.read() as session:
            found = await books.page(session, cursor or "", limit)
        next_cursor = found[-1].payment.order_id if len(found) == limit else None
        return PaymentBookPage(payments=tuple(found), next_cursor=next_cursor)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[PaymentBook, ...]:
        async with self._database.read() as session:
            return tuple(await books.of_orders(session, order_ids))

    async def get_ledger(self) -> tuple[LedgerBook, ...]:
        async with self._database.read() as session:
            return await books.whole_ledger(session)

    def _new(self, order_id: OrderId, amount: Money | None, state: PaymentState, doing: Doing | None) -> Kept:
        return Kept(order_id, domain.new_payment_id(), amount, state, self._clock.now(), doing=doing)

    async def _intend(self, session: AsyncSession, kept: Kept, doing: Doing) -> Kept:
        kept = msgspec.structs.replace(kept, doing=doing)
        await payments.change(session, kept, self._clock.now() + self._pause)
        return kept

    async def _outcome(self, kept: Kept, call: Awaitable[Answer]) -> Kept:
        assert kept.doing is not None
        try:
            answer = await call
        except ProviderUnreachable as error:
            raise _undecided(kept.doing) from error
        return await self._outcomes.record(kept.order_id, answer)

    async def _given(self, refund: KeptRefund, operation: str) -> KeptRefund:
        try:
            return await self._refunds.ask(refund)
        except ProviderUnreachable as error:
            raise _undecided(operation) from error


async def _made(session: AsyncSession, order_id: OrderId, *, lock: bool = False) -> Kept:
    kept = await payments.find(session, order_id, lock=lock)
    if kept is None or kept.amount is None:
        raise PaymentNotFound(order_id=order_id)
    return kept


def _undecided(operation: str) -> Unavailable:
    return Unavailable(
        operation=f"payments.{operation}", reason="the payment provider has not answered", may_have_executed=True
    )
