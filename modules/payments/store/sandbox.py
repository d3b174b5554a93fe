"""The sandbox's own book."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, bindparam, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import DeclineReason, RefundState, RefusalReason
from contracts.values import Money
from modules.payments.cards import Card, card_of
from modules.payments.domain import Answer, RefundAnswer, Standing
from modules.payments.store.tables import instant, microseconds, sandbox_payments, sandbox_refunds

_one = select(
    sandbox_payments.c.standing,
    sandbox_payments.c.reason,
    sandbox_payments.c.ready,
    sandbox_payments.c.token,
    sandbox_payments.c.amount,
    sandbox_payments.c.currency,
).where(sandbox_payments.c.key == bindparam("key"))
_locked = _one.with_for_update()
_set_standing = (
    update(sandbox_payments)
    .where(sandbox_payments.c.key == bindparam("its_key"))
    .values(standing=bindparam("new_standing"))
)
_refund = select(sandbox_refunds.c.ready, sandbox_refunds.c.refused).where(sandbox_refunds.c.key == bindparam("key"))
_of_payment = sandbox_refunds.c.payment == bindparam("its_payment")
# PostgreSQL's sum of BIGINT is NUMERIC.
_refunded = select(cast(func.sum(sandbox_refunds.c.amount), BigInteger)).where(
    _of_payment, sandbox_refunds.c.refused.is_(None)
)
_refusals = select(func.count()).where(_of_payment, sandbox_refunds.c.refused.is_not(None))


class Entry(msgspec.Struct, frozen=True):
    """What the sandbox knows of a payment; without token and currency none will ever be made under its key."""

    standing: Standing
    reason: DeclineReason | None
    ready: datetime
    token: str | None
    amount: int
    currency: str | None

    @property
    def card(self) -> Card:
        """The card it was made with."""
        return Card() if self.token is None else card_of(self.token)

    def answer(self, now: datetime) -> Answer:
        """Return how the payment stands at this instant."""
        if self.standing is Standing.HELD and self.ready > now:
            return Answer(Standing.PROCESSING)
        return Answer(self.standing, self.reason)


class RefundEntry(msgspec.Struct, frozen=True):
    """What the sandbox knows of a refund, which counts from ``ready`` on."""

    ready: datetime
    refused: RefusalReason | None

    def answer(self, now: datetime) -> RefundAnswer:
        """Return how the refund stands at this instant."""
        if self.ready > now:
            return RefundAnswer(RefundState.PENDING)
        return RefundAnswer(RefundState.DONE if self.refused is None else RefundState.PENDING, self.refused)


async def find(session: AsyncSession, key: str, *, lock: bool = False) -> Entry | None:
    """Return what is known under a key; with ``lock``, in a write, it stays so until the write's end."""
    row = (await session.execute(_locked if lock else _one, {"key": key})).one_or_none()
    if row is None:
        return None
    standing, reason, ready, token, amount, currency = row
    declined = None if reason is None else DeclineReason(reason)
    return Entry(Standing(standing), declined, instant(ready), token, amount, currency)


async def add(session: AsyncSession, key: str, entry: Entry) -> None:
    """Write down a payment under a new key."""
    row = {
        "key": key,
        "amount": entry.amount,
        "currency": entry.currency,
        "token": entry.token,
        "standing": entry.standing,
        "reason": entry.reason,
        "ready": microseconds(entry.ready),
    }
    await session.execute(insert(sandbox_payments), row)


async def set_standing(session: AsyncSession, key: str, standing: Standing) -> None:
    """Note how a payment goes on."""
    await session.execute(_set_standing, {"its_key": key, "new_standing": standing})


async def find_refund(session: AsyncSession, key: str) -> RefundEntry | None:
    """Return what is known of the refund under a key, None where there is none."""
    row = (await session.execute(_refund, {"key": key})).one_or_none()
    return None if row is None else RefundEntry(instant(row.ready), row.refused)


async def refunded(session: AsyncSession, payment: str) -> int:
    """Return how much of a payment was refunded, in minor units."""
    return await session.scalar(_refunded, {"its_payment": payment}) or 0


async def refusals(session: AsyncSession, payment: str) -> int:
    """Return how many refunds of a payment were refused."""
    return await session.scalar(_refusals, {"its_payment": payment}) or 0


async def add_refund(session: AsyncSession, key: str, payment: str, amount: Money, entry: RefundEntry) -> None:
    """Write down a refund, or its refusal, under a new key."""
    row = {
        "key": key,
        "payment": payment,
        "amount": amount.amount,
        "ready": microseconds(entry.ready),
        "refused": entry.refused,
    }
    await session.execute(insert(sandbox_refunds), row)
