"""What a call knows of itself travels down, from task to child task, and never back up."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.kit import (
    GUEST,
    Actor,
    Context,
    Role,
    current_actor,
    current_context,
    detached,
    idempotency_key,
    remaining,
)
from contracts.kit.context import HOLDER, NEVER, ROOT, adopt, current_frame, current_holder, root_scope, scope
from tests.garbage import uncollected

ANNA = Actor(id="anna", roles=frozenset({Role.CUSTOMER}))
BERT = Actor(id="bert")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Open a scope on behalf of an actor."""
    with scope(context=Context(actor=actor, request_id=f"for {actor.id}")):
        yield


async def whoami() -> str:
    await asyncio.sleep(0)
    return current_actor().id


async def test_at_first_a_guest_without_deadline() -> None:
    assert current_actor() == GUEST
    assert current_context() == Context()
    assert remaining() is None
    assert current_frame() is ROOT


async def test_a_scope_holds_for_its_block() -> None:
    with acting(ANNA):
        assert (current_actor(), current_context().request_id) == (ANNA, "for anna")
        with acting(BERT):
            assert current_actor() == BERT
        assert current_actor() == ANNA
    assert current_frame() is ROOT


async def test_a_scope_ends_with_an_error_too() -> None:
    with pytest.raises(KeyError), acting(ANNA):
        raise KeyError
    assert current_frame() is ROOT


async def test_what_a_scope_does_not_name_stays_as_it_is() -> None:
    due = time.monotonic_ns() + 10**12
    with acting(ANNA), scope(due=due), idempotency_key("k"), scope() as inner:
        assert (inner.context.actor, inner.due, inner.next_key) == (ANNA, due, "k")
        with idempotency_key("other"):
            assert current_frame().next_key == "other"
            assert current_actor() == ANNA
        assert current_frame().next_key == "k"


async def test_remaining_is_never_negative() -> None:
    with scope(due=time.monotonic_ns() + 60 * 10**9):
        left = remaining()
        assert left is not None
        assert 0 < left <= 60
    with scope(due=time.monotonic_ns() - 1):
        assert remaining() == 0


async def test_detached_leaves_the_deadline_behind_and_nothing_else() -> None:
    with acting(ANNA), scope(due=time.monotonic_ns() - 1), detached():
        assert remaining() is None
        assert current_frame().due == NEVER
        assert current_actor() == ANNA


async def test_a_child_task_begins_where_its_parent_stands() -> None:
    with acting(ANNA):
        assert await asyncio.create_task(whoami()) == "anna"
        assert set(await asyncio.gather(whoami(), whoami())) == {"anna"}


async def test_what_a_child_task_does_stays_with_it() -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def child() -> None:
        with acting(BERT):
            inside.set()
            await leave.wait()

    with acting(ANNA):
        task = asyncio.create_task(child())
        await inside.wait()
        assert current_actor() == ANNA
        leave.set()
        await task
        assert current_actor() == ANNA


async def test_tasks_side_by_side_do_not_mix() -> None:
    async def act(actor: Actor) -> list[str]:
        with acting(actor):
            return [await whoami() for _ in range(20)]

    actors = [Actor(id=str(n)) for n in range(20)]
    seen = await asyncio.gather(*(act(actor) for actor in actors))
    assert seen == [[actor.id] * 20 for actor in actors]


async def test_tasks_that_share_a_context_do_not_mix_either() -> None:
    async def act(actor: Actor) -> list[str]:
        with acting(actor):
            return [await whoami() for _ in range(3)]

    loop, shared = asyncio.get_running_loop(), contextvars.copy_context()
    tasks = [loop.create_task(act(actor), context=shared) for actor in (ANNA, BERT)]
    assert await asyncio.gather(*tasks) == [["anna"] * 3, ["bert"] * 3]


async def test_one_holder_a_task() -> None:
    holder = current_holder()
    assert current_holder() is holder
    with acting(ANNA):
        assert current_holder() is holder
    await asyncio.sleep(0)
    assert current_holder() is holder
    assert await asyncio.to_thread(current_holder) is not holder


async def test_a_thread_begins_where_its_task_stands() -> None:
    with acting(ANNA):
        assert await asyncio.to_thread(current_actor) == ANNA


async def test_what_a_thread_does_stays_with_it() -> None:
    inside, leave = threading.Event(), threading.Event()

    def work() -> Actor:
        with acting(BERT):
            inside.set()
            leave.wait()
        return current_actor()

    with acting(ANNA):
        thread = asyncio.ensure_future(asyncio.to_thread(work))
        await asyncio.to_thread(inside.wait)
        assert current_actor() == ANNA
        leave.set()
        assert await thread == ANNA
        assert current_actor() == ANNA


def test_a_scope_holds_outside_of_a_loop() -> None:
    def work() -> None:
        assert current_actor() == GUEST
        with acting(ANNA):
            assert current_actor() == ANNA
            assert asyncio.run(whoami()) == "anna"
        assert current_actor() == GUEST

    contextvars.copy_context().run(work)


async def test_a_callback_begins_where_it_was_scheduled() -> None:
    loop, seen = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def callback() -> None:
        with acting(BERT):
            pass
        seen.set_result(current_actor())

    with acting(ANNA):
        loop.call_soon(callback)
        assert await seen == ANNA
        assert current_actor() == ANNA


async def test_a_finished_task_is_freed_at_once() -> None:
    async def work() -> None:
        with acting(ANNA):
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            adopt(task)
            assert HOLDER.get() is not None

    with uncollected():
        coroutine = work()
        task = asyncio.create_task(coroutine)
        ghosts: list[weakref.ref[Any]] = [weakref.ref(task), weakref.ref(coroutine)]
        await task
        with acting(ANNA):
            ghosts.append(weakref.ref(current_frame()))
        del task, coroutine
        await asyncio.sleep(0)
        assert [ghost() for ghost in ghosts] == [None, None, None]


def test_into_a_root_scope_nothing_reaches_from_outside() -> None:
    with scope(context=Context(actor=Actor(id="ada")), due=1, next_key="key"):
        with root_scope(Context(request_id="next")) as frame:
            assert (current_actor(), remaining(), frame.next_key, frame.outer) == (GUEST, None, None, ROOT)
        assert current_actor().id == "ada"
