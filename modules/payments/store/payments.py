"""Payments as they are kept, one an order."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import DeclineReason, Payment, PaymentId, PaymentState
from contracts.values import Money, OrderId
from modules.payments.domain import Doing
from modules.payments.store.tables import instant, microseconds, open_question, payments

all_columns = (
    payments.c.order_id,
    payments.c.id,
    payments.c.amount,
    payments.c.currency,
    payments.c.state,
    payments.c.reason,
    payments.c.doing,
    payments.c.created,
    payments.c.refunded,
)
_one = select(*all_columns).where(payments.c.order_id == bindparam("order_id"))
_locked = _one.with_for_update()
_by_id = select(*all_columns).where(payments.c.id == bindparam("its_id"))
_by_id_locked = _by_id.with_for_update()
_due = (
    select(*all_columns)
    .where(open_question, payments.c.next_look <= bindparam("now"))
    .order_by(payments.c.next_look)
    .limit(bindparam("limit"))
)
_change = (
    update(payments)
    .where(payments.c.order_id == bindparam("its_order"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        doing=bindparam("now_doing"),
        next_look=bindparam("look_at"),
        refunded=bindparam("now_refunded"),
    )
)
_postpone = (
    update(payments)
    .where(open_question, payments.c.order_id == bindparam("its_order"), payments.c.next_look <= bindparam("now"))
    .values(next_look=bindparam("look_at"))
    .returning(payments.c.order_id)
)


class Kept(msgspec.Struct, frozen=True):
    """A payment as it is kept; ``amount`` is None for a mark that the order is not to be paid.

    ``refunded``: so much was given back or is on its way, in minor units."""

    order_id: OrderId
    id: PaymentId
    amount: Money | None
    state: PaymentState
    created: datetime
    reason: DeclineReason | None = None
    doing: Doing | None = None
    refunded: int = 0

    @property
    def left(self) -> Money:
        """What can still be given back once it is captured; only where it has an amount."""
        assert self.amount is not None
        return Money(amount=self.amount.amount - self.refunded, currency=self.amount.currency)

    def as_message(self) -> Payment:
        """Return it as callers see it; only where it has an amount."""
        assert self.amount is not None
        return Payment(id=self.id, order_id=self.order_id, amount=self.amount, state=self.state, refunded=self.refunded)


async def find(session: AsyncSession, order_id: OrderId, *, lock: bool = False) -> Kept | None:
    """Return an order's payment or mark; with ``lock``, in a write, it stays so until the write's end."""
    row = (await session.execute(_locked if lock else _one, {"order_id": order_id})).one_or_none()
    return None if row is None else kept_of(*row)


async def by_id(session: AsyncSession, payment_id: str, *, lock: bool = False) -> Kept | None:
    """Return the payment or mark that the provider knows, or would know, under a key; ``lock`` as for `find`."""
    row = (await session.execute(_by_id_locked if lock else _by_id, {"its_id": payment_id})).one_or_none()
    return None if row is None else kept_of(*row)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[Kept]:
    """Return payments whose outcome is to be looked for by now."""
    return [kept_of(*row) for row in await session.execute(_due, {"now": microseconds(now), "limit": limit})]


async def postpone(session: AsyncSession, order_id: OrderId, now: datetime, next_look: datetime) -> bool:
    """Take the look that is due by now; False where somebody else took it."""
    values = {"its_order": order_id, "now": microseconds(now), "look_at": microseconds(next_look)}
    return await session.scalar(_postpone, values) is not None


async def add(session: AsyncSession, kept: Kept, next_look: datetime | None) -> None:
    """Keep the payment of an order that has none."""
    row = {
        "order_id": kept.order_id,
        "id": kept.id,
        "amount": None if kept.amount is None else kept.amount.amount,
        "currency": None if kept.amount is None else kept.amount.currency,
        "state": kept.state,
        "reason": kept.reason,
        "doing": kept.doing,
        "created": microseconds(kept.created),
        "next_look": None if next_look is None else microseconds(next_look),
        "refunded": kept.refunded,
    }
    await session.execute(insert(payments), row)


async def change(session: AsyncSession, kept: Kept, next_look: datetime | None) -> None:
    """Keep a payment's state, reason, open question and refunds as they are now."""
    values = {
        "its_order": kept.order_id,
        "new_state": kept.state,
        "new_reason": kept.reason,
        "now_doing": kept.doing,
        "look_at": None if next_look is None else microseconds(next_look),
        "now_refunded": kept.refunded,
    }
    await session.execute(_change, values)


def kept_of(
    order_id: str,
    id_: str,
    amount: int | None,
    currency: str | None,
    state: str,
    reason: str | None,
    doing: str | None,
    created: int,
    refunded: int,
) -> Kept:
    """Return what a row of `all_columns` stands for."""
    return Kept(
        OrderId(order_id),
        PaymentId(id_),
        None if amount is None or currency is None else Money(amount=amount, currency=currency),
        PaymentState(state),
        instant(created),
        None if reason is None else DeclineReason(reason),
        None if doing is None else Doing(doing),
        refunded,
    )
