"""Whoever does not wait any longer has it stopped, wherever it is."""

from __future__ import annotations

import asyncio

import pytest

from tests.carriers.carriers import until
from tests.carriers.kitchen import Kitchen, Mishap
from tests.carriers.test_deadlines import ended
from tests.carriers.values import Spilt

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def began(kitchen: Kitchen, run: str) -> None:
    """Wait until something in a run is being executed."""

    async def ask() -> bool:
        return "began" in await kitchen.journal(run)

    await until(ask)


async def test_a_task_that_is_cancelled(kitchen: Kitchen, run: str) -> None:
    task = asyncio.create_task(kitchen.wait(run))
    await began(kitchen, run)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(ended(kitchen, run))


async def test_a_timeout_of_the_callers_own(kitchen: Kitchen, run: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await kitchen.wait(run)
    await until(ended(kitchen, run))


async def test_a_call_that_is_cancelled_before_it_begins(kitchen: Kitchen, run: str) -> None:
    task = asyncio.create_task(kitchen.ring(run))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await kitchen.ring(run) == 1


async def test_a_task_group_stops_the_others_when_one_fails(kitchen: Kitchen, run: str) -> None:
    async def spill() -> None:
        await began(kitchen, run)
        await kitchen.fail(Mishap.SPILT)

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(kitchen.wait(run))
            group.create_task(spill())

    with pytest.raises(ExceptionGroup) as caught:
        await together()
    assert caught.value.exceptions == (Spilt(),)
    await until(ended(kitchen, run))


async def test_some_of_many_and_the_others_go_on(kitchen: Kitchen, run: str) -> None:
    waiting = [asyncio.create_task(kitchen.wait(f"{run} {number}")) for number in range(6)]
    for number in range(6):
        await began(kitchen, f"{run} {number}")
    for task in waiting[::2]:
        task.cancel()
    for number in range(0, 6, 2):
        await until(ended(kitchen, f"{run} {number}"))
    assert [(await kitchen.journal(f"{run} {number}"))[-2] for number in range(1, 6, 2)] == ["began"] * 3
    assert not any(task.done() for task in waiting[1::2])
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
