"""The built-in provider, for demonstration and tests: it keeps a book, but there is no money behind it.

It stands for somebody outside: nothing here shares a transaction with what the payments keep, so that the
two can fall apart, and be brought together again, as they can with a real provider.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from contracts.payments import DeclineReason
from contracts.values import Money
from modules.payments.domain import Answer, Standing
from modules.payments.provider import Provider
from modules.payments.settings import PaymentsSettings
from modules.payments.store import sandbox as book

SUCCESS, SLOW = "tok_success", "tok_slow"
DECLINES: Mapping[str, DeclineReason] = {
    "tok_decline": DeclineReason.DECLINED,
    "tok_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
}


@final
class Sandbox(Provider):
    """Decides by the token alone; an unknown one stands for an unknown card."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, settings: PaymentsSettings) -> None:
        self._database = database
        self._clock = clock
        self._slowness = timedelta(seconds=settings.sandbox_slow_seconds)

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        async with self._database.write() as work:
            entry = await book.find(work.session, key)
            if entry is None:
                entry = self._decide(token)
                await book.add(work.session, key, amount, entry)
        wait = (entry.ready - self._clock.now()).total_seconds()
        if entry.standing is Standing.HELD and wait > 0:
            await asyncio.sleep(wait)
        answer = await self.ask(key)
        assert answer is not None
        return answer

    async def capture(self, key: str) -> Answer:
        async with self._database.write() as work:
            now = self._clock.now()
            entry = await book.find(work.session, key)
            if entry is None:
                raise LookupError(f"The sandbox has no payment {key}.")
            if entry.answer(now).standing is not Standing.HELD:
                return entry.answer(now)
            await book.set_standing(work.session, key, Standing.CAPTURED)
            return Answer(Standing.CAPTURED)

    async def void(self, key: str) -> Answer:
        async with self._database.write() as work:
            now = self._clock.now()
            entry = await book.find(work.session, key)
            if entry is None:
                await book.add(work.session, key, None, book.Entry(Standing.VOIDED, None, now))
            elif entry.standing is Standing.HELD:
                await book.set_standing(work.session, key, Standing.VOIDED)
            else:
                return entry.answer(now)
            return Answer(Standing.VOIDED)

    async def ask(self, key: str) -> Answer | None:
        async with self._database.read() as session:
            entry = await book.find(session, key)
        return None if entry is None else entry.answer(self._clock.now())

    def _decide(self, token: str) -> book.Entry:
        now = self._clock.now()
        if token in (SUCCESS, SLOW):
            return book.Entry(Standing.HELD, None, now + self._slowness if token == SLOW else now)
        return book.Entry(Standing.DECLINED, DECLINES.get(token, DeclineReason.UNKNOWN_CARD), now)
