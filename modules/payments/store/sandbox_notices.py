"""The call-backs that the sandbox has still to make."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from modules.payments.store.tables import microseconds, sandbox_notices

_due = (
    select(sandbox_notices.c.id, sandbox_notices.c.payment_id, sandbox_notices.c.refund_id, sandbox_notices.c.times)
    .where(sandbox_notices.c.due <= bindparam("now"))
    .order_by(sandbox_notices.c.due)
    .limit(bindparam("limit"))
)
_postpone = update(sandbox_notices).where(sandbox_notices.c.id == bindparam("its_id")).values(due=bindparam("try_at"))
_remove = delete(sandbox_notices).where(sandbox_notices.c.id == bindparam("its_id"))


class Call(msgspec.Struct, frozen=True):
    """A call-back to make ``times`` times over, as careless providers do."""

    id: str
    payment_id: str
    refund_id: str | None
    times: int


async def add(session: AsyncSession, payment_id: str, refund_id: str | None, due: datetime, times: int) -> None:
    """Write down a call-back to make."""
    row = {
        "id": f"msg_{secrets.token_hex(10)}",
        "payment_id": payment_id,
        "refund_id": refund_id,
        "due": microseconds(due),
        "times": times,
    }
    await session.execute(insert(sandbox_notices), row)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[Call]:
    """Return the call-backs that it is time for."""
    rows = await session.execute(_due, {"now": microseconds(now), "limit": limit})
    return [Call(id_, payment_id, refund_id, times) for id_, payment_id, refund_id, times in rows]


async def postpone(session: AsyncSession, call_id: str, due: datetime) -> None:
    """Make a call-back later."""
    await session.execute(_postpone, {"its_id": call_id, "try_at": microseconds(due)})


async def remove(session: AsyncSession, call_id: str) -> None:
    """Forget a call-back that was made."""
    await session.execute(_remove, {"its_id": call_id})
