"""Orders as those see them who work on them: what is due, who works on it, and how it goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.orders import ItemProblem, OrderState
from contracts.values import AccountId, Line, Money, OrderId
from modules.orders.domain import Answer, Step
from modules.orders.store.orders import lines_decoder, tell
from modules.orders.store.tables import instant, microseconds, orders, under_way, waits_for_staff

_one = select(
    orders.c.account_id,
    orders.c.placed,
    orders.c.state,
    orders.c.step,
    orders.c.lines,
    orders.c.total,
    orders.c.currency,
    orders.c.payment_token,
    orders.c.tries,
    orders.c.unanswered,
    orders.c.refusals,
    waits_for_staff,
).where(orders.c.id == bindparam("order_id"))
_locked = _one.with_for_update()
_next = select(func.min(orders.c.next_try)).where(under_way, orders.c.id.not_in(bindparam("but_not", expanding=True)))
_due = (
    select(orders.c.id)
    .where(under_way, orders.c.next_try <= bindparam("now"), orders.c.id.not_in(bindparam("but_not", expanding=True)))
    .order_by(orders.c.next_try)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_claim = update(orders).where(orders.c.id.in_(_due)).values(next_try=bindparam("lease")).returning(orders.c.id)
_as_it_was = (
    orders.c.id == bindparam("its_id"),
    orders.c.state == bindparam("its_state"),
    orders.c.step.is_not_distinct_from(bindparam("its_step")),
    orders.c.refusals == bindparam("its_refusals"),
)
_move = (
    update(orders)
    .where(*_as_it_was)
    .values(
        state=bindparam("new_state"),
        step=bindparam("new_step"),
        next_try=bindparam("try_at"),
        tries=0,
        unanswered=bindparam("still_unanswered"),
        refusals=bindparam("now_refusals"),
        reason=func.coalesce(bindparam("new_reason"), orders.c.reason),
        problems=func.coalesce(bindparam("new_problems"), orders.c.problems),
        payment_token=bindparam("new_token"),
    )
    .returning(orders.c.id)
)
_postpone = (
    update(orders)
    .where(*_as_it_was, orders.c.tries == bindparam("its_tries"))
    .values(next_try=bindparam("try_at"), tries=orders.c.tries + 1, unanswered=bindparam("now_unanswered"))
    .returning(orders.c.id)
)
_hand_back = (
    update(orders)
    .where(orders.c.id == bindparam("its_id"), under_way, ~waits_for_staff)
    .values(next_try=bindparam("try_at"))
)


class Task(msgspec.Struct, frozen=True):
    """An order under way; ``step`` is None where it is not any more.

    ``answer``: what is owed of that to what the step asked for, which may have been done. ``refusals``: so many refunds
    were refused; after each it ``waits_for_staff``."""

    order_id: OrderId
    account_id: AccountId
    placed: datetime
    state: OrderState
    step: Step | None
    lines: tuple[Line, ...]
    total: Money
    token: str | None
    tries: int
    answer: Answer
    refusals: int
    waits_for_staff: bool


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """How an order goes on; what is left out stays as it is. ``says`` is for the customer.

    ``is_refused``: its refund was refused for good, so that it goes on only once staff has seen to it."""

    step: Step | None
    state: OrderState | None = None
    says: Sequence[str] = ()
    reason: str | None = None
    problems: tuple[ItemProblem, ...] = ()
    is_refused: bool = False


async def find(session: AsyncSession, order_id: OrderId, *, lock: bool = False) -> Task | None:
    """Return an order's task, None where there is no such order; with ``lock``, in a write, it stays so."""
    row = (await session.execute(_locked if lock else _one, {"order_id": order_id})).one_or_none()
    if row is None:
        return None
    account_id, placed, state, step, lines, total, currency, token, tries, unanswered, refusals, waits = row
    return Task(
        order_id,
        AccountId(account_id),
        instant(placed),
        OrderState(state),
        None if step is None else Step(step),
        tuple(Line(sku=line.sku, quantity=line.quantity) for line in lines_decoder.decode(lines)),
        Money(amount=total, currency=currency),
        token,
        tries,
        Answer(unanswered),
        refusals,
        bool(waits),
    )


async def next_due(session: AsyncSession, but_not: Collection[OrderId]) -> datetime | None:
    """Return when the next order is to be seen to, None where none goes on."""
    found: int | None = await session.scalar(_next, {"but_not": list(but_not)})
    return None if found is None else instant(found)


async def claim(
    session: AsyncSession, now: datetime, lease: datetime, limit: int, but_not: Collection[OrderId]
) -> list[OrderId]:
    """Take orders that are due, so that others leave them alone until the lease ends."""
    values = {
        "now": microseconds(now),
        "lease": microseconds(lease),
        "limit": limit,
        "but_not": list(but_not),
    }
    return [OrderId(order_id) for order_id in await session.scalars(_claim, values)]


async def move(session: AsyncSession, task: Task, to: Move, now: datetime, try_at: datetime) -> bool:
    """Let an order go on, if it still stands as the task says; otherwise somebody else did, and False.

    What was left open when it turns back stays so until the payment is given up.
    """
    keeps_token = to.step in (Step.RESERVE, Step.AUTHORISE)
    values = _was(task) | {
        "new_state": to.state or task.state,
        "new_step": to.step,
        "try_at": None if to.step is None or to.is_refused else microseconds(try_at),
        "now_refusals": task.refusals + int(to.is_refused),
        "new_reason": to.reason,
        "new_problems": msgspec.json.encode(to.problems).decode() if to.problems else None,
        "new_token": task.token if keeps_token else None,
        "still_unanswered": task.answer.value if to.step is Step.VOID else Answer.NONE_OWED.value,
    }
    if await session.scalar(_move, values) is None:
        return False
    await tell(session, task.order_id, now, to.says)
    return True


async def postpone(
    session: AsyncSession, task: Task, now: datetime, try_at: datetime, answer: Answer, says: Sequence[str] = ()
) -> None:
    """Try a step again later, if the order still stands as the task says and nobody else has just said so; ``says``
    is for the customer, who knows then that ``answer`` is owed."""
    values = {
        "its_tries": task.tries,
        "try_at": microseconds(try_at),
        "now_unanswered": answer.value,
    }
    if await session.scalar(_postpone, _was(task) | values) is not None:
        await tell(session, task.order_id, now, says)


async def hand_back(session: AsyncSession, order_id: OrderId, now: datetime) -> None:
    """Let others see to an order at once."""
    await session.execute(_hand_back, {"its_id": order_id, "try_at": microseconds(now)})


def _was(task: Task) -> dict[str, object]:
    return {
        "its_id": task.order_id,
        "its_state": task.state,
        "its_step": task.step,
        "its_refusals": task.refusals,
    }
