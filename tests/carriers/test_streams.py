"""A stream yields what is made, no faster than it is read, and ends where its reader ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, TypeVar

import pytest

from contracts.kit import InvalidArgument, TimedOut
from contracts.kit.context import scope
from tests.carriers.carriers import until
from tests.carriers.kitchen import HURRY, Kitchen
from tests.carriers.test_deadlines import due
from tests.carriers.values import Order, Step

pytestmark = pytest.mark.asyncio(loop_scope="session")

T = TypeVar("T")

PAGE = 1 << 16
MANY = 400
"""Pages that no carrier has room for between a producer and its reader."""


def opened(stream: AsyncIterator[T]) -> AbstractAsyncContextManager[AsyncIterator[T]]:
    """Close a stream at the end of a block, which its contract does not say that it can be."""
    closing: Any = stream
    return aclosing(closing)


def notes(kitchen: Kitchen, run: str, last: str) -> Callable[[], Awaitable[bool]]:
    """Ask whether the last thing noted in a run is this."""

    async def ask() -> bool:
        return (await kitchen.journal(run))[:-1][-1:] == (last,)

    return ask


async def made(kitchen: Kitchen, run: str) -> int:
    """Return how many items were made in a run, once there come no more for a while."""
    before = -1
    while True:
        await asyncio.sleep(0.1)
        now = int((await kitchen.journal(run))[-1].removeprefix("made "))
        if now == before:
            return now
        before = now


async def test_ten_thousand_items_in_order(kitchen: Kitchen, run: str) -> None:
    numbers = [int(step.name) async for step in kitchen.steps(run, 10_000)]
    assert numbers == list(range(1, 10_001))
    assert await kitchen.journal(run) == ("finished", "made 10000")


async def test_no_items_at_all(kitchen: Kitchen, run: str) -> None:
    stream = kitchen.steps(run, 0)
    assert [each async for each in stream] == []
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_items_that_say_nothing(kitchen: Kitchen) -> None:
    assert [each async for each in kitchen.nothings(3)] == [None] * 3


async def test_large_items(kitchen: Kitchen, run: str) -> None:
    assert [len(step.name) async for step in kitchen.steps(run, 4, 1 << 20)] == [(1 << 20) + 2] * 4


async def test_arguments_in_and_out_of_bounds(kitchen: Kitchen) -> None:
    assert [item async for item in kitchen.portions(2, order=Order(portion=9))] == [0, 1]
    with pytest.raises(InvalidArgument):
        await anext(kitchen.portions(10))


async def test_nothing_is_made_before_the_first_item_is_asked_for(kitchen: Kitchen, run: str) -> None:
    async with opened(kitchen.flood(run)):
        await asyncio.sleep(0.02)
    assert await kitchen.journal(run) == ("made 0",)


async def test_a_reader_that_has_enough_ends_the_making(kitchen: Kitchen, run: str) -> None:
    async with opened(kitchen.flood(run)) as stream:
        assert [(await anext(stream)).name.strip() for _ in range(20)] == [str(number) for number in range(1, 21)]
    await until(notes(kitchen, run, "GeneratorExit"))
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_reader_that_nobody_holds_any_more_ends_the_making(kitchen: Kitchen, run: str) -> None:
    stream = kitchen.flood(run)
    await anext(stream)
    del stream
    await until(notes(kitchen, run, "GeneratorExit"))


async def test_a_reader_that_is_cancelled_can_go_on(kitchen: Kitchen, run: str) -> None:
    stream = kitchen.drip(run, 1)
    assert await anext(stream) == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(HURRY / 5):
            await anext(stream)
    with pytest.raises(TimedOut):
        await anext(stream)


async def test_a_slow_reader_bounds_what_is_made(kitchen: Kitchen, run: str) -> None:
    async with opened(kitchen.flood(run, PAGE)) as stream:
        for _ in range(3):
            await anext(stream)
        standing = await made(kitchen, run)
        assert standing < MANY
        for _ in range(standing):
            await anext(stream)
        assert standing < await made(kitchen, run) < standing + MANY


async def test_a_slow_reader_is_in_nobodys_way(kitchen: Kitchen, run: str) -> None:
    async with opened(kitchen.flood(run, PAGE)) as slow:
        await anext(slow)
        await made(kitchen, run)
        assert await kitchen.weigh(bytes(PAGE)) == PAGE
        assert [int(step.name) async for step in kitchen.steps(f"{run} fast", 100)] == list(range(1, 101))


async def test_several_at_once_are_not_mixed_up(kitchen: Kitchen, run: str) -> None:
    async def read(number: int) -> list[Step]:
        return [step async for step in kitchen.steps(f"{run} {number}", 50 + number, number)]

    streams = await asyncio.gather(*map(read, range(10)))
    for number, steps in enumerate(streams):
        assert [step.name for step in steps] == [f"{each} {'x' * number}" for each in range(1, 51 + number)]


async def test_a_producer_too_slow_for_an_item_ends_after_those_it_made(kitchen: Kitchen, run: str) -> None:
    stream = kitchen.drip(run, 2)
    assert [await anext(stream), await anext(stream)] == [0, 1]
    with pytest.raises(TimedOut) as caught:
        await anext(stream)
    assert caught.value == TimedOut(operation="kitchen_sink.drip")
    await until(notes(kitchen, run, "CancelledError"))


async def test_a_slow_reader_is_no_ones_deadline(kitchen: Kitchen, run: str) -> None:
    async with opened(kitchen.drip(run, 100)) as stream:
        assert await anext(stream) == 0
        await asyncio.sleep(2 * HURRY)
        assert [await anext(stream) for _ in range(1, 100)] == list(range(1, 100))


async def test_the_callers_deadline_counts_for_the_whole(kitchen: Kitchen, run: str) -> None:
    async def read() -> None:
        async for _ in kitchen.flood(run):
            await asyncio.sleep(HURRY / 10)

    with scope(due=due(HURRY)), pytest.raises(TimedOut) as caught:
        await read()
    assert caught.value == TimedOut(operation="kitchen_sink.flood")
    await until(ended(kitchen, run))


def ended(kitchen: Kitchen, run: str) -> Callable[[], Awaitable[bool]]:
    """Ask whether a flood has been stopped, however it was."""

    async def ask() -> bool:
        return len(await kitchen.journal(run)) == 2

    return ask
