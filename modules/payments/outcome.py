"""What the provider answered, and what follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database, Work
from contracts.payments import PaymentAuthorised, PaymentCaptured, PaymentState, PaymentVoided
from contracts.values import OrderId
from modules.payments import domain
from modules.payments.domain import Answer
from modules.payments.settings import PaymentsSettings
from modules.payments.store import ledger, payments
from modules.payments.store.payments import Kept

_EVENTS: Mapping[PaymentState, type[PaymentAuthorised | PaymentCaptured | PaymentVoided]] = {
    PaymentState.AUTHORISED: PaymentAuthorised,
    PaymentState.CAPTURED: PaymentCaptured,
    PaymentState.VOIDED: PaymentVoided,
}


class Outcomes:
    """Writes outcomes down: the payment, its ledger entries and its event."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, settings: PaymentsSettings) -> None:
        self._database = database
        self._clock = clock
        self._pause = timedelta(seconds=settings.settle_after_seconds)

    async def record(self, order_id: OrderId, answer: Answer) -> Kept:
        """Record what the provider says of a payment, and return the payment as it is then.

        Answers may come late, twice and in any order: what is no news changes nothing.
        """
        async with self._database.write() as work:
            kept = await payments.find(work.session, order_id, lock=True)
            assert kept is not None
            passed = domain.next_states(kept.state, answer.standing)
            state = passed[-1] if passed else kept.state
            doing = None if kept.doing is None or kept.doing.is_done(state) else kept.doing
            reason = answer.reason if state is PaymentState.DECLINED else None
            after = msgspec.structs.replace(kept, state=state, doing=doing, reason=reason or kept.reason)
            if after != kept:
                now = self._clock.now()
                await payments.change(work.session, after, None if doing is None else now + self._pause)
            for before, its in pairwise((kept.state, *passed)):
                await self._book(work, kept, before, its)
            return after

    async def _book(self, work: Work[AsyncSession], kept: Kept, before: PaymentState, after: PaymentState) -> None:
        assert kept.amount is not None
        postings = domain.postings(before, after, kept.amount.amount)
        if postings:
            transfer = domain.transfer_of(kept.id, after)
            await ledger.post(work.session, transfer, postings, kept.amount.currency, self._clock.now())
            work.publish(_EVENTS[after](order_id=kept.order_id, amount=kept.amount))
