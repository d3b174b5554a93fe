"""Orders as an audit sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.orders import OrderBook, OrderState
from contracts.values import Line, Money, OrderId
from modules.orders.store.orders import lines_decoder
from modules.orders.store.tables import instant, orders, timeline

_changed = select(func.max(timeline.c.at)).where(timeline.c.order_id == orders.c.id).scalar_subquery()
_all = select(
    orders.c.id,
    orders.c.state,
    orders.c.step,
    func.coalesce(_changed, orders.c.placed),
    orders.c.lines,
    orders.c.total,
    orders.c.currency,
)
_page = _all.where(orders.c.id > bindparam("after")).order_by(orders.c.id).limit(bindparam("limit"))
_these = _all.where(orders.c.id.in_(bindparam("orders", expanding=True)))


async def page(session: AsyncSession, after: str, limit: int) -> list[OrderBook]:
    """Return the first orders beyond ``after``, by id."""
    return await _books(session, _page, {"after": after, "limit": limit})


async def of_orders(session: AsyncSession, order_ids: Collection[OrderId]) -> list[OrderBook]:
    """Return those of these orders that there are."""
    return await _books(session, _these, {"orders": list(order_ids)})


async def _books(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> list[OrderBook]:
    return [
        OrderBook(
            id=OrderId(id_),
            state=OrderState(state),
            step=step,
            changed=instant(changed),
            lines=tuple(Line(sku=line.sku, quantity=line.quantity) for line in lines_decoder.decode(lines)),
            total=Money(amount=total, currency=currency),
        )
        for id_, state, step, changed, lines, total, currency in await session.execute(statement, values)
    ]
