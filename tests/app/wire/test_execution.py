"""A call's task begins with what was sent along and nothing else, and from Python 3.12 on without the loop."""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar, copy_context

import pytest

from app.wire.execution import start
from contracts.kit import Context, current_context
from contracts.kit.context import NEVER, ROOT, Frame, current_frame, scope

VARIABLE = ContextVar("test_execution", default="outside")


async def frame() -> Frame:
    """Return where a call stands."""
    return current_frame()


async def test_it_stands_at_the_root_with_what_was_sent() -> None:
    context = Context(request_id="request-1")
    with scope(context=Context(request_id="another"), due=1, next_key="another"):
        found = await start(frame(), 1_000_000, context, copy_context(), "key-1")
    assert found.outer is ROOT
    assert found.context is context
    assert found.next_key == "key-1"
    assert 1 < found.due < NEVER


@pytest.mark.parametrize("remaining", [None, (1 << 64) - 1])
async def test_without_a_deadline_it_has_none(remaining: int | None) -> None:
    assert (await start(frame(), remaining, Context(), copy_context())).due == NEVER


async def test_what_it_sets_is_seen_by_no_other() -> None:
    async def change(value: str) -> str:
        before = VARIABLE.get()
        VARIABLE.set(value)
        await asyncio.sleep(0)
        assert VARIABLE.get() == value
        return before

    shared = copy_context()
    tasks = [start(change(value), None, Context(), shared) for value in ("a", "b")]
    assert await asyncio.gather(*tasks) == ["outside", "outside"]
    assert VARIABLE.get() == "outside"


async def test_child_tasks_stand_where_it_stands() -> None:
    async def child() -> str:
        return current_context().request_id

    async def parent() -> str:
        return await asyncio.create_task(child())

    assert await start(parent(), None, Context(request_id="request-1"), copy_context()) == "request-1"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
async def test_what_waits_for_nothing_is_done_at_once() -> None:
    assert start(frame(), None, Context(), copy_context()).done()
