"""A streaming call: a producer task behind a bounded buffer, so that it means the same everywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from app.runtime.failures import counted, translate
from contracts.kit import Overloaded, Unavailable
from contracts.kit.context import Frame, Holder, current_holder

if TYPE_CHECKING:
    from app.runtime.guard import Guard
    from app.runtime.route import Route

BUFFER = 16
"""How many items a producer may be ahead of its reader."""

Invoke = Callable[[Callable[..., AsyncIterator[Any]]], AsyncIterator[Any]]
Now = Callable[[], tuple[Callable[..., AsyncIterator[Any]], "set[Frame]", int]]


class StreamCall(AsyncIterator[Any]):
    """One streaming call under way.

    Begins with the first item asked for, and then belongs to the target of that moment. The deadline
    counts while the producer works at an item, not while it waits for its reader; the caller's own
    deadline counts always. Closed by `aclose`, at its end, or when nobody holds it any more. ``refuse`` looks
    at who asks for the first item, ``guard`` at whether who asks for another is in a write transaction.
    """

    def __init__(
        self, route: Route, now: Now, invoke: Invoke, refuse: Callable[[Holder], None], guard: Guard | None
    ) -> None:
        self._route = route
        self._now = now
        self._invoke = invoke
        self._refuse = refuse
        self._guard = guard
        self._producer: _Producer | None = None
        self._done = False

    def __aiter__(self) -> StreamCall:
        return self

    async def __anext__(self) -> Any:
        if self._done:
            raise StopAsyncIteration
        if self._producer is None:
            self._producer = self._begin()
        elif self._guard is not None and (writing := current_holder().writing) is not None:
            self._guard(writing, self._route.name)
        item = await self._producer.next()
        if not isinstance(item, _End):
            return item
        self._done = True
        if item.failure is None:
            raise StopAsyncIteration
        try:
            raise item.failure
        finally:
            del item  # it would make a cycle through the traceback

    async def aclose(self) -> None:
        """End the call; its producer has stopped and cleaned up when this returns."""
        self._done = True
        if self._producer is not None:
            await self._producer.stop()

    def __del__(self) -> None:
        if self._producer is not None:
            self._producer.abandon()

    def _begin(self) -> _Producer:
        holder = current_holder()
        try:
            self._refuse(holder)
            target, calls, limit = self._now()
            if len(calls) >= limit:
                raise counted(self._route, Overloaded(operation=self._route.name))
        except BaseException:
            self._done = True
            raise
        # Not a closure over self: the producer would keep its reader alive.
        return _Producer(self._route, partial(self._invoke, target), calls, holder.frame)


class _End:
    """The last thing in a buffer: how the stream ended."""

    __slots__ = ("failure",)

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure


class _Producer:
    """Runs the target's iterator in a task of its own; knows its reader only by the buffer."""

    def __init__(self, route: Route, start: Callable[[], AsyncIterator[Any]], calls: set[Frame], outer: Frame) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._credit = asyncio.Semaphore(BUFFER - 1)  # the first item needs none
        self._route = route
        self._outer = outer
        self._calls = calls
        self._started = time.monotonic_ns()
        self._frame = Frame(self._due(), None, 0, outer, outer.context, route, self._started)
        self._stopped = False
        self._failure: BaseException | None = None
        calls.add(self._frame)
        self._task = asyncio.get_running_loop().create_task(self._run(start), name=f"stream {route.name}")
        self._task.add_done_callback(self._finish)
        self._frame.task = self._task

    async def next(self) -> Any:
        item = self._queue.get_nowait() if not self._queue.empty() else await self._queue.get()
        if isinstance(item, _End):
            self._queue.put_nowait(_End(None))  # for whoever else reads
        self._credit.release()
        return item

    async def stop(self) -> None:
        self._stopped = True
        self._task.cancel()
        await asyncio.wait([self._task])

    def abandon(self) -> None:
        self._stopped = True
        if not self._task.done() and not self._task.get_loop().is_closed():
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def _due(self) -> int:
        return min(time.monotonic_ns() + self._route.allowance, self._outer.due)

    async def _run(self, start: Callable[[], AsyncIterator[Any]]) -> None:
        holder = current_holder()
        before, holder.frame = holder.frame, self._frame
        try:
            await self._produce(start())
        except BaseException as error:  # noqa: BLE001 - translated, and raised where the reader is
            self._failure = translate(self._frame, error)
        finally:
            holder.frame = before

    def _finish(self, task: asyncio.Task[None]) -> None:
        """Tell the reader; a task that was cancelled at once never came to `_run`."""
        self._calls.discard(self._frame)
        self._route.buckets[(time.monotonic_ns() - self._started).bit_length()] += 1
        failure, self._failure = self._failure, None
        if self._stopped:
            failure = None
        elif task.cancelled() or isinstance(failure, asyncio.CancelledError):
            failure = Unavailable(operation=self._route.name, reason="the stream was stopped", may_have_executed=True)
        self._queue.put_nowait(_End(failure))

    async def _produce(self, items: AsyncIterator[Any]) -> None:
        try:
            async for item in items:
                if self._stopped:
                    break
                if self._frame.fired:  # it came all the same
                    self._frame.fired = False
                    self._task.uncancel()
                self._queue.put_nowait(item)
                self._frame.due = self._outer.due  # from here on the reader's time, not the producer's
                await self._credit.acquire()
                self._frame.due = self._due()
        finally:
            self._frame.due = self._due()  # to clean up takes no longer than an item
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()
