"""A deadline ends a call for its caller, and for whoever works at it, wherever that is."""

from __future__ import annotations

import time
from asyncio import TaskGroup
from collections.abc import Awaitable, Callable

import pytest

from contracts.kit import TimedOut, detached
from contracts.kit.context import scope
from tests.carriers.carriers import until
from tests.carriers.kitchen import AGES, HURRY, Kitchen

pytestmark = pytest.mark.asyncio(loop_scope="session")


def due(seconds: float) -> int:
    """Return a due time from now on."""
    return time.monotonic_ns() + round(seconds * 1e9)


def ended(kitchen: Kitchen, run: str) -> Callable[[], Awaitable[bool]]:
    """Ask whether what began in a run has been cancelled."""

    async def ask() -> bool:
        *notes, _ = await kitchen.journal(run)
        return notes.count("began") == notes.count("CancelledError") > 0

    return ask


async def test_an_operations_own(kitchen: Kitchen, run: str) -> None:
    with pytest.raises(TimedOut) as caught:
        await kitchen.hurry(run)
    assert caught.value == TimedOut(operation="kitchen_sink.hurry")
    assert caught.value.__context__ is None
    await until(ended(kitchen, run))


async def test_its_callers(kitchen: Kitchen, run: str) -> None:
    with scope(due=due(HURRY)), pytest.raises(TimedOut) as caught:
        await kitchen.wait(run)
    assert caught.value == TimedOut(operation="kitchen_sink.wait")
    await until(ended(kitchen, run))


async def test_one_that_has_passed_already(kitchen: Kitchen, run: str) -> None:
    with scope(due=due(0)), pytest.raises(TimedOut):
        await kitchen.ring(run)
    assert await kitchen.ring(run) == 1


async def test_what_is_left_is_known_where_the_call_is_executed(kitchen: Kitchen) -> None:
    left = await kitchen.time_left()
    assert left is not None
    assert AGES / 2 < left <= AGES
    with scope(due=due(AGES / 2)):
        left = await kitchen.time_left()
    assert left is not None
    assert 0 < left <= AGES / 2


async def test_a_detached_call_has_its_own_time_only(kitchen: Kitchen) -> None:
    with scope(due=due(AGES / 2)), detached():
        left = await kitchen.time_left()
    assert left is not None
    assert AGES / 2 < left <= AGES


async def test_whoever_was_ended_by_one_can_clean_up_without_it(kitchen: Kitchen, run: str) -> None:
    async def work() -> None:
        try:
            await kitchen.wait(run)
        finally:
            with detached():
                assert await kitchen.ring(run) == 1

    with scope(due=due(HURRY)), pytest.raises(TimedOut):
        await work()
    assert await kitchen.ring(run) == 2


async def test_that_of_a_call_made_on_the_way_is_told_by_its_name(kitchen: Kitchen, run: str) -> None:
    with pytest.raises(TimedOut) as caught:
        await kitchen.fetch(run)
    assert caught.value.operation == "pantry.fetch"


async def test_of_two_that_pass_together_the_outer_one_counts(kitchen: Kitchen, run: str) -> None:
    with pytest.raises(TimedOut) as caught:
        await kitchen.fetch_in_a_hurry(run)
    assert caught.value.operation == "kitchen_sink.fetch_in_a_hurry"


async def test_whoever_fails_after_it_was_late_all_the_same(kitchen: Kitchen, run: str) -> None:
    with pytest.raises(TimedOut) as caught:
        await kitchen.insist(run, fail=True)
    assert caught.value.operation == "kitchen_sink.insist"
    assert await kitchen.weigh(b"on") == 2


async def test_many_at_once(kitchen: Kitchen, run: str) -> None:
    async def one(number: int) -> None:
        with pytest.raises(TimedOut):
            await kitchen.hurry(f"{run} {number}")

    async with TaskGroup() as group:
        for number in range(20):
            group.create_task(one(number))
    assert await kitchen.weigh(b"on") == 2
