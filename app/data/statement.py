"""A statement on a connection in a thread: what SQLAlchemy's aiosqlite dialect expects of a cursor."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol, Self

ROWS = 500
"""So many rows of a result come with the statement; the rest when it is asked for."""


class Runner(Protocol):
    """Runs a function in a connection's thread, with a new cursor in the present transaction."""

    async def run(self, function: Callable[[sqlite3.Cursor], None], *, undoes: bool = False) -> None:
        """Return when it is done; ``undoes`` says that it undoes what has failed before."""


class Statement:
    """One statement and its rows."""

    arraysize = 1

    def __init__(self, connection: Runner) -> None:
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
        undoes = operation.startswith("ROLLBACK TO ")  # as SQLAlchemy says it
        await self._connection.run(lambda cursor: self._take(cursor.execute(operation, parameters)), undoes=undoes)

    async def executemany(self, operation: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Execute a statement once for each row of parameters."""
        await self._connection.run(lambda cursor: self._take(cursor.executemany(operation, parameters)))

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
            await self._connection.run(partial(self._fetch_more, size))
        if size < 0:
            rows, self._rows = self._rows, []
        else:
            rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def close(self) -> None:
        """Forget the rows that were not fetched; without a trip, since the connection is idle."""
        self._rows = []
        if self._more is not None:
            more, self._more = self._more, None
            more.close()

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        if self.description is not None:
            self._fetch(cursor, ROWS)
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid

    def _fetch_more(self, size: int, _: sqlite3.Cursor) -> None:
        assert self._more is not None
        self._fetch(self._more, size)

    def _fetch(self, cursor: sqlite3.Cursor, size: int) -> None:
        wanted = max(size, ROWS)
        rows = cursor.fetchall() if size < 0 else cursor.fetchmany(wanted)
        self._rows += rows
        self._more = cursor if size >= 0 and len(rows) == wanted else None
        if self._more is None:
            cursor.close()
