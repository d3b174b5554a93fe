"""Finds orders that are due and sees to several at the same time. Any number of runners may do so."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Clock, Database
from contracts.values import OrderId
from modules.orders.doorbell import Doorbell
from modules.orders.saga import Saga
from modules.orders.settings import OrdersSettings
from modules.orders.store import tasks

log = logging.getLogger("freestone.orders")


class Runner:
    """Claims orders and runs their sagas."""

    def __init__(
        self, database: Database[AsyncSession], clock: Clock, saga: Saga, doorbell: Doorbell, settings: OrdersSettings
    ) -> None:
        self._database = database
        self._clock = clock
        self._saga = saga
        self._doorbell = doorbell
        self._concurrency = settings.concurrency
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._poll = settings.poll_seconds

    async def run(self) -> None:
        """See to orders without end."""
        under_way: set[OrderId] = set()
        async with asyncio.TaskGroup() as sagas:
            while True:
                self._doorbell.work.silence()
                pause = await self._begin(sagas, under_way)
                if pause > 0:
                    await self._doorbell.work.heard(pause)

    async def once(self) -> None:
        """See to the orders that are due now, as far as each goes."""
        async with asyncio.TaskGroup() as sagas:
            await self._begin(sagas, set())

    async def _begin(self, sagas: asyncio.TaskGroup, under_way: set[OrderId]) -> float:
        """Begin what is due, and return for how many seconds nothing else will be."""
        free = self._concurrency - len(under_way)
        if free <= 0:
            return self._poll
        async with self._database.read() as session:
            due = await tasks.next_due(session, under_way)
        now = self._clock.now()
        if due is None or due > now:
            return self._poll if due is None else min(self._poll, (due - now).total_seconds())
        async with self._database.write() as work:
            claimed = await tasks.claim(work.session, now, now + self._lease, free, under_way)
        for order_id in claimed:
            under_way.add(order_id)
            sagas.create_task(self._see_to(order_id, under_way))
        return 0 if claimed else self._poll

    async def _see_to(self, order_id: OrderId, under_way: set[OrderId]) -> None:
        try:
            await self._saga.run(order_id)
        except asyncio.CancelledError:
            await self._hand_back(order_id)
            raise
        except Exception:
            log.exception("order %s could not be seen to; it is tried again when its lease ends", order_id)
        finally:
            under_way.discard(order_id)
            self._doorbell.work.ring()

    async def _hand_back(self, order_id: OrderId) -> None:
        """Spare whoever runs next the wait for the lease's end; if that cannot be, it ends all the same."""
        try:
            async with self._database.write() as work:
                await tasks.hand_back(work.session, order_id, self._clock.now())
        except Exception:
            log.exception("order %s could not be handed back; it goes on when its lease ends", order_id)


async def run_sagas(container: Any) -> None:
    """Run the runner of a built container."""
    await container.runner().run()
