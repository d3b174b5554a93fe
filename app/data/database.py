"""A module's own database: reads apart from writes, one writer at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data import copies
from app.data.copies import SERVING, Copy
from app.data.migrations import prepare
from app.data.oldest import Oldest
from app.data.place import Place
from app.data.places import Found, find
from app.data.shared import News
from app.data.site import Site
from app.data.work import EventGuard, WorkSession, WriteTransaction
from app.errors import LaunchRefused
from contracts.kit import Database, Event, Unavailable
from contracts.kit.context import Holder, current_frame, current_holder

log = logging.getLogger("freestone.data")

FENCE_LOOK = 0.02
"""Seconds between two looks of a writer whether a fence is gone."""


@final
class ModuleDatabase(Database[AsyncSession]):
    """One module's data, wherever it lies, and wherever it is moved to meanwhile.

    Reads and the writer do not wait for each other ("Concurrency", Write-Ahead Logging; PostgreSQL's multiversion
    concurrency control): a read sees what was committed when its first statement ran. Writers queue in the order in
    which they came, and a write transaction sees nothing change but by itself. A task that is cancelled anywhere
    leaves no half of its work and no broken connection.
    """

    def __init__(
        self,
        site: Site,
        known: Sequence[str],
        events: Collection[type[Event]] = (),
        guard: EventGuard | None = None,
    ) -> None:
        self.module = site.place.module
        self.oldest = Oldest(self.module, known)
        self.events = frozenset(events)
        self.site = site
        self._guard = guard
        self._moving = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @classmethod
    async def open(
        cls,
        place: Place,
        *,
        migrations: Path | None,
        events: Collection[type[Event]] = (),
        guard: EventGuard | None = None,
    ) -> Self:
        """Open a module's database, made or upgraded as its ``migrations`` say, where it is now.

        ``events`` are those that the module may publish; ``guard`` looks at each. Raises `LaunchRefused`
        where this code cannot use the place, `MigrationFailed` where a migration raised an error.
        """
        known: Sequence[str] = ()

        def ready(there: Place) -> None:
            nonlocal known
            known = prepare(there, migrations)

        site = await arrive(place, ready)
        return cls(site, known, events, guard)

    async def close(self) -> None:
        """Close every connection, when the transaction under way has ended; waiting writers are refused."""
        self._closed = True
        async with self._moving:
            await self.site.close()
        for leaving in tuple(self._leaving):
            await leaving

    @property
    def place(self) -> Place:
        """Where the data is."""
        return self.site.place

    @property
    def published(self) -> News:
        """The news of commits that wrote to the outbox: of this process's always, of others' while `listening`.

        Told once more, for the last time, when the data has moved: then `site` is another.
        """
        return self.site.shared.published

    def listening(self) -> AbstractContextManager[None]:
        """Have the commits of other processes told as well, as long as the block lasts."""
        return self.site.shared.bell.listening()

    def clock(self) -> int:
        """Return what time it is where the data is, for all who share it: microseconds since 1970, UTC."""
        return time.time_ns() // 1000 + self.site.ahead

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        while True:
            self._check_open()
            site = self.site
            with site.in_use():
                session = AsyncSession(site.engines.reading, expire_on_commit=False)
                try:
                    standing = await site.look(session)
                    if standing is not None and standing.copy.state in ("serving", "fenced"):
                        self.oldest.note(standing.oldest)
                    if standing is None or standing.copy.state in ("serving", "fenced"):
                        yield session
                        return
                finally:
                    await session.close()
            await self._follow(site)

    def write(self) -> AbstractAsyncContextManager[WriteTransaction]:
        key = current_frame().key
        return self.transaction() if key is None else key.write(self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteTransaction]:
        """A write transaction that knows of no idempotency key."""
        work = await self.begin()
        try:
            yield work
            await work.commit()
        finally:
            await work.rollback()

    async def begin(self) -> WriteTransaction:
        """Wait for the writer and begin a transaction, which the caller has to end.

        `RuntimeError` where the running task holds the writer already: it would wait for itself. `Unavailable` where
        the tables are too new for this code.
        """
        holder = current_holder()
        while True:
            self._check_open()
            site = self.site
            self._check_nesting(site, holder)
            since = asyncio.get_running_loop().time()
            await site.shared.turn.acquire()
            session = WorkSession(site.engines.writing, expire_on_commit=False)
            try:
                self._check_open()
                site.shared.writer = holder
                copy, oldest = await site.look_closely(session, lock=True, since=since)
                if copy.state == "fenced" and not copy.stands(self.clock()):
                    copy = Copy(move=copy.move)  # whoever put it up is gone, or slow, and may try again
                    await copies.write(session, copy)
                if copy.state == "serving":
                    self.oldest.check(oldest)
            except BaseException:
                await self._give_back(site, session)
                raise
            if copy.state == "serving":
                return WriteTransaction(
                    self.module,
                    self.events,
                    session,
                    partial(_ended, site),
                    self._guard,
                    site.shared.bell,
                )
            await self._give_back(site, session)
            if copy.state == "fenced":
                await asyncio.sleep(FENCE_LOOK)
            else:
                await self._follow(site)

    @property
    def is_writing(self) -> bool:
        """Whether a write transaction is under way."""
        return self.site.shared.writer is not None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self.site.engines.connections

    async def _give_back(self, site: Site, session: AsyncSession) -> None:
        try:
            await session.__aexit__(None, None, None)  # a cancellation does not cut it short
        finally:
            _ended(site, False)

    async def _follow(self, site: Site) -> None:
        """Go where the data of a site has moved; those at work here may end."""
        async with self._moving:
            if self.site is not site:
                return
            try:
                there = await arrive(site.place)
            except LaunchRefused as refusal:
                raise Unavailable(operation=f"the database of {self.module}", reason=str(refusal)) from None
            if self._closed:
                await there.close()
                self._check_open()
            self.site = there
            log.warning("The data of module %s was moved: it is now in %s", self.module, there.place.name)
            site.shared.published.tell()
            leaving = asyncio.create_task(site.leave())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    def _check_nesting(self, site: Site, holder: Holder) -> None:
        writing = holder.writing
        if site.shared.writer is holder:
            where = "" if writing is None else f", opened at {writing.opened}"
            raise RuntimeError(
                f"A write() of module {self.module} within another in the same task{where}; use the first one."
            )
        if writing is not None and writing.inherited and writing.module == self.module and not writing.over:
            log.warning(
                "A write() of module %s in a task that was started inside another (at %s, in the write() of %s); "
                "if that one waits for the task, neither ends before its deadline: use the first one.",
                self.module,
                writing.started,
                writing.opened,
            )

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"The database of module {self.module} is closed.")


async def arrive(place: Place, ready: Callable[[Place], None] | None = None) -> Site:
    """Open the place where the data is that was at ``place`` once; have it made ``ready`` first.

    Say that it serves, if its mover decided that and did not come to it.
    """

    def look() -> Found:
        found = find(place)
        if ready is not None:
            ready(found.place)
        return found

    while True:
        found = await asyncio.to_thread(look)
        site = await Site.open(found.place)
        try:
            if await _serves(site, found):
                return site
        except BaseException:
            await site.close()
            raise
        await site.close()  # it was moved again since it was found, or is being made anew


async def _serves(site: Site, found: Found) -> bool:
    async with site.shared.turn, site.writing() as session:
        copy = (await site.look_closely(session, lock=True)).copy
        if copy.state == "arriving" and copy == found.said:
            await copies.write(session, SERVING)
            return True
        return copy.state in ("serving", "fenced")


def _ended(site: Site, published: bool) -> None:
    site.shared.writer = None
    site.shared.turn.release()
    if published:
        site.shared.announce()
