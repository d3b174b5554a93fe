"""The built-in provider, for demonstration and tests: it keeps a book, but there is no money behind it.

It stands for somebody outside: nothing here shares a transaction with what the payments keep, so that the
two can fall apart, and be brought together again, as they can with a real provider.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from contracts.values import Money
from modules.payments.cards import CLOSED, Card, card_of
from modules.payments.domain import Answer, RefundAnswer, Standing
from modules.payments.provider import Provider, ProviderUnreachable
from modules.payments.settings import PaymentsSettings
from modules.payments.store import sandbox as book
from modules.payments.store import sandbox_notices as calls


@final
class Sandbox(Provider):
    """Decides and behaves by the card alone that the token stands for."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, settings: PaymentsSettings) -> None:
        self._database = database
        self._clock = clock
        self._slowness = timedelta(seconds=settings.sandbox_slow_seconds)

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        async with self._database.write() as work:
            entry = await book.find(work.session, key, lock=True)
            is_new = entry is None
            if entry is None:
                entry = self._decide(token, amount)
                await book.add(work.session, key, entry)
                await self._tell(work.session, entry.card, key, None, entry.ready)
        if is_new:
            await self._play(entry.card)
        if entry.standing is Standing.HELD:
            await self._wait(entry.card, entry.ready)
        answer = await self.ask(key)
        assert answer is not None
        return answer

    async def capture(self, key: str) -> Answer:
        async with self._database.write() as work:
            now = self._clock.now()
            entry = await book.find(work.session, key, lock=True)
            if entry is None:
                raise LookupError(f"The sandbox has no payment {key}.")
            if entry.answer(now).standing is not Standing.HELD:
                return entry.answer(now)
            await book.set_standing(work.session, key, Standing.CAPTURED)
            await self._tell(work.session, entry.card, key, None, now)
        await self._play(entry.card)
        return Answer(Standing.CAPTURED)

    async def void(self, key: str) -> Answer:
        async with self._database.write() as work:
            now = self._clock.now()
            entry = await book.find(work.session, key, lock=True)
            if entry is None:
                await book.add(work.session, key, book.Entry(Standing.VOIDED, None, now, None, 0, None))
                return Answer(Standing.VOIDED)
            if entry.standing is not Standing.HELD:
                return entry.answer(now)
            await book.set_standing(work.session, key, Standing.VOIDED)
            await self._tell(work.session, entry.card, key, None, now)
        await self._play(entry.card)
        return Answer(Standing.VOIDED)

    async def refund(self, key: str, payment: str, amount: Money) -> RefundAnswer:
        async with self._database.write() as work:
            entry = await book.find(work.session, payment, lock=True)
            if entry is None or entry.standing is not Standing.CAPTURED:
                raise LookupError(f"The sandbox has captured no payment {payment}.")
            refund = await book.find_refund(work.session, key)
            is_new = refund is None
            if refund is None:
                if await book.refunded(work.session, payment) + amount.amount > entry.amount:
                    raise ValueError(f"The sandbox took {entry.amount} of {payment}, and gives no more back.")
                is_refused = await book.refusals(work.session, payment) < entry.card.refuses_refunds
                ready = self._clock.now() + (self._slowness if entry.card.is_slow else timedelta())
                refund = book.RefundEntry(ready, CLOSED if is_refused else None)
                await book.add_refund(work.session, key, payment, amount, refund)
                await self._tell(work.session, entry.card, payment, key, ready)
        if is_new:
            await self._play(entry.card)
        await self._wait(entry.card, refund.ready)
        return refund.answer(self._clock.now())

    async def ask(self, key: str) -> Answer | None:
        async with self._database.read() as session:
            entry = await book.find(session, key)
        return None if entry is None else entry.answer(self._clock.now())

    def _decide(self, token: str, amount: Money) -> book.Entry:
        now, card = self._clock.now(), card_of(token)
        if card.decline is not None:
            return book.Entry(Standing.DECLINED, card.decline, now, token, amount.amount, amount.currency)
        ready = now + self._slowness if card.is_slow else now
        return book.Entry(Standing.HELD, None, ready, token, amount.amount, amount.currency)

    async def _tell(self, session: AsyncSession, card: Card, payment: str, refund: str | None, due: datetime) -> None:
        if card.calls_back:
            await calls.add(session, payment, refund, due, card.calls_back)

    async def _play(self, card: Card) -> None:
        """Do with the first answer to a request what the card is for."""
        if card.loses:
            raise ProviderUnreachable
        if card.notice_comes_first:
            await asyncio.sleep(self._slowness.total_seconds())

    async def _wait(self, card: Card, ready: datetime) -> None:
        wait = (ready - self._clock.now()).total_seconds()
        if wait > 0 and not card.answers_early:
            await asyncio.sleep(wait)
