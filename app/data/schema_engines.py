"""The engines over a module's schema on a PostgreSQL server, and what their sessions tell it at their start."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, final
from weakref import WeakSet

import psycopg
from sqlalchemy import ExceptionContext, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.data.place import Engines
from app.data.server_connection import GONE, Opener, ServerConnection
from contracts.kit import Unavailable

READERS = 4
"""Read connections: opened when first needed, then kept. A module's process has one more to write, one to listen."""
IDLE = 60.0
"""Seconds after which the server ends a transaction that says nothing: its process was stopped, or is gone."""
WRITER_IDLE = 10.0
"""The same of a module's write transaction, for which all others wait: each that stops costs them so long.

That is more than it ever needs, as it waits for nothing outside: to call another module inside of it is forbidden.
"""

# A machine that is lost closes nothing: the server asks for it, or a writer's queue would have its dead one by one.
# On a Unix socket, and where the system cannot do it, these do nothing.
_ASKING = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "1", "tcp_user_timeout": f"{GONE}s"}
# No lock_timeout: who waits for another writer does so for as long as its caller does, and is cancelled then.
_WRITING = {**_ASKING, "idle_in_transaction_session_timeout": f"{WRITER_IDLE:g}s"}
_FILLING = {**_ASKING, "idle_in_transaction_session_timeout": f"{IDLE:g}s"}
_READING = {**_FILLING, "default_transaction_read_only": "on"}


@final
class SchemaEngines(Engines):
    """A schema's two engines. Writers are READ COMMITTED, since they wait for each other before they look.

    Whatever ends a connection becomes `Unavailable`: with ``may_have_executed`` only where a commit got no answer.
    """

    look_every = -math.inf  # each time: that is also how a reader finds out that its connection is gone

    def __init__(self, module: str, conninfo: Callable[..., str], *, filling: bool) -> None:
        """``conninfo`` returns what libpq connects by, to sessions with the settings that it is given."""
        self._module = module
        self._conninfo = conninfo
        self._openers: list[Opener] = []
        self._opened: WeakSet[ServerConnection] = WeakSet()
        self.writing = self._engine("READ COMMITTED", _FILLING if filling else _WRITING, pool_size=1, max_overflow=0)
        self.reading = self._engine("REPEATABLE READ", _READING, pool_size=READERS, max_overflow=0)

    @property
    def connections(self) -> int:
        return sum(not each.closed for each in self._opened)

    async def close(self) -> None:
        await self.reading.dispose()
        await self.writing.dispose()
        for opener in self._openers:
            await opener.close()
        for connection in tuple(self._opened):
            await connection.close()

    async def ahead(self) -> int:
        async with self.reading.connect() as connection:
            before = time.time_ns()
            found = await connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
            between = (before + time.time_ns()) // 2000
            return int(found.scalar_one()) - between

    def _engine(self, isolation: Any, settings: Mapping[str, str], **pool: int) -> AsyncEngine:
        opener = Opener(self._conninfo(**settings))
        self._openers.append(opener)

        async def open_connection(*_: object, **__: object) -> ServerConnection:
            connection = await opener.open()
            self._opened.add(connection)
            return connection

        engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=open_connection,
            isolation_level=isolation,
            hide_parameters=True,
            use_native_hstore=False,
            **pool,
        )
        event.listen(engine.sync_engine, "handle_error", self._name)
        return engine

    def _name(self, context: ExceptionContext) -> Unavailable | None:
        error = context.original_exception
        if isinstance(error, psycopg.errors.DiskFull):
            return Unavailable(operation=f"the database of {self._module}", reason="its server's disk is full")
        if not isinstance(error, Exception) or not (context.is_disconnect or _is_away(error)):
            return None  # a cancelled task's connection is dropped: the next one is soon opened
        context.is_disconnect = True
        return Unavailable(
            operation=f"the database of {self._module}",
            reason="its server cannot be reached",
            may_have_executed=context.connection is not None and context.statement is None,
        )


def _is_away(error: BaseException) -> bool:
    """Say whether an error is about the connection, or the server as a whole ("PostgreSQL Error Codes")."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    state = error.sqlstate
    return state is None or state.startswith("08") or state in ("57P01", "57P02", "57P03", "57P05", "53300", "25P03")
