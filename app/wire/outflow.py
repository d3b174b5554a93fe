"""The callee's end of a stream: as many items as its caller has room for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from app.wire.connection import LARGE, Connection, TooLarge
from app.wire.frames import ITEMS, encode

HEAD = 32
"""Bytes that are enough for what stands in a frame beside its items."""


class Outflow:
    """Reads a stream's items and sends them, several in a frame where they come together.

    Nothing is asked of the stream while its caller has given no credit, or the connection is full.
    """

    def __init__(self, connection: Connection, number: int, credit: int) -> None:
        self._connection = connection
        self._id = number
        self._credit = credit
        self._most = min(LARGE, connection.peer_frame - HEAD)
        self._items: list[msgspec.Raw] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None

    async def run(self, items: AsyncIterator[Any]) -> None:
        """Send everything; at its end, or when the task is cancelled, the stream is closed."""
        try:
            while True:
                while self._credit <= 0 or self._connection.paused:
                    await self._wait()
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
                self._add(encode(item))
                del item
        finally:
            self.flush()
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()

    def add_credit(self, more: int) -> None:
        """The caller has room for more."""
        self._credit += more
        self.wake()

    def wake(self) -> None:
        """Look again whether items may be sent."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def flush(self) -> None:
        """Send the items that are ready."""
        if self._items:
            items, self._items, self._size = self._items, [], 0
            self._connection.send((ITEMS, self._id, items))

    def _add(self, item: bytes) -> None:
        if self._size + len(item) > self._most:
            self.flush()
        if len(item) > self._connection.peer_frame - HEAD:
            raise TooLarge(f"an item takes {len(item)} bytes; the other side accepts {self._connection.peer_frame}")
        if not self._items:
            asyncio.get_running_loop().call_soon(self.flush)
        self._items.append(msgspec.Raw(item))
        self._size += len(item)
        self._credit -= 1

    async def _wait(self) -> None:
        self.flush()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
