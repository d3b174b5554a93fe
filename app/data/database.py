"""A module's own database: reads apart from writes, one writer at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Self, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data.migrations import prepare
from app.data.outlast import outlast
from app.data.shared import shared
from app.data.sqlite import Engines
from app.data.work import EventGuard, WorkSession, WriteTransaction
from contracts.kit import Database, Event
from contracts.kit.context import Holder, current_frame, current_holder

log = logging.getLogger("freestone.data")


def database_file(module: str, folder: Path) -> Path:
    """Return where a module's database is kept."""
    return folder / f"{module}.sqlite"


@final
class ModuleDatabase(Database[AsyncSession]):
    """The file ``<folder>/<module>.sqlite``.

    Reads and the writer do not wait for each other ("Concurrency", Write-Ahead Logging): a read sees
    what was committed when its first statement ran. Writers queue in the order in which they came, and a
    write transaction sees nothing change but by itself. A task that is cancelled anywhere leaves no half
    of its work and no broken connection. ``published`` tells of commits that wrote to the outbox: of this
    process's always, of others' in a block of ``listening``.
    """

    def __init__(
        self, module: str, file: Path, events: Collection[type[Event]], guard: EventGuard | None = None
    ) -> None:
        self.module = module
        self.file = file
        self.events = frozenset(events)
        self._guard = guard
        self._shared = shared(file)
        self.published = self._shared.published
        self.listening = self._shared.bell.listening
        self._engines = Engines(file)
        self._closed = False

    @classmethod
    async def open(
        cls,
        module: str,
        folder: Path,
        *,
        migrations: Path | None,
        events: Collection[type[Event]] = (),
        guard: EventGuard | None = None,
    ) -> Self:
        """Open a module's database, made or upgraded as its ``migrations`` say.

        ``events`` are those that the module may publish; ``guard`` looks at each. Raises `LaunchRefused`
        where this code cannot use the file, `MigrationFailed` where a migration raised an error.
        """
        file = database_file(module, folder)
        await asyncio.to_thread(prepare, module, file, migrations)
        database = cls(module, file, events, guard)
        try:
            await _finish(database._engines.open())
        except BaseException:
            await _finish(database._engines.close())
            raise
        return database

    async def close(self) -> None:
        """Close every connection, when the transaction under way has ended; waiting writers are refused."""
        self._closed = True
        async with self._shared.turn:
            await _finish(self._engines.close())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        self._check_open()
        session = AsyncSession(self._engines.reading, expire_on_commit=False)
        try:
            yield session
        finally:
            await session.close()  # nothing in it waits

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

        `RuntimeError` where the running task holds the writer already: it would wait for itself.
        """
        self._check_open()
        holder = current_holder()
        self._check_nesting(holder)
        await self._shared.turn.acquire()
        if self._closed:
            self._shared.turn.release()
            self._check_open()
        self._shared.writer = holder
        session = WorkSession(self._engines.writing, expire_on_commit=False)
        return WriteTransaction(self.module, self.events, session, self._ended, self._guard)

    @property
    def is_writing(self) -> bool:
        """Whether a write transaction is under way."""
        return self._shared.writer is not None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._engines.connections

    def _ended(self, published: bool) -> None:
        self._shared.writer = None
        self._shared.turn.release()
        if published:
            self._shared.announce()

    def _check_nesting(self, holder: Holder) -> None:
        writing = holder.writing
        if self._shared.writer is holder:
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


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Have it done to its end, even where the waiting task is cancelled; raise what it raised."""
    future = asyncio.ensure_future(work)
    await outlast(future)
    future.result()
