"""Refunds as they are kept."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import PaymentId, Refund, RefundId, RefundState, RefusalReason
from contracts.values import Money, OrderId
from modules.payments.store.tables import microseconds, open_refund, refunds

all_refund_columns = (
    refunds.c.id,
    refunds.c.order_id,
    refunds.c.payment_id,
    refunds.c.reference,
    refunds.c.amount,
    refunds.c.currency,
    refunds.c.state,
    refunds.c.refused,
)
_one = select(*all_refund_columns).where(
    refunds.c.order_id == bindparam("order_id"), refunds.c.reference == bindparam("reference")
)
_by_id = select(*all_refund_columns).where(refunds.c.id == bindparam("its_id"))
_of_order = (
    select(*all_refund_columns)
    .where(refunds.c.order_id == bindparam("order_id"))
    .order_by(refunds.c.created, refunds.c.id)
)
_due = (
    select(*all_refund_columns)
    .where(open_refund, refunds.c.next_look <= bindparam("now"))
    .order_by(refunds.c.next_look)
    .limit(bindparam("limit"))
)
_postpone = (
    update(refunds)
    .where(open_refund, refunds.c.id == bindparam("its_id"), refunds.c.next_look <= bindparam("now"))
    .values(next_look=bindparam("look_at"))
    .returning(refunds.c.id)
)
_finish = (
    update(refunds)
    .where(open_refund, refunds.c.id == bindparam("its_id"))
    .values(state=RefundState.DONE.value, next_look=None)
    .returning(refunds.c.id)
)
_refuse = (
    update(refunds)
    .where(open_refund, refunds.c.id == bindparam("its_id"))
    .values(refused=bindparam("its_reason"), next_look=None)
    .returning(refunds.c.id)
)


class KeptRefund(msgspec.Struct, frozen=True):
    """A refund as it is kept; ``id`` is the key under which the provider knows it, ``refused`` its final no."""

    id: RefundId
    order_id: OrderId
    payment_id: PaymentId
    reference: str
    amount: Money
    state: RefundState
    refused: RefusalReason | None = None

    @property
    def is_open(self) -> bool:
        """Whether the provider has still to say how it ends."""
        return self.state is RefundState.PENDING and self.refused is None

    @property
    def is_rest(self) -> bool:
        """Whether it is of what was left of its payment: then its id, which nobody can know before, is its name."""
        return self.reference == self.id

    def as_message(self) -> Refund:
        """Return it as callers see it."""
        return Refund(
            id=self.id,
            order_id=self.order_id,
            reference=self.reference,
            amount=self.amount,
            state=self.state,
            refused=self.refused,
        )


async def find(session: AsyncSession, order_id: OrderId, reference: str) -> KeptRefund | None:
    """Return an order's refund of this reference."""
    row = (await session.execute(_one, {"order_id": order_id, "reference": reference})).one_or_none()
    return None if row is None else kept_refund_of(*row)


async def of_order(session: AsyncSession, order_id: OrderId) -> list[KeptRefund]:
    """Return all of an order's refunds, the oldest first."""
    return [kept_refund_of(*row) for row in await session.execute(_of_order, {"order_id": order_id})]


async def by_id(session: AsyncSession, refund_id: str) -> KeptRefund | None:
    """Return the refund that the provider knows under a key."""
    row = (await session.execute(_by_id, {"its_id": refund_id})).one_or_none()
    return None if row is None else kept_refund_of(*row)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[KeptRefund]:
    """Return refunds whose outcome is to be looked for by now."""
    return [kept_refund_of(*row) for row in await session.execute(_due, {"now": microseconds(now), "limit": limit})]


async def postpone(session: AsyncSession, refund_id: RefundId, now: datetime, next_look: datetime) -> bool:
    """Take the look that is due by now; False where somebody else took it."""
    values = {"its_id": refund_id, "now": microseconds(now), "look_at": microseconds(next_look)}
    return await session.scalar(_postpone, values) is not None


async def finish(session: AsyncSession, refund_id: RefundId) -> bool:
    """Note that a refund is done; False where that is no news."""
    return await session.scalar(_finish, {"its_id": refund_id}) is not None


async def refuse(session: AsyncSession, refund_id: RefundId, reason: RefusalReason) -> bool:
    """Note that a refund will never be done; False where that is no news."""
    return await session.scalar(_refuse, {"its_id": refund_id, "its_reason": reason}) is not None


async def add(session: AsyncSession, refund: KeptRefund, now: datetime, next_look: datetime) -> None:
    """Keep a new refund, to be looked for from ``next_look`` on."""
    row = {
        "id": refund.id,
        "order_id": refund.order_id,
        "payment_id": refund.payment_id,
        "reference": refund.reference,
        "amount": refund.amount.amount,
        "currency": refund.amount.currency,
        "state": refund.state,
        "created": microseconds(now),
        "next_look": microseconds(next_look),
    }
    await session.execute(insert(refunds), row)


def kept_refund_of(
    id_: str,
    order_id: str,
    payment_id: str,
    reference: str,
    amount: int,
    currency: str,
    state: str,
    refused: str | None,
) -> KeptRefund:
    """Return what a row of `all_refund_columns` stands for."""
    return KeptRefund(
        RefundId(id_),
        OrderId(order_id),
        PaymentId(payment_id),
        reference,
        Money(amount=amount, currency=currency),
        RefundState(state),
        refused,
    )
