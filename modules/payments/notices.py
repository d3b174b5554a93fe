"""Call-backs from the provider. What one says is not booked: it is a reason to ask, and the answer is booked."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from contracts.payments import Notice
from modules.payments.outcome import Outcomes
from modules.payments.provider import Provider
from modules.payments.reading import read
from modules.payments.refunds import Refunds
from modules.payments.secrets import Secrets
from modules.payments.settings import PaymentsSettings
from modules.payments.store import notices, payments, refunds
from modules.payments.store.notices import KeptNotice

log = logging.getLogger("freestone.payments")

MEMORY = timedelta(days=30)
"""For so long a call-back that comes again is known by its id; afterwards it would only be a reason to ask again."""


class Notices:
    """Takes call-backs, and asks the provider because of them."""

    def __init__(
        self,
        database: Database[AsyncSession],
        clock: Clock,
        provider: Provider,
        outcomes: Outcomes,
        refunds: Refunds,
        secrets: Secrets,
        settings: PaymentsSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._provider = provider
        self._outcomes = outcomes
        self._refunds = refunds
        self._secrets = secrets
        self._pause = timedelta(seconds=settings.settle_after_seconds)

    async def take(self, notice: Notice) -> None:
        """Remember a call-back, once, as the contract says."""
        now = self._clock.now()
        told = read(notice, self._secrets.accepted, now)
        async with self._database.write() as work:
            # The payment's lock lets the same call-back, arriving twice at once, be taken one after the other.
            is_ours = await payments.by_id(work.session, told.payment, lock=True) is not None
            if await notices.is_known(work.session, notice.id):
                return
            if not is_ours:
                log.warning("a call-back is about a payment that is not known here; it is remembered")
            kept = KeptNotice(notice.id, told.payment, told.refund)
            await notices.add(work.session, kept, now, now if is_ours else None)
            await notices.forget(work.session, now - MEMORY)

    async def due(self, session: AsyncSession, now: datetime, limit: int) -> list[KeptNotice]:
        """Return call-backs because of which the provider is to be asked by now."""
        return await notices.due(session, now, limit)

    async def look(self, notice: KeptNotice, now: datetime) -> None:
        """Ask the provider because of a call-back that is due, unless somebody else does."""
        async with self._database.write() as work:
            if not await notices.postpone(work.session, notice.id, now, now + self._pause):
                return
            kept = await payments.by_id(work.session, notice.payment_id)
            refund = None if notice.refund_id is None else await refunds.by_id(work.session, notice.refund_id)
        if refund is not None and refund.is_open:
            await self._refunds.ask(refund)
        if notice.refund_id is None and kept is not None:
            answer = await self._provider.ask(kept.id)
            if answer is not None:
                await self._outcomes.record(kept.order_id, answer)
        async with self._database.write() as work:
            await notices.close(work.session, notice.id)
