"""Stock and reservations as an audit sees them: what stands there beside what the movements add up to.

Each page is read in one session, which sees one state of everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import Count, ReservationBook, ReservationState, StockBook, Stray
from contracts.values import OrderId, Sku
from modules.inventory.domain import Movement
from modules.inventory.store.tables import held, movements, reservation_lines, reservations, stock

MOST_NAMED = 20
"""Orders without a reservation that are named of a SKU, at most."""

_shelves = (
    select(stock.c.sku, stock.c.on_hand, stock.c.reserved)
    .where(stock.c.sku > bindparam("after"))
    .order_by(stock.c.sku)
    .limit(bindparam("limit"))
)
_without_reservation = case((reservations.c.order_id.is_(None), movements.c.quantity), else_=0)
_moved = (
    select(movements.c.sku, movements.c.movement, func.sum(movements.c.quantity), func.sum(_without_reservation))
    .outerjoin(reservations, reservations.c.order_id == movements.c.order_id)
    .where(
        movements.c.sku.in_(bindparam("skus", expanding=True)),
        movements.c.movement.in_(
            [Movement.OPENING, Movement.RESTOCKED, Movement.COMMITTED, Movement.RETURNED],
        ),
    )
    .group_by(movements.c.sku, movements.c.movement)
)
_held = (
    select(reservation_lines.c.sku, func.sum(reservation_lines.c.quantity))
    .join(reservations, reservations.c.order_id == reservation_lines.c.order_id)
    .where(held, reservation_lines.c.sku.in_(bindparam("skus", expanding=True)))
    .group_by(reservation_lines.c.sku)
)
_columns = (reservations.c.order_id, reservations.c.state)
_page = (
    select(*_columns)
    .where(reservations.c.order_id > bindparam("after"))
    .order_by(reservations.c.order_id)
    .limit(bindparam("limit"))
)
_of_orders = select(*_columns).where(reservations.c.order_id.in_(bindparam("orders", expanding=True)))
_lines = (
    select(reservation_lines.c.order_id, reservation_lines.c.sku, reservation_lines.c.quantity)
    .where(reservation_lines.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(reservation_lines.c.order_id, reservation_lines.c.sku)
)
_moved_for = (
    select(movements.c.order_id, movements.c.movement, movements.c.sku, func.sum(movements.c.quantity))
    .where(
        movements.c.order_id.in_(bindparam("orders", expanding=True)),
        movements.c.movement.in_([Movement.COMMITTED, Movement.RETURNED]),
    )
    .group_by(movements.c.order_id, movements.c.movement, movements.c.sku)
    .order_by(movements.c.sku)
)
_counted = (
    select(
        movements.c.sku,
        movements.c.order_id,
        func.sum(case((movements.c.movement == Movement.COMMITTED, movements.c.quantity), else_=0)).label("gone"),
        func.sum(case((movements.c.movement == Movement.RETURNED, movements.c.quantity), else_=0)).label("back"),
        func.row_number().over(partition_by=movements.c.sku, order_by=movements.c.order_id).label("place"),
    )
    .where(
        movements.c.sku.in_(bindparam("skus", expanding=True)),
        movements.c.movement.in_([Movement.COMMITTED, Movement.RETURNED]),
        ~select(reservations.c.order_id).where(reservations.c.order_id == movements.c.order_id).exists(),
    )
    .group_by(movements.c.sku, movements.c.order_id)
    .subquery()
)
_strays = (
    select(_counted.c.sku, _counted.c.order_id, _counted.c.gone, _counted.c.back)
    .where(_counted.c.place <= MOST_NAMED)
    .order_by(_counted.c.sku, _counted.c.place)
)


async def stock_page(session: AsyncSession, after: str, limit: int) -> list[StockBook]:
    """Return the first SKUs beyond ``after``, by SKU."""
    shelves = (await session.execute(_shelves, {"after": after, "limit": limit})).all()
    skus = [sku for sku, _, _ in shelves]
    if not skus:
        return []
    moved: defaultdict[str, dict[str, int]] = defaultdict(dict)
    astray = []
    for sku, movement, quantity, without_reservation in await session.execute(_moved, {"skus": skus}):
        moved[sku][movement] = int(quantity)
        if without_reservation and movement in (Movement.COMMITTED, Movement.RETURNED):
            astray.append(sku)
    reserved_for_orders = {sku: int(quantity) for sku, quantity in await session.execute(_held, {"skus": skus})}
    strays = await _strays_of(session, astray) if astray else {}
    return [
        StockBook(
            sku=Sku(sku),
            on_hand=on_hand,
            reserved=reserved,
            received=moved[sku].get(Movement.OPENING, 0) + moved[sku].get(Movement.RESTOCKED, 0),
            left=moved[sku].get(Movement.COMMITTED, 0),
            came_back=moved[sku].get(Movement.RETURNED, 0),
            held=reserved_for_orders.get(sku, 0),
            strays=strays.get(sku, ()),
        )
        for sku, on_hand, reserved in shelves
    ]


async def _strays_of(session: AsyncSession, skus: Collection[str]) -> Mapping[str, tuple[Stray, ...]]:
    found: defaultdict[str, tuple[Stray, ...]] = defaultdict(tuple)
    for sku, order, left, back in await session.execute(_strays, {"skus": list(skus)}):
        whose = None if order is None else OrderId(order)
        found[sku] += (Stray(order_id=whose, left=int(left), came_back=int(back)),)
    return found


async def reservation_page(session: AsyncSession, after: str, limit: int) -> list[ReservationBook]:
    """Return the reservations of the first orders beyond ``after``, by order."""
    return await _books(session, _page, {"after": after, "limit": limit})


async def reservations_of(session: AsyncSession, order_ids: Collection[OrderId]) -> list[ReservationBook]:
    """Return the reservations of these orders, where they have one."""
    return await _books(session, _of_orders, {"orders": list(order_ids)})


async def _books(
    session: AsyncSession, statement: Select[str, str], values: Mapping[str, object]
) -> list[ReservationBook]:
    found = (await session.execute(statement, values)).all()
    order_ids = [order_id for order_id, _ in found]
    if not order_ids:
        return []
    lines = _by_order(await session.execute(_lines, {"orders": order_ids}))
    moved = (await session.execute(_moved_for, {"orders": order_ids})).all()
    left = _by_order((order, sku, n) for order, movement, sku, n in moved if movement == Movement.COMMITTED)
    came_back = _by_order((order, sku, n) for order, movement, sku, n in moved if movement == Movement.RETURNED)
    return [
        ReservationBook(
            order_id=OrderId(order_id),
            state=ReservationState(state),
            lines=lines.get(order_id, ()),
            left=left.get(order_id, ()),
            came_back=came_back.get(order_id, ()),
        )
        for order_id, state in found
    ]


def _by_order(rows: Iterable[tuple[str | None, str, int]]) -> dict[str | None, tuple[Count, ...]]:
    found: defaultdict[str | None, tuple[Count, ...]] = defaultdict(tuple)
    for order_id, sku, quantity in rows:
        found[order_id] += (Count(sku=Sku(sku), quantity=int(quantity)),)
    return dict(found)
