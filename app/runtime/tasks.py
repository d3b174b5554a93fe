"""Child tasks start where their parent stands: with its frame and in its transaction, in a holder of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any

from app.line import calling_line
from contracts.kit.context import HOLDER, Holder, current_holder, place

Work = Coroutine[Any, Any, Any] | Generator[Any, None, Any]


def task_factory(
    loop: asyncio.AbstractEventLoop, work: Work, *, context: Context | None = None, **options: Any
) -> asyncio.Task[Any]:
    """Make a task that begins with a snapshot of the frame its parent has now, and of the mark that it writes.

    A context that is given may be another task's too, or be entered already: it is left as it is.
    """
    parent = current_holder()
    frame, writing = parent.frame, parent.writing
    if writing is not None:
        writing = None if writing.over else writing.pass_on(calling_line())
    if context is None:
        context = copy_context()
        context.run(HOLDER.set, Holder(work, frame, writing))
        return asyncio.Task(work, loop=loop, context=context, **options)
    task = asyncio.Task(work, loop=loop, context=context, **options)
    place(task, frame, writing)
    return task
