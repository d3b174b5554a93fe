"""A SQLite connection in a thread of its own: one trip there a statement, and nothing left behind.

aiosqlite makes four trips a statement (cursor, execute, fetch, close) and leaves a cancelled one running.
Here a statement, the BEGIN before it and its first rows share one trip; and a cancelled task first
stops its statement and waits for the thread, so that what it does next finds the connection idle.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self, TypeVar

import aiosqlite

T = TypeVar("T")

ROWS = 500
"""So many rows of a result come with the statement; the rest when it is asked for."""
NUDGE = 0.01
"""Seconds between interrupts: one that arrives before its statement has begun does nothing."""


class ThreadConnection(aiosqlite.Connection):
    """What SQLAlchemy's aiosqlite dialect expects of a connection.

    ``begin`` is the statement that opens its transactions; ``closed`` is called when it closes. Where
    ``read_only``, ending a transaction only lets go of its snapshot, which is done without a trip.
    """

    def __init__(
        self,
        connector: Callable[[], sqlite3.Connection],
        begin: str,
        closed: Callable[[ThreadConnection], None],
        *,
        read_only: bool,
    ) -> None:
        super().__init__(connector, iter_chunk_size=ROWS)
        self._begin = begin
        self._closed = closed
        self._read_only = read_only
        self._thread.daemon = True

    def cursor(self) -> ThreadCursor:  # type: ignore[override]  # fewer methods: those the dialect calls
        return ThreadCursor(self)

    def run(self, statement: Callable[[sqlite3.Cursor], T]) -> T:
        """In the thread: execute one statement in a transaction, begun here if there is none."""
        if not self._conn.in_transaction:
            self._conn.execute(self._begin)
        return statement(self._conn.cursor())

    async def commit(self) -> None:
        """End the transaction; once begun, a commit is never interrupted."""
        if self._conn.in_transaction:
            await self._trip(self._conn.commit, interrupt=False)

    async def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        if self._read_only:
            self._conn.rollback()
        elif self._conn.in_transaction:
            await self._trip(self._conn.rollback, interrupt=False)

    async def close(self) -> None:
        """Close the connection, undoing an open transaction, and end the thread."""
        if self._connection is not None:
            self._closed(self)
            await self._outlast(self.stop())

    async def open(self) -> None:
        """Open the connection; cancelled or failed, it leaves no thread behind."""
        self._thread.start()
        try:
            await self._trip(self._open, interrupt=False)
        except BaseException:
            await self._outlast(self.stop())
            raise

    def _open(self) -> None:
        self._connection = self._connector()

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        return await self._trip(partial(fn, *args, **kwargs))

    async def _trip(self, function: Callable[[], T], *, interrupt: bool = True) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._tx.put_nowait((future, function))
        try:
            return await future
        except asyncio.CancelledError:
            behind: asyncio.Future[None] = loop.create_future()
            self._tx.put_nowait((behind, _nothing))
            await self._outlast(behind, interrupt=interrupt)
            raise

    async def _outlast(self, future: asyncio.Future[Any] | None, *, interrupt: bool = False) -> None:
        """Wait for the thread, however often this task is cancelled; then pass the cancellation on."""
        cancelled: asyncio.CancelledError | None = None
        while future is not None and not future.done():
            if interrupt and self._connection is not None:
                self._connection.interrupt()
            try:
                await asyncio.wait((future,), timeout=NUDGE if interrupt else None)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled


class ThreadCursor:
    """One statement and its rows."""

    arraysize = 1

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection
        self._more: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Execute a statement; its first rows come along."""
        await self._connection._execute(
            self._connection.run, lambda cursor: self._take(cursor.execute(operation, parameters))
        )

    async def executemany(self, operation: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Execute a statement once for each row of parameters."""
        await self._connection._execute(
            self._connection.run, lambda cursor: self._take(cursor.executemany(operation, parameters))
        )

    async def fetchall(self) -> list[Any]:
        """Return the rows that were not fetched before."""
        return await self.fetchmany(-1)

    async def fetchone(self) -> Any:
        """Return the next row, None behind the last."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return at most so many rows; all for -1."""
        size = self.arraysize if size is None else size
        while self._more is not None and not 0 <= size <= len(self._rows):
            await self._connection._execute(self._fetch, self._more, size)
        if size < 0:
            rows, self._rows = self._rows, []
        else:
            rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def close(self) -> None:
        """Forget the rows that were not fetched."""
        self._rows = []
        if self._more is not None:
            more, self._more = self._more, None
            await self._connection._execute(more.close)

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        if self.description is not None:
            self._fetch(cursor, ROWS)
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid

    def _fetch(self, cursor: sqlite3.Cursor, size: int) -> None:
        wanted = max(size, ROWS)
        rows = cursor.fetchall() if size < 0 else cursor.fetchmany(wanted)
        self._rows += rows
        self._more = cursor if size >= 0 and len(rows) == wanted else None
        if self._more is None:
            cursor.close()


def _nothing() -> None:
    return None
