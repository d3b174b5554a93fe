"""Refunds: intent row, call under its key, outcome row; and again, until the provider says yes or no for good."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database, InvalidArgument
from contracts.payments import (
    PaymentRefunded,
    PaymentRefundRefused,
    PaymentState,
    RefundId,
    RefundState,
    RefundTooLarge,
    RefusalReason,
    WrongState,
)
from contracts.values import Money
from modules.payments import domain
from modules.payments.provider import Provider
from modules.payments.settings import PaymentsSettings
from modules.payments.store import ledger, payments, refunds
from modules.payments.store.payments import Kept
from modules.payments.store.refunds import KeptRefund

log = logging.getLogger("freestone.payments")


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
                raise _invalid(f"the refund {reference!r} is one of {found.amount}, not of {amount}")
            return found
        if kept.state is not PaymentState.CAPTURED:
            raise WrongState(state=kept.state)
        assert kept.amount is not None
        if amount.currency != kept.amount.currency:
            raise _invalid(f"{amount} is of another currency than the payment")
        if amount.amount > kept.left.amount:
            raise RefundTooLarge(left=kept.left)
        return await self._begin(session, kept, domain.new_refund_id(), reference, amount)

    async def intend_rest(self, session: AsyncSession, kept: Kept, refusals: int) -> KeptRefund | None:
        """Write down that what is left of a payment, which the session has locked, is to be refunded.

        Or find what is to be told instead: a refused rest beyond the first ``refusals``, a refund that is under way,
        the last rest that is done; nothing where none was needed.
        """
        if kept.state is not PaymentState.CAPTURED:
            raise WrongState(state=kept.state)
        found = await refunds.of_order(session, kept.order_id)
        rests = [refund for refund in found if refund.is_rest]
        refused = [refund for refund in rests if refund.refused is not None]
        under_way = [refund for refund in (*rests, *found) if refund.is_open]
        if len(refused) > refusals:
            return refused[refusals]
        if under_way and (under_way[0].is_rest or not kept.left.amount):
            return under_way[0]
        if kept.left.amount:
            id_ = domain.new_refund_id()
            return await self._begin(session, kept, id_, id_, kept.left)
        return next((refund for refund in reversed(rests) if refund.refused is None), None)

    async def ask(self, refund: KeptRefund) -> KeptRefund:
        """Have the provider make a refund, which it does once, and write down what it says."""
        answer = await self._provider.refund(refund.id, refund.payment_id, refund.amount)
        if answer.refused is not None:
            await self._refused(refund, answer.refused)
        elif answer.state is RefundState.DONE:
            await self._done(refund)
        return msgspec.structs.replace(refund, state=answer.state, refused=answer.refused)

    async def due(self, session: AsyncSession, now: datetime, limit: int) -> list[KeptRefund]:
        """Return refunds whose outcome is to be looked for by now."""
        return await refunds.due(session, now, limit)

    async def look(self, refund: KeptRefund, now: datetime) -> None:
        """Ask for a refund that is due, unless somebody else does."""
        async with self._database.write() as work:
            if not await refunds.postpone(work.session, refund.id, now, now + self._pause):
                return
        await self.ask(refund)

    async def _begin(
        self, session: AsyncSession, kept: Kept, id_: RefundId, reference: str, amount: Money
    ) -> KeptRefund:
        now = self._clock.now()
        refund = KeptRefund(id_, kept.order_id, kept.id, reference, amount, RefundState.PENDING)
        await refunds.add(session, refund, now, now + self._pause)
        await payments.change(session, msgspec.structs.replace(kept, refunded=kept.refunded + amount.amount), None)
        return refund

    async def _done(self, refund: KeptRefund) -> None:
        async with self._database.write() as work:
            if await refunds.finish(work.session, refund.id):
                postings = domain.refund_postings(refund.amount.amount)
                now = self._clock.now()
                transfer = domain.transfer_of(refund.id, RefundState.DONE)
                await ledger.post(work.session, transfer, postings, refund.amount.currency, now)
                work.publish(PaymentRefunded(order_id=refund.order_id, refund_id=refund.id, amount=refund.amount))

    async def _refused(self, refund: KeptRefund, reason: RefusalReason) -> None:
        """Write down that nothing comes of a refund; what it was to give back can be asked for anew."""
        async with self._database.write() as work:
            kept = await payments.find(work.session, refund.order_id, lock=True)
            assert kept is not None
            if await refunds.refuse(work.session, refund.id, reason):
                left = kept.refunded - refund.amount.amount
                await payments.change(work.session, msgspec.structs.replace(kept, refunded=left), None)
                work.publish(
                    PaymentRefundRefused(
                        order_id=refund.order_id, refund_id=refund.id, amount=refund.amount, reason=reason
                    )
                )
                log.warning(
                    "the payment provider refuses refund %s of order %s: %s", refund.id, refund.order_id, reason
                )


def _invalid(problem: str) -> InvalidArgument:
    return InvalidArgument(where="payments.refund", problem=problem)
