"""A request's body on its way to another process, and the client who waits behind it and may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive


class Passage:
    """Around what is done for a request; to be begun first.

    A body that came as one is there as a whole (``is_whole``), and can be sent again; any other passes part by part,
    none of them asked for before the last was taken. A client that leaves, and a body that may not go on, end the
    block: with `ClientDisconnect`, or what was raised when the body was asked for.
    """

    def __init__(self, receive: Receive) -> None:
        self.is_whole = False
        self.failure: Exception | None = None
        self._receive = receive
        self._first = b""
        self._is_over = self._cancelled = False
        self._watch: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Receive the first part."""
        self._first, self.is_whole = await self._part()

    def body(self) -> bytes | AsyncIterator[bytes] | None:
        """Return what to send: nothing, all of it, or its parts; parts that were begun cannot be had again."""
        return (self._first or None) if self.is_whole else self._parts()

    def answered(self) -> None:
        """The answer is about to end: who leaves now, leaves with it."""
        self._is_over = True

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        if self.is_whole:
            self._begin_watch()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._is_over = True
        if self._watch is not None:
            self._watch.cancel()
        cancelled_by_others = self._cancelled and self._task.uncancel() > 0
        if self.failure is not None and not cancelled_by_others:
            raise self.failure from None

    async def _part(self) -> tuple[bytes, bool]:
        """Return the next part, and whether it is the last."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), not message.get("more_body", False)

    async def _parts(self) -> AsyncIterator[bytes]:
        part, is_last = self._first, False
        try:
            while True:
                if part:
                    yield part
                if is_last:
                    break
                part, is_last = await self._part()
        except Exception as error:
            self._fail(error)
            raise
        self._begin_watch()

    def _begin_watch(self) -> None:
        self._watch = asyncio.get_running_loop().create_task(self._attend(), name="gateway passage")

    async def _attend(self) -> None:
        try:
            while True:
                await self._part()
        except Exception as error:  # noqa: BLE001 - raised where the request is served
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._is_over and self.failure is None:
            self.failure = error
            # From the loop, when the task is suspended for certain, and so gets it inside of the block.
            asyncio.get_running_loop().call_soon(self._cancel)

    def _cancel(self) -> None:
        if not self._is_over:
            self._cancelled = True
            self._task.cancel()
