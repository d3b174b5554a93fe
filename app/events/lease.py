"""Who of several may apply a publisher's events: a lease in the subscriber's own database, with a fencing token."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Hashable
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.place import Place
from app.data.shared import News
from app.data.tables import leases
from app.events.clock import Clock

LASTS = 4.0
"""Seconds for which a lease is taken; it is renewed about twice in that time."""
LOOK = 0.6
"""Seconds, at most, after which one who waits looks again: another has it after `LASTS` and this."""
BELIEVED = 60.0
"""Seconds: a lease that ends later than so was written before somebody set the clock back, and counts for nothing."""


class LeaseLost(Exception):
    """Another has taken the lease: under this one nothing may be written any more."""


class Lease:
    """One claimant's lease on one publisher's events.

    Every time it is taken its row has a greater ``token``, 0 while it is not held. A claimant that was stopped for
    longer than the lease still believes that it holds it; its token is not the row's, so that `confirm`, in the
    transaction of each effect, refuses. One that is late but alone goes on: nobody has taken it.
    """

    def __init__(self, publisher: str, database: ModuleDatabase, clock: Clock | None = None) -> None:
        self.token = 0
        self._publisher = publisher
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._database = database
        self._clock = clock or database.clock
        self._mine = leases.c.publisher == publisher
        self._freed = _freed(database.place, publisher)
        self._ticket = self._freed.ticket()

    async def take(self) -> bool:
        """Take it where nobody holds it, at the cost of one read where somebody does."""
        self._ticket = self._freed.ticket()
        async with self._database.read() as session:
            if not self._is_free(await self._row(session)):
                return False
        async with self._database.transaction() as work:
            row = await self._row(work.session, lock=True)
            if not self._is_free(row):
                return False
            token = 1 if row is None else row.token + 1
            values = {"holder": self._holder, "token": token, "until": self._end()}
            if row is None:
                await work.session.execute(insert(leases).values(publisher=self._publisher, **values))
            else:
                await work.session.execute(update(leases).where(self._mine).values(**values))
            self.token = token  # before the commit, which may be done although it is cancelled
        return True

    async def wait(self) -> None:
        """Wait until it is worth to `take` it again: a while, or less where somebody in this process lets go of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK * random.uniform(0.5, 1.0)):
                await self._freed.wait(self._ticket)

    async def confirm(self, session: AsyncSession) -> None:
        """Raise `LeaseLost` unless it is still this claimant's, as long as this transaction; renew it when due."""
        row = await self._row(session, lock=True)
        if row is None or (row.holder, row.token) != (self._holder, self.token):
            self.token = 0
            raise LeaseLost(f"Another took the lease on the events of {self._publisher}.")
        if row.until < self._clock() + LASTS * 0.7e6:
            await session.execute(update(leases).where(self._mine).values(until=self._end()))

    async def keep(self) -> None:
        """Renew it for ever; end with `LeaseLost`."""
        while True:
            await asyncio.sleep(LASTS * random.uniform(0.35, 0.55))
            async with self._database.transaction() as work:
                await self.confirm(work.session)

    async def release(self) -> None:
        """Let go of it, so that the next may take it at once."""
        token, self.token = self.token, 0
        if token == 0:
            return
        mine = update(leases).where(self._mine, leases.c.holder == self._holder, leases.c.token == token)
        async with self._database.transaction() as work:
            await work.session.execute(mine.values(until=0))
        self._freed.tell()

    async def _row(self, session: AsyncSession, *, lock: bool = False) -> Row[Any, Any, Any] | None:
        found = select(leases.c.holder, leases.c.token, leases.c.until).where(self._mine)
        return (await session.execute(found.with_for_update() if lock else found)).one_or_none()

    def _is_free(self, row: Row[Any, Any, Any] | None) -> bool:
        return row is None or row.holder == self._holder or not is_live(row.until, self._clock())

    def _end(self) -> int:
        return self._clock() + round(LASTS * 1e6)


def is_live(until: int, now: int) -> bool:
    """Say whether a lease that ends at ``until`` is held ``now``; both in microseconds."""
    return now < until <= now + BELIEVED * 1e6


_news: WeakValueDictionary[tuple[Hashable, str], News] = WeakValueDictionary()


def _freed(place: Place, publisher: str) -> News:
    """Return the news, among the claimants in this process, that a lease was let go of."""
    key = (place.key, publisher)
    found = _news.get(key)
    if found is None:
        found = _news[key] = News()
    return found
