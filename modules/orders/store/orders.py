"""Orders as their customers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.orders import ItemProblem, Order, OrderLine, OrderState, OrderSummary, Quote, TimelineEntry, Vat
from contracts.values import AccountId, Address, Money, OrderId
from modules.orders.cursors import Place
from modules.orders.domain import Step
from modules.orders.store.tables import instant, microseconds, orders, timeline, waits_for_staff

_one = select(
    orders.c.account_id,
    orders.c.placed,
    orders.c.state,
    orders.c.address,
    orders.c.lines,
    orders.c.currency,
    orders.c.delivery,
    orders.c.vat,
    orders.c.total,
    orders.c.reason,
    orders.c.problems,
    waits_for_staff,
).where(orders.c.id == bindparam("order_id"))
_timeline = (
    select(timeline.c.at, timeline.c.what)
    .where(timeline.c.order_id == bindparam("order_id"))
    .order_by(timeline.c.number)
)
_summaries = (
    select(orders.c.id, orders.c.placed, orders.c.state, orders.c.total, orders.c.currency, orders.c.count)
    .where(orders.c.account_id == bindparam("account_id"))
    .order_by(orders.c.placed.desc(), orders.c.id.desc())
    .limit(bindparam("limit"))
)
_summaries_after = _summaries.where(
    tuple_(orders.c.placed, orders.c.id) < tuple_(bindparam("placed"), bindparam("order_id"))
)

_address = msgspec.json.Decoder(Address)
_vat = msgspec.json.Decoder(tuple[Vat, ...])
_problems = msgspec.json.Decoder(tuple[ItemProblem, ...])
lines_decoder = msgspec.json.Decoder(tuple[OrderLine, ...])

_ENDING = frozenset({OrderState.CANCELLING, OrderState.CANCELLED, OrderState.REJECTED})


class Kept(msgspec.Struct, frozen=True):
    """An order, whose it is, what was missing where it was rejected for that, and whether it goes on only by staff."""

    account_id: AccountId
    order: Order
    problems: tuple[ItemProblem, ...]
    waits_for_staff: bool


async def add(
    session: AsyncSession,
    order_id: OrderId,
    account_id: AccountId,
    quote: Quote,
    address: Address,
    token: str,
    now: datetime,
) -> None:
    """Keep a new order, to be seen to at once."""
    row = {
        "id": order_id,
        "account_id": account_id,
        "placed": microseconds(now),
        "state": OrderState.PLACED,
        "address": _json(address),
        "lines": _json(quote.lines),
        "count": sum(line.quantity for line in quote.lines),
        "currency": quote.total.currency,
        "delivery": quote.delivery.amount,
        "vat": _json(quote.vat),
        "total": quote.total.amount,
        "payment_token": token,
        "step": Step.RESERVE,
        "next_try": microseconds(now),
        "tries": 0,
    }
    await session.execute(insert(orders), row)
    await tell(session, order_id, now, ["Order placed"])


async def tell(session: AsyncSession, order_id: OrderId, now: datetime, says: Sequence[str]) -> None:
    """Add to an order's timeline."""
    if says:
        at = microseconds(now)
        await session.execute(insert(timeline), [{"order_id": order_id, "at": at, "what": what} for what in says])


async def find(session: AsyncSession, order_id: OrderId) -> Kept | None:
    """Return an order, None where there is no such order."""
    row = (await session.execute(_one, {"order_id": order_id})).one_or_none()
    if row is None:
        return None
    account_id, placed, state, address, lines, currency, delivery, vat, total, reason, problems, waits = row
    happened = await session.execute(_timeline, {"order_id": order_id})
    order = Order(
        id=order_id,
        placed=instant(placed),
        state=OrderState(state),
        lines=lines_decoder.decode(lines),
        delivery=Money(amount=delivery, currency=currency),
        vat=_vat.decode(vat),
        total=Money(amount=total, currency=currency),
        address=_address.decode(address),
        timeline=tuple(TimelineEntry(at=instant(at), what=what) for at, what in happened),
        reason=reason if OrderState(state) in _ENDING else None,
    )
    return Kept(AccountId(account_id), order, () if problems is None else _problems.decode(problems), bool(waits))


async def page(
    session: AsyncSession, account_id: AccountId, after: Place | None, limit: int
) -> tuple[tuple[OrderSummary, ...], Place | None]:
    """Return a page of an account's orders, the latest first, and the place after it, None on the last page."""
    values: dict[str, str | int] = {"account_id": account_id, "limit": limit + 1}
    if after is not None:
        values |= {"placed": after.placed, "order_id": after.order_id}
    rows = (await session.execute(_summaries if after is None else _summaries_after, values)).all()
    found = tuple(
        OrderSummary(
            id=OrderId(id_),
            placed=instant(placed),
            state=OrderState(state),
            total=Money(amount=total, currency=currency),
            count=count,
        )
        for id_, placed, state, total, currency, count in rows[:limit]
    )
    if len(rows) <= limit:
        return found, None
    last_id, last_placed, *_ = rows[limit - 1]
    return found, Place(last_placed, OrderId(last_id))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
