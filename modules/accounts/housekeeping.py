"""What is done without being asked."""

from __future__ import annotations

import asyncio

from modules.accounts.container import AccountsContainer
from modules.accounts.store.purge import purge

EVERY = 3600.0
BREATH = 0.1
"""Seconds between two batches, for those who wait to write."""


async def remove_stale(container: AccountsContainer) -> None:
    """Every hour remove ended sessions and failures that count no longer. Never ends."""
    database, clock = container.database(), container.clock()
    while True:
        is_more = True
        while is_more:
            async with database.write() as work:
                is_more = await purge(work.session, int(clock.now().timestamp()))
            await asyncio.sleep(BREATH)
        await asyncio.sleep(EVERY)
