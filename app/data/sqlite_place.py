"""A module's data in a SQLite file: the place, and the engines over it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import final

from sqlalchemy import URL, Connection, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.data.bell import PipeBell
from app.data.connection import ThreadConnection
from app.data.history import MigrationFailed
from app.data.place import Engines, Place, said
from app.data.sqlite import BUSY, OLDEST, connect
from app.errors import LaunchRefused
from contracts.kit import Unavailable

PATIENCE = 60.0
"""Seconds to wait while another process upgrades the same database."""
READERS = 4
"""Read connections: opened when first needed, then kept. More would only contend for the interpreter's lock."""
LOOK_EVERY = 0.05


@final
class SqliteFile(Place):
    """The file ``<folder>/<module>.sqlite``."""

    def __init__(self, module: str, folder: Path) -> None:
        self.module = module
        self.file = folder / f"{module}.sqlite"
        self.name = str(self.file)
        self.address = f"sqlite:{folder.resolve()}"

    @property
    def key(self) -> Hashable:
        return self.file.resolve()

    def __str__(self) -> str:
        return f"The database of module {self.module}, {self.file},"

    def stored(self) -> Mapping[str, str] | None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise LaunchRefused(
                f"SQLite {sqlite3.sqlite_version} is too old: Freestone needs {'.'.join(map(str, OLDEST))} or newer."
            )
        if not self.file.exists():
            return {}
        with self._usable() as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            ours = "freestone_meta" in tables
            rows = connection.execute("SELECT name, value FROM freestone_meta") if ours else None
            return said(rows, bool(tables))

    def settle(self) -> None:
        with suppress(OSError):  # it is there, or cannot be: then the next line says so
            self.file.touch(0o600, exist_ok=False)  # SQLite's own modes let others read it
        with self._usable() as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise LaunchRefused(f"{self} lies on a file system that cannot share memory, which SQLite's WAL needs.")

    @contextmanager
    def upgrade(self) -> Iterator[Connection]:
        engine = create_engine("sqlite://", creator=lambda: connect(self.file, busy=PATIENCE), poolclass=NullPool)
        with engine.connect() as connection:
            execute = connection.exec_driver_sql
            # "Making Other Kinds Of Table Schema Changes" (ALTER TABLE): a table is rebuilt with foreign keys
            # off, which a transaction cannot do, and what it points at is checked before the commit.
            execute("PRAGMA foreign_keys = OFF")
            execute("BEGIN IMMEDIATE")
            yield connection
            orphans = execute("PRAGMA foreign_key_check").fetchall()
            if orphans:
                raise MigrationFailed(
                    f"The migrations of module {self.module} leave {len(orphans)} rows without their parents."
                )
            connection.commit()

    def others(self, mine: int = 0) -> int:  # noqa: ARG002
        """None can be seen: whoever uses the data folder has it locked."""
        return 0

    def shrink(self) -> None:
        # Not by a guarded connection: "VACUUM" attaches a file of its own.
        with closing(sqlite3.connect(self.file.absolute(), timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("VACUUM")

    def engines(self, *, filling: bool = False) -> SqliteEngines:
        return SqliteEngines(self.file, filling=filling)

    def bell(self, heard: Callable[[], None]) -> PipeBell:
        return PipeBell(self.file, heard)

    @contextmanager
    def _usable(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self.file, busy=PATIENCE)) as connection:
                yield connection
        except sqlite3.Error as error:
            if not self.file.parent.is_dir():
                raise LaunchRefused(f"{self} cannot be used: there is no folder {self.file.parent}; make it.") from None
            raise LaunchRefused(f"{self} cannot be used: {error}.") from None


@final
class SqliteEngines(Engines):
    """A file's two engines.

    "BEGIN IMMEDIATE causes the database connection to start a new write immediately, without waiting
    for a write statement" (Transaction): what a write transaction reads cannot change before it writes.
    """

    look_every = LOOK_EVERY

    def __init__(self, file: Path, *, filling: bool = False) -> None:
        self._file = file
        self._filling = filling
        self._connections: set[ThreadConnection] = set()
        self.writing = self._engine("BEGIN IMMEDIATE", read_only=False, pool_size=1, max_overflow=0)
        self.reading = self._engine("BEGIN", read_only=True, pool_size=READERS, max_overflow=0)

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def close(self) -> None:
        await self.reading.dispose()
        await self.writing.dispose()
        for connection in tuple(self._connections):
            await connection.close()

    async def ahead(self) -> int:
        return 0

    def _engine(self, begin: str, *, read_only: bool, **pool: int) -> AsyncEngine:
        async def open_connection(*_: object, **__: object) -> ThreadConnection:
            connection = ThreadConnection(
                lambda: connect(
                    self._file, read_only=read_only, busy=BUSY if read_only else 0.0, filling=self._filling
                ),
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
        event.listen(engine.sync_engine, "handle_error", _name_full)
        return engine


def _keep_cancelled(context: ExceptionContext) -> None:
    """A cancelled task leaves its connection idle (`ThreadConnection`), so there is no need to drop it."""
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


def _name_full(context: ExceptionContext) -> Unavailable | None:
    """What finds the disk full is undone, commits too ("Result and Error Codes", SQLITE_FULL)."""
    code: int = getattr(context.original_exception, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_FULL:
        return Unavailable(operation="the database", reason="its disk is full")
    return None
