"""How a commit on a PostgreSQL server wakes, at once, those in other processes who wait for it: LISTEN and NOTIFY."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import NoReturn, final

import psycopg
from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.place import Bell

log = logging.getLogger("freestone.data")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds before another try to listen, doubled each time."""


@final
class NoticeBell(Bell):
    """One schema's bell: a channel, and a connection of its own as long as somebody listens.

    A notice is delivered if and only if its transaction is committed ("NOTIFY"), so that nothing has to be done then.
    """

    def __init__(self, conninfo: str, channel: str, heard: Callable[[], None]) -> None:
        self._conninfo = conninfo
        self._channel = channel
        self._heard = heard
        self._listeners = 0
        self._task: asyncio.Task[NoReturn] | None = None

    async def ring_with(self, session: AsyncSession) -> None:
        await session.execute(select(func.pg_notify(self._channel, "")))

    def ring(self) -> None:
        """Nothing: see `ring_with`."""

    @contextmanager
    def listening(self) -> Iterator[None]:
        if not self._listeners:
            # In a context of its own: whoever is first to listen lends it neither a deadline nor a transaction.
            self._task = asyncio.get_running_loop().create_task(self._listen(), context=Context())
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _listen(self) -> NoReturn:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
                    pause = _FIRST_PAUSE
                    self._heard()  # whatever came before
                    async for _ in connection.notifies():
                        self._heard()
            except psycopg.Error as error:
                if pause == _FIRST_PAUSE:
                    log.warning("commits in %s are seen later than they could be: %s", self._channel, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
