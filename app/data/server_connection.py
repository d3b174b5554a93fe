"""Connections to a PostgreSQL server: how they are opened, whoever is cancelled meanwhile, and what they refuse."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from typing import Any, final

import psycopg
from psycopg.pq import TransactionStatus

from app.data.place import UNDONE
from app.data.texts import TextDumper

LOOK = 2
"""Seconds between two looks of the server whether the client of a statement under way, or queued, is still there."""
GONE = 10
"""Seconds after which either end of a connection takes the other, which acknowledges nothing, for gone."""


@final
class ServerConnection(psycopg.AsyncConnection[Any]):
    """A connection whose commit fails where the server's would roll back and say nothing, as behind an error."""

    async def commit(self) -> None:
        if self.pgconn.transaction_status == TransactionStatus.INERROR:
            await self.rollback()
            raise psycopg.errors.InFailedSqlTransaction(UNDONE)
        await super().commit()


@final
class Opener:
    """Opens connections, and leaves none behind.

    A connect that is cut short leaves its process on the server until the garbage collector runs; and whoever is
    cancelled cannot wait for a server that is slow, or away. So a connect goes on by itself: the next who asks takes
    it over, and it is closed if it ends before. Thus there are never more than those who ask at the same time.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._left: set[asyncio.Task[ServerConnection]] = set()

    async def open(self) -> ServerConnection:
        """Return a new connection."""
        if self._left:
            connecting = self._left.pop()
        else:
            # In a context of its own: it may outlive the deadline and the transaction of who asks.
            connecting = asyncio.get_running_loop().create_task(self._connect(), context=Context())
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            self._left.add(connecting)
            connecting.add_done_callback(self._drop)
            raise

    async def close(self) -> None:
        """Wait until nothing is left behind."""
        if self._left:
            await asyncio.wait(self._left)

    async def _connect(self) -> ServerConnection:
        connection = await ServerConnection.connect(self._conninfo, autocommit=True)
        # Where the system cannot tell it, the server refuses the setting: said at the start, it would refuse us.
        with suppress(psycopg.errors.InvalidParameterValue):
            await connection.execute(f"SET client_connection_check_interval = '{LOOK}s'")
        await connection.set_autocommit(False)
        connection.adapters.register_dumper(str, TextDumper)
        return connection

    def _drop(self, connecting: asyncio.Task[ServerConnection]) -> None:
        if connecting in self._left:
            self._left.discard(connecting)
            if not connecting.cancelled() and connecting.exception() is None:
                connecting.result().pgconn.finish()
