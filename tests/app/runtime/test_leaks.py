"""However a call ends, it is gone at once: nothing waits for the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from contracts.kit import Role, idempotency_key
from contracts.kit.context import current_frame, scope
from tests.app.runtime.builders import (
    Do,
    Errand,
    House,
    Missing,
    acting_as,
    done,
    failing,
    forever,
    running,
    three,
    until,
)
from tests.garbage import uncollected

CALLS = 1000

Use = Callable[[Errand], Awaitable[object]]


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log no errors: whoever keeps the records keeps their tracebacks."""
    monkeypatch.setattr(logging.getLogger("freestone.calls"), "disabled", True)


@pytest.fixture(name="uncollected")
def _uncollected() -> Iterator[None]:
    with uncollected():
        yield


async def read(stream: AsyncIterator[int]) -> list[int]:
    return [item async for item in stream]


async def glance(stream: AsyncIterator[int]) -> int:
    return await anext(stream)


async def fail_after_one() -> AsyncIterator[int]:
    yield 1
    raise KeyError("x")


async def cancel_and_run(errand: Errand) -> str:
    asyncio.get_running_loop().call_soon(running().cancel)
    return await errand.run()


async def run_as_staff_under_a_key(errand: Errand) -> str:
    with scope(context=acting_as(Role.STAFF)), idempotency_key("key"):
        return await errand.manage()


async def run_late(errand: Errand) -> str:
    with scope(due=0):
        return await errand.run()


ENDS: dict[str, tuple[Do, Callable[[], AsyncIterator[int]], Use]] = {
    "ok": (done, three, lambda errand: errand.run()),
    "in scopes": (done, three, run_as_staff_under_a_key),
    "declared": (failing(Missing()), three, lambda errand: errand.run()),
    "internal": (failing(KeyError()), three, lambda errand: errand.run()),
    "timed out": (forever, three, lambda errand: errand.hurry()),
    "cancelled": (forever, three, cancel_and_run),
    "refused": (done, three, lambda errand: errand.manage()),
    "out of bounds": (done, three, lambda errand: errand.once("x", often=0)),
    "too late": (done, three, run_late),
    "stream": (done, three, lambda errand: read(errand.flow())),
    "stream failed": (done, fail_after_one, lambda errand: read(errand.flow())),
    "stream broken off": (done, three, lambda errand: glance(errand.flow())),
    "stream refused": (done, three, lambda errand: read(errand.leak())),
}


@pytest.mark.usefixtures("quiet", "uncollected")
@pytest.mark.parametrize("nested", [False, True], ids=["alone", "nested"])
@pytest.mark.parametrize("end", ENDS)
async def test_a_call_leaves_no_cycle_behind_even_as_the_end_of_its_task(house: House, end: str, nested: bool) -> None:
    do, items, use = ENDS[end]
    seen: list[weakref.ref[Any]] = []

    async def watched() -> str:
        seen.append(weakref.ref(current_frame()))
        return await do()

    async def watched_items() -> AsyncIterator[int]:
        seen.append(weakref.ref(current_frame()))
        async for item in items():
            yield item

    below = house.errand(watched, items=watched_items, name="below").proxy

    async def use_below() -> str:
        await use(below)
        return "used"

    above = house.errand(use_below, name="above").proxy

    async def call() -> None:
        seen.append(weakref.ref(running()))
        await (above.run() if nested else use(below))

    tasks = [asyncio.create_task(call()) for _ in range(CALLS)]
    await asyncio.wait(tasks)
    for task in tasks:
        with suppress(asyncio.CancelledError):
            error = task.exception()
            seen += [] if error is None else [weakref.ref(error)]
            del error
    del task
    tasks.clear()
    await until(lambda: not list(house.sweep.under_way()))
    await asyncio.sleep(0)
    assert len(seen) >= CALLS
    assert sum(each() is not None for each in seen) == 0
    assert gc.collect() < CALLS / 10


@pytest.mark.usefixtures("quiet", "uncollected")
async def test_calls_one_after_the_other_leave_nothing_either(house: House) -> None:
    errors = [None, Missing(), KeyError(), TimeoutError()]
    seen: list[weakref.ref[Any]] = []

    async def do() -> str:
        seen.append(weakref.ref(current_frame()))
        error = errors[len(seen) % len(errors)]
        if error is not None:
            raise type(error)
        return "done"

    errand = house.errand(do).proxy
    for _ in range(CALLS):
        with suppress(Exception):
            await errand.run()
        assert seen[-1]() is None
    assert gc.collect() < CALLS / 10
