"""The sandbox's own book."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import DeclineReason
from contracts.values import Money
from modules.payments.domain import Answer, Standing
from modules.payments.store.tables import instant, microseconds, sandbox_payments

_one = (
    select(sandbox_payments.c.standing, sandbox_payments.c.reason, sandbox_payments.c.ready)
    .where(sandbox_payments.c.key == bindparam("key"))
    .with_for_update()
)
_set_standing = (
    update(sandbox_payments)
    .where(sandbox_payments.c.key == bindparam("its_key"))
    .values(standing=bindparam("new_standing"))
)


class Entry(msgspec.Struct, frozen=True):
    """What the sandbox knows of a payment."""

    standing: Standing
    reason: DeclineReason | None
    ready: datetime

    def answer(self, now: datetime) -> Answer:
        """Return how the payment stands at this instant."""
        if self.standing is Standing.HELD and self.ready > now:
            return Answer(Standing.PROCESSING)
        return Answer(self.standing, self.reason)


async def find(session: AsyncSession, key: str) -> Entry | None:
    """Return what is known under a key."""
    row = (await session.execute(_one, {"key": key})).one_or_none()
    if row is None:
        return None
    standing, reason, ready = row
    return Entry(Standing(standing), None if reason is None else DeclineReason(reason), instant(ready))


async def add(session: AsyncSession, key: str, amount: Money | None, entry: Entry) -> None:
    """Write down a payment under a new key; without an amount none will ever be made under it."""
    row = {
        "key": key,
        "amount": 0 if amount is None else amount.amount,
        "currency": None if amount is None else amount.currency,
        "standing": entry.standing,
        "reason": entry.reason,
        "ready": microseconds(entry.ready),
    }
    await session.execute(insert(sandbox_payments), row)


async def set_standing(session: AsyncSession, key: str, standing: Standing) -> None:
    """Note how a payment goes on."""
    await session.execute(_set_standing, {"its_key": key, "new_standing": standing})
