"""Finds out what became of calls to the provider whose answers were lost: by asking, never by guessing.

Any number of these may run at once, beside the calls themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from modules.payments.domain import Answer, Doing
from modules.payments.notices import Notices
from modules.payments.outcome import Outcomes
from modules.payments.provider import Provider, ProviderUnreachable
from modules.payments.refunds import Refunds
from modules.payments.settings import PaymentsSettings
from modules.payments.store import payments
from modules.payments.store.payments import Kept

log = logging.getLogger("freestone.payments")

BATCH = 20
"""So many payments are looked into at the same time, and so many refunds and call-backs."""

PATIENCE = 15.0
"""Seconds that the provider has for an answer, as it has in the operations; the next look asks again."""


class Settlement:
    """Looks again and again for payments and refunds with an open question, and for call-backs to follow."""

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
        self._abandon = timedelta(minutes=settings.abandon_minutes)

    async def once(self) -> int:
        """Look into what is due, and return how many payments, refunds and call-backs there were."""
        now = self._clock.now()
        async with self._database.read() as session:
            found = await payments.due(session, now, BATCH)
            given_back = await self._refunds.due(session, now, BATCH)
            told = await self._notices.due(session, now, BATCH)
        async with asyncio.TaskGroup() as looks:
            for kept in found:
                looks.create_task(_safely(f"{kept.doing} of {kept.id}", self._look(kept, now)))
            for refund in given_back:
                looks.create_task(_safely(f"refund {refund.id}", self._refunds.look(refund, now)))
            for notice in told:
                looks.create_task(_safely(f"payment {notice.payment_id}", self._notices.look(notice, now)))
        return len(found) + len(given_back) + len(told)

    async def run(self) -> None:
        """Look without end."""
        while True:
            if await self.once() < BATCH:
                await asyncio.sleep(min(1.0, self._pause.total_seconds()))

    async def _look(self, kept: Kept, now: datetime) -> None:
        async with self._database.write() as work:
            if not await payments.postpone(work.session, kept.order_id, now, now + self._pause):
                return
        answer = await self._ask(kept, now)
        if answer is not None:
            await self._outcomes.record(kept.order_id, answer)

    async def _ask(self, kept: Kept, now: datetime) -> Answer | None:
        match kept.doing:
            case Doing.CAPTURE:
                return await self._provider.capture(kept.id)
            case Doing.VOID:
                return await self._provider.void(kept.id)
        answer = await self._provider.ask(kept.id)
        if answer is None and now - kept.created >= self._abandon:
            # Only the caller has the card's token. It never came back; should it yet, it is refused.
            return await self._provider.void(kept.id)
        return answer


async def _safely(what: str, look: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await look
    except (ProviderUnreachable, TimeoutError):
        log.warning("the payment provider does not say what became of %s", what)
    except Exception:
        log.exception("%s could not be settled; the others are", what)


async def settle(container: Any) -> None:
    """Run the settlement of a built container."""
    await container.settlement().run()
