"""Trying again, in the background, the events that were set aside."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import NoReturn

from app.data.database import ModuleDatabase
from app.data.shared import News
from app.events.clock import Clock
from app.events.handlers import Handlers, Undecodable
from app.events.lease import Lease, LeaseLost
from app.events.parking import TRIES, Parking, backoff, told
from contracts.kit import Unavailable
from contracts.kit.outbox import Record

LOOK = 1.0
"""Seconds after which it is looked without news: an operator in another process may have made an event due."""

log = logging.getLogger("freestone.events")


class Retrying:
    """Tries one publisher's events again when they are due, each key's in order, as long as the lease is held.

    After `TRIES` tries an event is parked for good; one more is made whenever an operator asks for it. ``left`` is how
    many were set aside when it was last looked, about once a second.
    """

    def __init__(
        self, publisher: str, database: ModuleDatabase, handlers: Handlers, lease: Lease, clock: Clock, pause: float
    ) -> None:
        self.failures = 0
        self.left = 0
        self._names = f"{handlers.subscriber} ← {publisher}"
        self._database = database
        self._handlers = handlers
        self._lease = lease
        self._clock = clock
        self._pause = pause
        self._parking = Parking(publisher)

    async def run(self, aside: News) -> NoReturn:
        """Try what is due, for ever; ``aside`` tells when something was set aside."""
        while True:
            ticket = aside.ticket()
            if await self.once():
                continue
            async with self._database.read() as session:
                self.left, due = await self._parking.left(session)
            pause = LOOK if due is None else min(max(due - self._clock(), 0) / 1e6, LOOK)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await aside.wait(ticket)

    async def once(self) -> bool:
        """Try the event that has been due for the longest time; return whether there was one."""
        async with self._database.read() as session:
            if await self._parking.due(session, self._clock()) is None:
                return False
        found: tuple[Record, int] | None = None
        try:
            async with self._database.transaction() as work:
                await self._lease.confirm(work.session)
                found = await self._parking.due(work.session, self._clock())
                if found is not None:
                    record = found[0]
                    await self._handlers.handle(record, work)
                    await self._parking.remove(work.session, record.sequence, record.key, self._clock())
        except (LeaseLost, Unavailable):  # handlers call nobody: what is away is the database
            raise
        except Exception as error:
            if found is None:
                raise
            await self._blame(*found, error)
        return found is not None

    async def _blame(self, record: Record, tries: int, error: Exception) -> None:
        self.failures += 1
        tries += 1
        over = tries >= TRIES or isinstance(error, Undecodable)
        due = None if over else self._clock() + round(backoff(self._pause, tries) * 1e6)
        async with self._database.transaction() as work:
            await self._lease.confirm(work.session)
            await self._parking.blame(work.session, record.sequence, told(error), due)
        what = f"{self._names}: event {record.sequence} ({record.code} of {record.key})"
        if over:
            log.error("%s failed for the %d. time and is parked", what, tries, exc_info=error)
        else:
            log.warning("%s failed for the %d. time: %r", what, tries, error)
