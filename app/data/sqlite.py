"""SQLite's side of a module's database: how its connections are opened, and what they refuse."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.data import query_guard
from app.data.connection import ThreadConnection

OLDEST = (3, 40)
"""The oldest SQLite that is tested."""
BUSY = 5.0
"""Seconds to wait for a lock that another process holds."""
READERS = 4
"""Read connections: opened when first needed, then kept. More would only contend for the interpreter's lock."""

# synchronous: the manual's default for WAL is as good, but a distribution may compile another
# (PRAGMA synchronous); FULL flushes the log at every commit, so that a power cut takes back no payment.
_GUARDS = ("PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF", "PRAGMA synchronous = FULL")


# What may be said with a value: what only looks, and what the host itself says, which changes nothing once a
# transaction has begun ("PRAGMA foreign_keys"), and so nothing for a module.
_LOOKS = re.compile(
    "foreign_key_(?:check|list)|index_(?:info|list|xinfo)|(?:integrity|quick)_check|table_(?:x?info|list)"
)
_SAYS = frozenset({("foreign_keys", "on"), ("foreign_keys", "off"), ("journal_mode", "wal")})


class _Guarded(sqlite3.Connection):
    guards: tuple[str, ...] = _GUARDS

    def __init__(self, file: Path, *args: Any, **kwargs: Any) -> None:
        if file.is_symlink():
            raise sqlite3.OperationalError(f"{file} is a link, and may lead to another module's data")
        super().__init__(file.absolute(), *args, **kwargs)  # a relative "file:…" would be taken for an address
        try:
            self.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for guard in self.guards:
                self.execute(guard)
            # Asked while a statement is compiled, and not again as long as it is kept.
            self.set_authorizer(query_guard.watching(file.stem, _permit))
        except BaseException:
            self.close()
            raise


def _permit(action: int, what: str | None, value: str | None, _: str | None, __: str | None) -> int:
    """Deny what would change a connection for all who come after, or take it out of its file: see `connect`."""
    if action == sqlite3.SQLITE_PRAGMA and what is not None and value is not None:
        name = what.lower()
        if not _LOOKS.fullmatch(name) and (name, value.lower()) not in _SAYS:
            return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


class _ReadOnly(_Guarded):
    guards = (*_GUARDS, "PRAGMA query_only = ON")


def connect(file: Path, *, read_only: bool = False, busy: float = BUSY) -> sqlite3.Connection:
    """Open a guarded connection that begins no transaction by itself.

    It refuses ATTACH and so VACUUM INTO (the limit SQLITE_LIMIT_ATTACHED, "Run-Time Limit Categories"), a file that
    is a link, every PRAGMA that would set something (query_only, writable_schema, temp_store_directory), functions
    in a schema that are not innocuous, rows without their parents, and, if ``read_only``, every write.
    """
    factory = _ReadOnly if read_only else _Guarded
    return sqlite3.connect(
        file, timeout=busy, isolation_level=None, factory=factory, check_same_thread=False, cached_statements=512
    )


class Engines:
    """A file's two engines: one that writes, with a single connection, and one that only reads.

    "BEGIN IMMEDIATE causes the database connection to start a new write immediately, without waiting
    for a write statement" (Transaction): what a write transaction reads cannot change before it writes.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connections: set[ThreadConnection] = set()
        self.writing = self._engine("BEGIN IMMEDIATE", read_only=False, pool_size=1, max_overflow=0)
        self.reading = self._engine("BEGIN", read_only=True, pool_size=READERS, max_overflow=0)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def open(self) -> None:
        """Open one connection of each, which also teaches the dialect whom it talks to."""
        for engine in (self.writing, self.reading):
            async with engine.connect():
                pass

    async def close(self) -> None:
        """Close every connection, those in use too; their threads end."""
        await self.reading.dispose()
        await self.writing.dispose()
        for connection in tuple(self._connections):
            await connection.close()

    def _engine(self, begin: str, *, read_only: bool, **pool: int) -> AsyncEngine:
        async def open_connection(*_: object, **__: object) -> ThreadConnection:
            connection = ThreadConnection(
                lambda: connect(self._file, read_only=read_only),
                begin,
                self._connections.discard,
                read_only=read_only,
            )
            await connection.open()
            self._connections.add(connection)
            return connection

        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(self._file)),
            async_creator=open_connection,
            hide_parameters=True,
            **pool,
        )
        event.listen(engine.sync_engine, "handle_error", _keep_cancelled)
        return engine


def _keep_cancelled(context: ExceptionContext) -> None:
    """A cancelled task leaves its connection idle (`ThreadConnection`), so there is no need to drop it."""
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False
