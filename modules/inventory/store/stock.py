"""How much there is of each SKU, and every change of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.values import OrderId, Sku
from modules.inventory.domain import Movement, Quantities, Shelf
from modules.inventory.store.tables import held, microseconds, movements, reservation_lines, reservations, stock

_shelves = (
    select(stock.c.sku, stock.c.on_hand, stock.c.reserved)
    .where(stock.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(stock.c.sku)
)
_locked_shelves = _shelves.with_for_update()
_lapsed = (
    select(reservation_lines.c.sku, func.sum(reservation_lines.c.quantity).label("quantity"))
    .join(reservations, reservations.c.order_id == reservation_lines.c.order_id)
    .where(held, reservations.c.expires <= bindparam("now"))
    .group_by(reservation_lines.c.sku)
    .subquery()
)
_available = (
    select(stock.c.sku, stock.c.on_hand - stock.c.reserved + func.coalesce(_lapsed.c.quantity, 0))
    .outerjoin(_lapsed, _lapsed.c.sku == stock.c.sku)
    .where(stock.c.sku.in_(bindparam("skus", expanding=True)))
)
_change = (
    update(stock)
    .where(stock.c.sku == bindparam("its_sku"))
    .values(on_hand=stock.c.on_hand + bindparam("more_on_hand"), reserved=stock.c.reserved + bindparam("more_reserved"))
)
_has_left = movements.c.movement == Movement.COMMITTED
_still_out = (
    select(movements.c.sku, func.sum(case((_has_left, movements.c.quantity), else_=-movements.c.quantity)))
    .where(movements.c.order_id == bindparam("order_id"), _has_left | (movements.c.movement == Movement.RETURNED))
    .group_by(movements.c.sku)
    .order_by(movements.c.sku)
)
_stocked = select(movements.c.sku).where(
    movements.c.sku == stock.c.sku, movements.c.movement.in_([Movement.OPENING, Movement.RESTOCKED])
)
_never_stocked = (
    select(stock.c.sku)
    .where(~_stocked.exists(), stock.c.sku > bindparam("after"))
    .order_by(stock.c.sku)
    .limit(bindparam("limit"))
)
_count_never_stocked = select(func.count()).select_from(stock).where(~_stocked.exists())


async def add_skus(session: AsyncSession, skus: Collection[Sku]) -> None:
    """Make empty shelves for those SKUs that have none."""
    known = await shelves(session, skus)
    new = [{"sku": sku, "on_hand": 0, "reserved": 0} for sku in dict.fromkeys(skus) if sku not in known]
    if new:
        await session.execute(insert(stock), new)


async def shelves(session: AsyncSession, skus: Collection[Sku]) -> Mapping[Sku, Shelf]:
    """Return the shelves of those SKUs that are known; in a write they stay as they are until its end."""
    rows = await session.execute(_locked_shelves, {"skus": list(skus)})
    return {Sku(sku): Shelf(on_hand, reserved) for sku, on_hand, reserved in rows}


async def available(session: AsyncSession, skus: Collection[Sku], now: datetime) -> Mapping[Sku, int]:
    """Return how many can be promised of those SKUs that are known; expired reservations hold nothing."""
    rows = await session.execute(_available, {"skus": list(skus), "now": microseconds(now)})
    return {Sku(sku): count for sku, count in rows}


async def move(
    session: AsyncSession, movement: Movement, quantities: Quantities, now: datetime, order_id: OrderId | None = None
) -> None:
    """Change stocks, and write down why; at least one SKU."""
    on_hand, reserved = movement.effect
    await session.execute(
        _change,
        [
            {"its_sku": sku, "more_on_hand": on_hand * quantity, "more_reserved": reserved * quantity}
            for sku, quantity in quantities.items()
        ],
    )
    at = microseconds(now)
    await session.execute(
        insert(movements),
        [
            {"sku": sku, "movement": movement, "quantity": quantity, "order_id": order_id, "at": at}
            for sku, quantity in quantities.items()
        ],
    )


async def still_out(session: AsyncSession, order_id: OrderId) -> Quantities:
    """Return how many of each SKU, by SKU, have left for an order and not come back: those of which there are any."""
    rows = await session.execute(_still_out, {"order_id": order_id})
    return {Sku(sku): int(quantity) for sku, quantity in rows if quantity > 0}


async def never_stocked(session: AsyncSession, after: str, limit: int) -> list[Sku]:
    """Return the first SKUs beyond ``after``, by SKU, that nothing was ever put on the shelves of."""
    return [Sku(sku) for sku in await session.scalars(_never_stocked, {"after": after, "limit": limit})]


async def count_never_stocked(session: AsyncSession) -> int:
    """Return how many SKUs there are that nothing was ever put on the shelves of."""
    return await session.scalar(_count_never_stocked) or 0
