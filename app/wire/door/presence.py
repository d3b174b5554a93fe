"""Whether the client still waits for its answer: what it asked for ends when it leaves."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

UNWATCHED = 0.02
"""Seconds after which it is looked whether the client is there: to end what is shorter is not worth a task."""


class Presence:
    """Around what is done for a client, once its request is read: leaving cancels it, and ends the block.

    A client leaves by closing its connection. ``gone`` says that it has.
    """

    __slots__ = ("_receive", "_task", "_timer", "_watch", "gone")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self.gone = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = asyncio.get_running_loop().call_later(UNWATCHED, self._begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        return self.gone and not self._task.uncancel() and isinstance(error, asyncio.CancelledError)

    def _begin(self) -> None:
        self._watch = asyncio.get_running_loop().create_task(self._attend(), name="door presence")

    async def _attend(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._task.cancel()
