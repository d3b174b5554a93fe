"""The caller's end of a stream: an iterator that takes some items ahead of its reader."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Protocol

import msgspec

from app.wire.codec import OperationCodec
from app.wire.connection import Violation
from app.wire.frames import CREDIT, STREAM, Failure
from app.wire.limits import Limits
from app.wire.remote import Envelope
from contracts.kit import Error, Unavailable


class Inflow:
    """What arrived of a stream and was not read yet; the link knows the stream by this alone."""

    __slots__ = ("_waiter", "credit", "error", "is_over", "items", "number", "operation", "window")

    def __init__(self, operation: OperationCodec, number: int, window: int) -> None:
        self.operation = operation
        self.number = number
        self.window = self.credit = window
        self.items: deque[msgspec.Raw] = deque()
        self.is_over = False
        self.error: Error | None = None
        self._waiter: asyncio.Future[None] | None = None

    def add(self, items: list[msgspec.Raw]) -> None:
        """Some items arrived."""
        self.credit -= len(items)
        if self.credit < 0:
            raise Violation("it sent more of a stream's items than were asked for")
        self.items.extend(items)
        self._wake()

    def end(self, error: Error | None = None) -> None:
        """Nothing more will arrive."""
        if not self.is_over:
            self.is_over = True
            self.error = error
            self._wake()

    def take_error(self) -> Error | None:
        """Return how the stream failed, once: an error keeps the frames that it came through."""
        error, self.error = self.error, None
        return error

    async def wait(self) -> None:
        """Wait until something arrives; there is one reader."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Carrier(Protocol):
    """What streams need of their link."""

    limits: Limits

    async def ready(self, operation: OperationCodec) -> None: ...

    def request(
        self, kind: int, operation: OperationCodec, envelope: Envelope, extra: int, arguments: dict[str, Any]
    ) -> int: ...

    def send(self, frame: tuple[Any, ...]) -> None: ...

    def cancel(self, number: int) -> None: ...


class Inflows:
    """The streams under way on one link, by their numbers."""

    def __init__(self, link: Carrier) -> None:
        self.flows: dict[int, Inflow] = {}
        self._link = link
        self._loop = asyncio.get_running_loop()

    async def open(self, operation: OperationCodec, envelope: Envelope, arguments: dict[str, Any]) -> Inflow:
        """Ask for a stream."""
        window = self._link.limits.window
        await self._link.ready(operation)
        number = self._link.request(STREAM, operation, envelope, window, arguments)
        flow = self.flows[number] = Inflow(operation, number, window)
        return flow

    def ask(self, flow: Inflow, more: int) -> None:
        """Ask for more of a stream's items."""
        flow.credit += more
        self._link.send((CREDIT, flow.number, more))

    def close(self, flow: Inflow) -> None:
        """Ask for no more of them."""
        if self.flows.pop(flow.number, None) is not None:
            flow.end()
            self._link.cancel(flow.number)

    def abandon(self, flow: Inflow) -> None:
        """As `close`, from any thread and at any time."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.close, flow)

    def add(self, number: int, items: list[msgspec.Raw]) -> bool:
        """Some items arrived; say whether the stream is under way."""
        flow = self.flows.get(number)
        if flow is not None:
            flow.add(items)
        return flow is not None

    def end(self, number: int) -> bool:
        """A stream is over; say whether it was under way."""
        flow = self.flows.pop(number, None)
        if flow is not None:
            flow.end()
        return flow is not None

    def fail(self, failure: Failure) -> bool:
        """A stream ended with an error; say whether it was under way."""
        flow = self.flows.pop(failure.id, None)
        if flow is not None:
            flow.end(flow.operation.error(failure.code, failure.fields))
        return flow is not None

    def lose(self, reason: str, written: int) -> None:
        """Nothing arrives any more, for any stream; those up to a number had been written."""
        for flow in self.flows.values():
            name, is_written = flow.operation.name, flow.number <= written
            flow.end(Unavailable(operation=name, reason=reason, may_have_executed=is_written))
        self.flows.clear()


class RemoteStream(AsyncIterator[Any]):
    """One stream under way: opened by the first item asked for, closed by `aclose`, at its end, or when nobody
    holds it any more. It has one reader.
    """

    def __init__(
        self, streams: Inflows, operation: OperationCodec, envelope: Envelope, arguments: dict[str, Any]
    ) -> None:
        self._streams = streams
        self._asked = (operation, envelope, arguments)
        self._decode = operation.result.decode
        self._flow: Inflow | None = None
        self._read = 0
        self._is_done = False

    def __aiter__(self) -> RemoteStream:
        return self

    async def __anext__(self) -> Any:
        if self._is_done:
            raise StopAsyncIteration
        flow = self._flow
        if flow is None:
            flow = await self._open()
        while not flow.items:
            if flow.is_over:
                self._is_done = True
                raise flow.take_error() or StopAsyncIteration
            await flow.wait()
        item = flow.items.popleft()
        self._read += 1
        if self._read * 2 >= flow.window and not flow.is_over:
            self._streams.ask(flow, self._read)
            self._read = 0
        return self._decode(item)

    async def _open(self) -> Inflow:
        try:
            self._flow = await self._streams.open(*self._asked)
        except BaseException:
            self._is_done = True
            raise
        return self._flow

    async def aclose(self) -> None:
        """Tell the callee that nobody reads any more; does not wait for it."""
        self._is_done = True
        if self._flow is not None:
            self._streams.close(self._flow)

    def __del__(self) -> None:
        if self._flow is not None and not self._flow.is_over:
            self._streams.abandon(self._flow)
