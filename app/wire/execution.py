"""A call's task on the callee's side: it begins where no other call of that process stands."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from contextvars import Context as Variables
from typing import Any

from contracts.kit import Context
from contracts.kit.context import HOLDER, NEVER, ROOT, Frame, Holder

if sys.version_info >= (3, 12):

    def _task(work: Coroutine[Any, Any, Any], variables: Variables) -> asyncio.Task[Any]:
        return asyncio.Task(work, loop=asyncio.get_running_loop(), context=variables, eager_start=True)

else:

    def _task(work: Coroutine[Any, Any, Any], variables: Variables) -> asyncio.Task[Any]:
        return asyncio.Task(work, loop=asyncio.get_running_loop(), context=variables)


def start(
    work: Coroutine[Any, Any, Any],
    remaining: int | None,
    context: Context,
    variables: Variables,
    key: str | None = None,
) -> asyncio.Task[Any]:
    """Execute a call, in a copy of some context variables; from Python 3.12 on as far as it goes without waiting.

    ``remaining`` is in microseconds, None for a caller without a deadline; ``key`` is the idempotency key.
    """
    due = NEVER if remaining is None else min(NEVER, time.monotonic_ns() + remaining * 1000)
    own = variables.copy()
    own.run(HOLDER.set, Holder(work, Frame(due, None, 0, ROOT, context, next_key=key)))
    return _task(work, own)
