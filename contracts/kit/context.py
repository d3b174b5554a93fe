"""What a call knows about itself: who asks, how long is left, under which key.

Context travels down only. It hangs on the running task: one `Holder` a task, put into a context
variable once, whose frame the call pipeline (`app/runtime`) replaces at every call. A child task
starts with a snapshot of its parent's frame.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from contracts.kit.actors import GUEST, Actor
from contracts.kit.message import Message
from contracts.kit.writing import Writing

NEVER = 1 << 62
"""A due time that does not come (nanoseconds of the monotonic clock)."""


class Context(Message):
    """What stays the same along a tree of calls.

    ``request_id`` ties log lines together; ``assertion`` is the signed proof of who the actor is,
    None for guests and for the system.
    """

    request_id: str = ""
    actor: Actor = GUEST
    assertion: str | None = None


class Frame(msgspec.Struct, eq=False, weakref=True):
    """One call under way, or a scope opened around calls.

    ``due`` and ``began`` are in nanoseconds of `time.monotonic_ns`; ``task`` runs the call (None: a scope); ``base`` is
    its count of cancellations at entry; ``fired`` says that the sweep cancelled this call; ``key`` is what
    a repeatable command runs under, ``next_key`` what those called from here shall run under.
    """

    due: int
    task: asyncio.Task[Any] | None
    base: int
    outer: Frame | None
    context: Context
    route: Any = None
    began: int = 0
    fired: bool = False
    key: Any = None
    next_key: str | None = None


ROOT = Frame(NEVER, None, 0, None, Context())
"""Where a task stands that no request and no background work began: a guest without a deadline."""


class Holder:
    """A task's place for its current frame.

    ``coroutine`` tells whose it is without a reference cycle (None: no task's); ``writing`` says in whose
    write transaction the task is, None outside of one.
    """

    __slots__ = ("coroutine", "frame", "writing")

    def __init__(self, coroutine: object, frame: Frame, writing: Writing | None = None) -> None:
        self.coroutine = coroutine
        self.frame = frame
        self.writing = writing


HOLDER: ContextVar[Holder | None] = ContextVar("freestone_holder", default=None)


_placed: WeakKeyDictionary[asyncio.Task[Any], Holder] = WeakKeyDictionary()
"""Holders that the context variable may not show: several tasks may share one context."""


def place(task: asyncio.Task[Any], frame: Frame, writing: Writing | None = None) -> Holder:
    """Give a task a holder of its own, whatever its context shows."""
    holder = _placed[task] = Holder(task.get_coro(), frame, writing)
    return holder


def adopt(task: asyncio.Task[Any] | None) -> Holder:
    """Make the context show the holder of a task, or of code outside of any; without one it is given one.

    It then begins where the one that the context showed stands.
    """
    holder = None if task is None else _placed.get(task)
    if holder is None:
        shown = HOLDER.get()
        frame, writing = (ROOT, None) if shown is None else (shown.frame, shown.writing)
        if writing is not None:
            writing = writing.pass_on(None)
        holder = Holder(None, frame, writing) if task is None else place(task, frame, writing)
    HOLDER.set(holder)
    return holder


def current_holder() -> Holder:
    """Return the running task's holder; outside a task, in a thread say, the one of the context."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    holder = HOLDER.get()
    if holder is None or holder.coroutine is not _coroutine(task):
        return adopt(task)
    return holder


def _coroutine(task: asyncio.Task[Any] | None) -> object:
    return None if task is None else task.get_coro()


def current_frame() -> Frame:
    """Return the call that is being executed now."""
    return current_holder().frame


def current_context() -> Context:
    """Return the context of the call that is being executed now."""
    return current_holder().frame.context


def current_actor() -> Actor:
    """Return on whose behalf the present call is made; a guest where nobody said."""
    return current_holder().frame.context.actor


def remaining() -> float | None:
    """Return the seconds left before the present call's deadline (at least 0), None without one."""
    due = current_holder().frame.due
    return None if due >= NEVER else max(0, due - time.monotonic_ns()) / 1e9


@contextmanager
def scope(*, context: Context | None = None, due: int | None = None, next_key: str | None = None) -> Iterator[Frame]:
    """Open a scope around the calls made in the block; what is not given stays as it is."""
    outer = current_holder().frame
    frame = Frame(
        outer.due if due is None else due,
        None,
        0,
        outer,
        outer.context if context is None else context,
        outer.route,
        key=outer.key,
        next_key=outer.next_key if next_key is None else next_key,
    )
    with _standing_in(frame):
        yield frame


@contextmanager
def root_scope(context: Context, due: int = NEVER) -> Iterator[Frame]:
    """Open a scope into which nothing reaches from outside: where a request begins."""
    frame = Frame(due, None, 0, ROOT, context)
    with _standing_in(frame):
        yield frame


@contextmanager
def _standing_in(frame: Frame) -> Iterator[None]:
    holder = current_holder()
    outer, holder.frame = holder.frame, frame
    try:
        yield
    finally:
        holder.frame = outer


@contextmanager
def idempotency_key(key: str) -> Iterator[None]:
    """Run the repeatable commands called directly in the block under ``key``.

    A second arrival of the same key from the same actor gets the first answer; with other arguments
    it gets `Conflict`. One key serves one command: use a key for each thing that shall happen once.
    """
    with scope(next_key=key):
        yield


@contextmanager
def detached() -> Iterator[None]:
    """Make the calls in the block without the present deadline: for clean-up after it has passed."""
    with scope(due=NEVER):
        yield
