"""As many calls as the limit admits are under way, and each gets its own answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from contracts.kit import Overloaded
from tests.carriers.carriers import until
from tests.carriers.house import LIMIT
from tests.carriers.kitchen import Kitchen

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_too_much_is_refused_and_nothing_else(kitchen: Kitchen, run: str) -> None:
    waiting = {asyncio.create_task(kitchen.wait(run)) for _ in range(LIMIT + 8)}
    refused: set[asyncio.Task[str]] = set()
    while len(refused) < 8:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused |= done
    assert [task.exception() for task in refused] == [Overloaded(operation="kitchen_sink.wait")] * 8
    with pytest.raises(Overloaded) as caught:
        await kitchen.ring(run)
    assert caught.value == Overloaded(operation="kitchen_sink.ring")
    with pytest.raises(Overloaded) as caught:
        await anext(kitchen.steps(run, 1))
    assert caught.value == Overloaded(operation="kitchen_sink.steps")
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await until(lambda: has_room(kitchen))
    assert await kitchen.ring(run) == 1


async def has_room(kitchen: Kitchen) -> bool:
    """Ask whether the kitchen takes another call."""
    with suppress(Overloaded):
        await kitchen.nothing()
        return True
    return False


async def test_each_of_many_at_once_gets_its_own_answer(kitchen: Kitchen) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(kitchen.weigh(bytes(number * 97))) for number in range(LIMIT)]
    assert [task.result() for task in tasks] == [number * 97 for number in range(LIMIT)]


async def test_thousands_one_after_another(kitchen: Kitchen) -> None:
    async def some() -> None:
        for number in range(100):
            assert await kitchen.reserved(number, 2, 3, operation=5) == (number, 2, 3, 4, 5, 6, 7)

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(some())
