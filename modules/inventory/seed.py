"""The demonstration stock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database, SeedSize
from modules.inventory import domain
from modules.inventory.domain import Movement
from modules.inventory.stockroom import announce
from modules.inventory.store import stock

BATCH = 250


async def seed(container: Any, _size: SeedSize, progress: Callable[[int, int], None]) -> None:
    """Put a first stock on the shelves of every SKU that never had any; the size is the catalogue's."""
    await stock_up(container.database(), container.clock(), progress)


async def stock_up(database: Database[AsyncSession], clock: Clock, progress: Callable[[int, int], None]) -> None:
    """Stock what was never stocked, a batch at a time, so that shoppers never wait long for the writer."""
    async with database.read() as session:
        total = await stock.count_never_stocked(session)
    done, last = 0, ""
    while True:
        async with database.write() as work:
            skus = await stock.never_stocked(work.session, last, BATCH)
            if not skus:
                return
            levels = {sku: domain.opening_level(sku) for sku in skus}
            await stock.move(work.session, Movement.OPENING, levels, clock.now())
            await announce(work, [sku for sku in skus if levels[sku]])
        done, last = done + len(skus), skus[-1]
        progress(done, max(done, total))
