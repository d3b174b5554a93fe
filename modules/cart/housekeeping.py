"""What is done without being asked."""

from __future__ import annotations

import asyncio

from modules.cart.container import CartContainer
from modules.cart.store import purge

EVERY = 3600.0
BREATH = 0.1
"""Seconds between two batches, for those who wait to write."""

_DAY = 86_400


async def remove_forgotten(container: CartContainer) -> None:
    """Every hour remove the carts that their guests have forgotten. Never ends."""
    database, clock, settings = container.database(), container.clock(), container.settings()
    while True:
        is_more = True
        while is_more:
            before = int(clock.now().timestamp()) - settings.guest_days * _DAY
            async with database.write() as work:
                is_more = await purge(work.session, before)
            await asyncio.sleep(BREATH)
        await asyncio.sleep(EVERY)
