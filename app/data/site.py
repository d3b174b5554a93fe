"""A place as one database has it open: its engines, what it shares with others there, and how many are at work."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data import copies
from app.data.copies import Standing
from app.data.outlast import outlast
from app.data.place import Place
from app.data.shared import News, shared
from contracts.kit import Unavailable

PATIENCE = 5.0
"""Seconds for which a transaction waits, before it begins, for a server that cannot be reached."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


@final
class Site:
    """``ahead`` is by how many microseconds the place's clock was ahead of this machine's when it was opened."""

    def __init__(self, place: Place, *, filling: bool = False) -> None:
        self.place = place
        self.shared = shared(place)
        self.engines = place.engines(filling=filling)
        self.ahead = 0
        self._users = 0
        self._left = News()
        self._looked = -math.inf

    @classmethod
    async def open(cls, place: Place, *, filling: bool = False) -> Self:
        """Open a place; what is wrong with it is raised here. ``filling`` is as for `Place.engines`."""
        site = cls(place, filling=filling)
        try:
            await finish(site.engines.open())
            site.ahead = await site.engines.ahead()
        except BaseException:
            await finish(site.engines.close())
            raise
        return site

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count who is at work, for `leave`."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self._left.tell()

    async def look(self, session: AsyncSession) -> Standing | None:
        """Return how the copy here stands, for a reader; None where that is known from a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._looked < self.engines.look_every:
            return None
        standing = await self.look_closely(session)
        # Who has seen a fence looks each time: behind a fence the data may move away at any moment.
        self._looked = now if standing.copy.state == "serving" else -math.inf
        return standing

    async def look_closely(self, session: AsyncSession, *, lock: bool = False, since: float | None = None) -> Standing:
        """Return how the copy here stands; the session's first statement, which waits for a server that is away.

        Who waits for the turn ``since`` then has waited for the server too, while those before could not reach it.
        """
        loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
        until = loop.time() + PATIENCE
        away = self.shared.away
        if since is not None and away is not None:
            until = since + PATIENCE
            if loop.time() >= until:
                raise Unavailable(operation=f"the database of {self.place.module}", reason=away)
        while True:
            try:
                standing = await copies.read(session, lock=lock)
            except Unavailable as error:
                self.shared.away = error.reason
                if loop.time() >= until:
                    raise
            else:
                self.shared.away = None
                return standing
            await AsyncSession.rollback(session)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A write transaction, committed at the end of the block; `look_closely` may begin it anew."""
        async with AsyncSession(self.engines.writing) as session:
            yield session
            await session.commit()

    async def leave(self) -> None:
        """Close everything once nobody is at work here."""
        while True:
            ticket = self._left.ticket()
            if not self._users:
                break
            await self._left.wait(ticket)
        await self.close()

    async def close(self) -> None:
        """Close every connection, when the transaction under way has ended."""
        async with self.shared.turn:
            await finish(self.engines.close())


@asynccontextmanager
async def opened(place: Place, *, filling: bool = False) -> AsyncIterator[Site]:
    """Have a place open for as long as the block lasts."""
    site = await Site.open(place, filling=filling)
    try:
        yield site
    finally:
        await site.close()


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Have it done to its end, even where the waiting task is cancelled; raise what it raised."""
    future = asyncio.ensure_future(work)
    await outlast(future)
    future.result()
