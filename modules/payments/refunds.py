"""Refunds: intent row, call under its key, outcome row; and again, until the provider says that it is done."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database, InvalidArgument
from contracts.payments import PaymentRefunded, PaymentState, RefundState, RefundTooLarge, WrongState
from contracts.values import Money
from modules.payments import domain
from modules.payments.provider import Provider
from modules.payments.settings import PaymentsSettings
from modules.payments.store import ledger, payments, refunds
from modules.payments.store.payments import Kept
from modules.payments.store.refunds import KeptRefund


class Refunds:
    """Gives back what was captured, never more of it."""

    def __init__(
        self, database: Database[AsyncSession], clock: Clock, provider: Provider, settings: PaymentsSettings
    ) -> None:
        self._database = database
        self._clock = clock
        self._provider = provider
        self._pause = timedelta(seconds=settings.settle_after_seconds)

    async def intend(self, session: AsyncSession, kept: Kept, amount: Money, reference: str) -> KeptRefund:
        """Write down that a payment, which the session has locked, is to be refunded; or find that it was."""
        found = await refunds.find(session, kept.order_id, reference)
        if found is not None:
            if found.amount != amount:
                raise _refused(f"the refund {reference!r} is one of {found.amount}, not of {amount}")
            return found
        if kept.state is not PaymentState.CAPTURED:
            raise WrongState(state=kept.state)
        assert kept.amount is not None
        if amount.currency != kept.amount.currency:
            raise _refused(f"{amount} is of another currency than the payment")
        left = kept.amount.amount - kept.refunded
        if amount.amount > left:
            raise RefundTooLarge(left=Money(amount=left, currency=amount.currency))
        now = self._clock.now()
        refund = KeptRefund(domain.new_refund_id(), kept.order_id, kept.id, reference, amount, RefundState.PENDING)
        await refunds.add(session, refund, now, now + self._pause)
        await payments.change(session, msgspec.structs.replace(kept, refunded=kept.refunded + amount.amount), None)
        return refund

    async def ask(self, refund: KeptRefund) -> KeptRefund:
        """Have the provider make a refund, which it does once, and write down what it says."""
        state = await self._provider.refund(refund.id, refund.payment_id, refund.amount)
        if state is RefundState.DONE:
            await self._done(refund)
        return msgspec.structs.replace(refund, state=state)

    async def due(self, session: AsyncSession, now: datetime, limit: int) -> list[KeptRefund]:
        """Return refunds whose outcome is to be looked for by now."""
        return await refunds.due(session, now, limit)

    async def look(self, refund: KeptRefund, now: datetime) -> None:
        """Ask for a refund that is due, unless somebody else does."""
        async with self._database.write() as work:
            if not await refunds.postpone(work.session, refund.id, now, now + self._pause):
                return
        await self.ask(refund)

    async def _done(self, refund: KeptRefund) -> None:
        async with self._database.write() as work:
            if await refunds.finish(work.session, refund.id):
                postings = domain.refund_postings(refund.amount.amount)
                now = self._clock.now()
                await ledger.post(work.session, f"{refund.id}:done", postings, refund.amount.currency, now)
                work.publish(PaymentRefunded(order_id=refund.order_id, refund_id=refund.id, amount=refund.amount))


def _refused(problem: str) -> InvalidArgument:
    return InvalidArgument(where="payments.refund", problem=problem)
