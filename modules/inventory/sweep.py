"""Frees what reservations hold once they have expired. Any number of sweeps may run at once."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from modules.inventory.settings import InventorySettings
from modules.inventory.stockroom import expire
from modules.inventory.store import reservations

BATCH = 100


class Sweep:
    """Looks for expired reservations again and again."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, settings: InventorySettings) -> None:
        self._database = database
        self._clock = clock
        self._pause = settings.sweep_seconds

    async def once(self) -> int:
        """Free what the first hundred reservations to have expired hold; return how many there were."""
        now = self._clock.now()
        async with self._database.read() as session:
            found = await reservations.expired(session, now, limit=BATCH)
        if found:
            async with self._database.write() as work:
                await expire(work, found, now)
        return len(found)

    async def run(self) -> None:
        """Sweep without end."""
        while True:
            if await self.once() < BATCH:
                await asyncio.sleep(self._pause)


async def sweep(container: Any) -> None:
    """Run the sweep of a built container."""
    await container.sweep().run()
