"""The provider's call-backs: those that were taken, and what is still to be asked because of them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from modules.payments.store.tables import microseconds, notices, open_notice

_columns = (notices.c.id, notices.c.payment_id, notices.c.refund_id)
_known = select(notices.c.id).where(notices.c.id == bindparam("its_id"))
_due = (
    select(*_columns)
    .where(open_notice, notices.c.next_look <= bindparam("now"))
    .order_by(notices.c.next_look)
    .limit(bindparam("limit"))
)
_postpone = (
    update(notices)
    .where(open_notice, notices.c.id == bindparam("its_id"), notices.c.next_look <= bindparam("now"))
    .values(next_look=bindparam("look_at"))
    .returning(notices.c.id)
)
_close = update(notices).where(notices.c.id == bindparam("its_id")).values(next_look=None)
_forget = delete(notices).where(notices.c.received < bindparam("before"), ~open_notice)


class KeptNotice(msgspec.Struct, frozen=True):
    """A call-back: about a payment, or one refund of it, by the keys under which the provider knows them."""

    id: str
    payment_id: str
    refund_id: str | None


async def is_known(session: AsyncSession, notice_id: str) -> bool:
    """Say whether a call-back of this id was taken already."""
    return await session.scalar(_known, {"its_id": notice_id}) is not None


async def add(session: AsyncSession, notice: KeptNotice, now: datetime, next_look: datetime | None) -> None:
    """Remember a call-back; without ``next_look`` nothing follows from it."""
    row = {
        "id": notice.id,
        "payment_id": notice.payment_id,
        "refund_id": notice.refund_id,
        "received": microseconds(now),
        "next_look": None if next_look is None else microseconds(next_look),
    }
    await session.execute(insert(notices), row)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[KeptNotice]:
    """Return call-backs because of which the provider is to be asked by now."""
    rows = await session.execute(_due, {"now": microseconds(now), "limit": limit})
    return [KeptNotice(id_, payment_id, refund_id) for id_, payment_id, refund_id in rows]


async def postpone(session: AsyncSession, notice_id: str, now: datetime, next_look: datetime) -> bool:
    """Take the look that is due by now; False where somebody else took it."""
    values = {"its_id": notice_id, "now": microseconds(now), "look_at": microseconds(next_look)}
    return await session.scalar(_postpone, values) is not None


async def close(session: AsyncSession, notice_id: str) -> None:
    """Note that the provider was asked."""
    await session.execute(_close, {"its_id": notice_id})


async def forget(session: AsyncSession, before: datetime) -> None:
    """Forget the call-backs that came before an instant and from which nothing follows any more."""
    await session.execute(_forget, {"before": microseconds(before)})
