"""A SQLite connection in a thread of its own: one trip there a statement, and nothing left behind.

aiosqlite makes four trips a statement (cursor, execute, fetch, close) and leaves a cancelled one running.
Here a statement, the BEGIN before it and its first rows share one trip; and a cancelled task first
stops its statement and waits for the thread, so that what it does next finds the connection idle.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite

from app.data.outlast import outlast
from app.data.place import UNDONE
from app.data.statement import Statement

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two tries to begin while another process holds the lock."""


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
        super().__init__(connector, iter_chunk_size=1)
        self._begin = begin
        self._begun = False
        self._failed = False
        self._closed = closed
        self._read_only = read_only
        self._thread.daemon = True

    def cursor(self) -> Statement:  # type: ignore[override]  # fewer methods: those the dialect calls
        return Statement(self)

    async def run(self, function: Callable[[sqlite3.Cursor], T], *, undoes: bool = False) -> T:
        """Run a function in the thread, in a transaction, which is begun there if there is none: as soon as other
        processes let it, or until the task is cancelled.

        Refused in a transaction that has ended by itself, lest its second half is committed alone
        ("Response To Errors Within A Transaction"): a full disk or an interrupt can do that. And refused, as on
        PostgreSQL, behind a statement that failed, unless this one ``undoes`` that: a ROLLBACK TO a savepoint.
        """
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        pause = FIRST_PAUSE
        while True:
            try:
                result = await self._trip(lambda: function(self._cursor(undoes=undoes)))
            except BaseException as error:
                self._failed = self._begun
                if self._begun or not _is_busy(error):
                    raise
            else:
                self._failed = False
                return result
            # Another process writes. Waiting in SQLite's own handler could not be cancelled, nor outlast it.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def commit(self) -> None:
        """End the transaction; once begun, a commit is never interrupted. One that fails is undone."""
        if self._begun:
            self._begun = False
            await self._trip(self._commit, interrupt=False)

    async def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        self._begun = self._failed = False
        if self._read_only:
            self._conn.rollback()
        elif self._conn.in_transaction:
            await self._trip(self._conn.rollback, interrupt=False)

    def _cursor(self, *, undoes: bool) -> sqlite3.Cursor:
        if not self._begun:
            self._conn.execute(self._begin)
            self._begun = True
        self._check_transaction(undoes=undoes)
        return self._conn.cursor()

    def _commit(self) -> None:
        try:
            self._check_transaction()
            self._conn.commit()
        except BaseException:
            self._failed = False
            self._conn.rollback()
            raise

    def _check_transaction(self, *, undoes: bool = False) -> None:
        if not self._conn.in_transaction or (self._failed and not undoes):
            raise sqlite3.OperationalError(UNDONE)

    async def close(self) -> None:
        """Close the connection, undoing an open transaction, and end the thread."""
        if self._connection is not None:
            self._closed(self)
            await self._end()

    async def open(self) -> None:
        """Open the connection; cancelled or failed, it leaves no thread behind."""
        self._thread.start()
        try:
            await self._trip(self._open, interrupt=False)
        except BaseException:
            await self._end()
            raise

    async def create_function(
        self, name: str, num_params: int, func: Callable[..., Any], deterministic: bool = False
    ) -> None:
        """Make a function known to SQL; without a trip, since the connection is idle."""
        self._conn.create_function(name, num_params, func, deterministic=deterministic)

    def _open(self) -> None:
        self._connection = self._connector()

    async def _end(self) -> None:
        ended = self.stop()
        if ended is not None:
            await outlast(ended)

    def _interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    async def _trip(self, function: Callable[[], T], *, interrupt: bool = True) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._tx.put_nowait((future, function))
        try:
            return await future
        except asyncio.CancelledError:
            behind: asyncio.Future[None] = loop.create_future()
            self._tx.put_nowait((behind, _nothing))
            await outlast(behind, nudge=self._interrupt if interrupt else None)
            raise


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _nothing() -> None:
    return None
