"""What several uses of the stock do alike inside one write transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import StockChanged
from contracts.kit import Work
from contracts.values import OrderId, Sku
from modules.inventory.domain import Movement, Quantities, State
from modules.inventory.store import reservations, stock


async def announce(work: Work[AsyncSession], skus: Collection[Sku]) -> None:
    """Publish how many of these can be promised from now on."""
    for sku, shelf in (await stock.shelves(work.session, skus)).items():
        work.publish(StockChanged(sku=sku, available=shelf.available))


async def expire(work: Work[AsyncSession], order_ids: Iterable[OrderId], now: datetime) -> None:
    """Free what these orders' expired reservations hold."""
    for order_id in order_ids:
        held = await reservations.find(work.session, order_id)
        # Whoever waited for the row finds it as it is now.
        if held is not None and held.state is State.HELD and not held.is_live(now):
            await give_back(work, order_id, held, now, Movement.EXPIRED)


async def put_on_shelves(
    work: Work[AsyncSession], movement: Movement, quantities: Quantities, now: datetime, order_id: OrderId | None = None
) -> None:
    """Add to what is on hand, as ``RESTOCKED``, or as ``RETURNED`` from an order; at least one SKU."""
    await expire(work, await reservations.expired(work.session, now, skus=list(quantities)), now)
    await stock.move(work.session, movement, quantities, now, order_id)
    await announce(work, list(quantities))


async def give_back(
    work: Work[AsyncSession], order_id: OrderId, held: reservations.Held, now: datetime, movement: Movement
) -> None:
    """Free what an order holds, as ``RELEASED`` or ``EXPIRED``."""
    await reservations.set_state(work.session, order_id, State(movement), held.expires)
    await stock.move(work.session, movement, held.quantities, now, order_id)
    await announce(work, held.quantities)
