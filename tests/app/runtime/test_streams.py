"""A stream's producer works a little ahead of its reader, no longer than it may, and stops with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from app.runtime.streams import BUFFER
from contracts.kit import Overloaded, PermissionDenied, Role, TimedOut, current_actor, remaining
from contracts.kit.context import current_frame, scope
from tests.app.runtime.builders import AGES, HURRY, Doing, House, Yield, acting_as, forever, in_time, running, until
from tests.app.runtime.sources import Source, opened, read, read_until, slow_after_two


async def test_items_arrive_in_order_to_the_last(house: House) -> None:
    source = Source(100)
    bound = house.stream(source)
    assert await read(bound.proxy.flow()) == list(range(1, 101))
    assert source.ended == "finished"
    assert bound.calls == set()
    assert bound.route("flow").calls == 1
    assert bound.route("flow").errors == {}


async def test_a_stream_that_ended_stays_ended(house: House) -> None:
    stream = house.stream(Source(1)).proxy.flow()
    assert await read(stream) == [1]
    assert await read(stream) == []
    await opened(stream).aclose()


async def test_nothing_runs_before_the_first_item_is_asked_for(house: House) -> None:
    source = Source()
    stream = house.stream(source).proxy.flow()
    await asyncio.sleep(0.01)
    assert source.made == 0
    await opened(stream).aclose()
    assert await read(stream) == []
    assert source.made == 0


async def test_the_producer_is_at_most_a_buffer_ahead_of_its_reader(house: House) -> None:
    source = Source()
    async with aclosing(opened(house.stream(source).proxy.flow())) as stream:
        for taken in range(1, 2 * BUFFER):
            assert await anext(stream) == taken
            await asyncio.sleep(0.001)
            assert source.made <= taken + BUFFER
        await until(lambda: source.made == taken + BUFFER)
        await asyncio.sleep(0.01)
        assert source.made == taken + BUFFER


async def test_a_slow_reader_is_no_ones_deadline(house: House) -> None:
    source = Source(2 * BUFFER)
    stream = house.stream(source).proxy.trickle()
    assert await anext(stream) == 1
    await asyncio.sleep(2 * HURRY)
    assert await read(stream) == list(range(2, 2 * BUFFER + 1))


async def test_a_producer_too_slow_for_an_item_ends_after_those_it_made(house: House) -> None:
    bound = house.stream(slow_after_two)
    stream = bound.proxy.trickle()
    assert [await anext(stream), await anext(stream)] == [1, 2]
    with pytest.raises(TimedOut) as caught:
        await anext(stream)
    assert caught.value == TimedOut(operation="errand.trickle")
    assert bound.route("trickle").errors == {"call.timed_out": 1}


@in_time
async def test_the_deadline_is_one_items_and_not_the_streams(house: House) -> None:
    async def steady() -> AsyncIterator[int]:
        for item in range(12):
            await asyncio.sleep(HURRY / 6)
            yield item

    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await read(house.stream(steady).proxy.trickle()) == list(range(12))
    assert loop.time() - began > HURRY


async def test_an_item_that_comes_late_all_the_same_is_given_and_the_next_has_its_deadline(house: House) -> None:
    async def stubborn() -> AsyncIterator[int]:
        try:
            await forever()
        except asyncio.CancelledError:
            yield 1
        await forever()

    stream = house.stream(stubborn).proxy.trickle()
    assert await anext(stream) == 1
    with pytest.raises(TimedOut):
        await anext(stream)


async def test_the_callers_deadline_counts_for_the_whole_of_a_stream(house: House) -> None:
    source = Source()
    below = house.stream(source, name="below").proxy

    async def read_slowly() -> str:
        async for _ in below.flow():
            await asyncio.sleep(HURRY / 4)
        return "never"

    with pytest.raises(TimedOut) as caught:
        await house.errand(read_slowly, name="above").proxy.hurry()
    assert caught.value.operation == "above.hurry"
    await until(lambda: source.ended)


async def test_a_callers_deadline_ends_a_producer_at_work(house: House) -> None:
    with scope(due=time.monotonic_ns() + round(HURRY / 3 * 1e9)), pytest.raises(TimedOut):
        await read(house.stream(slow_after_two).proxy.flow())


@in_time
async def test_a_callers_deadline_ends_a_producer_that_waits_for_its_reader(house: House) -> None:
    source = Source()
    bound = house.stream(source)
    with scope(due=time.monotonic_ns() + round(HURRY * 1e9)):
        stream = bound.proxy.flow()
        assert await anext(stream) == 1
        await until(lambda: not bound.calls)
        assert await read_until(TimedOut, stream) == list(range(2, BUFFER + 2))
        with pytest.raises(TimedOut):
            await anext(bound.proxy.flow())


async def test_a_producer_acts_for_whom_the_stream_was_begun(house: House) -> None:
    seen: list[tuple[str, bool, str]] = []

    async def look() -> AsyncIterator[int]:
        for item in range(2):
            left = remaining()
            seen.append((current_actor().id, left is not None and left <= AGES, current_frame().route.name))
            yield item

    stream = house.stream(look).proxy.flow()
    with scope(context=acting_as(Role.CUSTOMER)):
        await anext(stream)
    await read(stream)
    assert seen == [("ada", True, "errand.flow")] * 2
    assert current_actor().id == ""


async def test_who_may_not_call_is_refused_at_the_first_item_for_good(house: House) -> None:
    source = Source()
    bound = house.stream(source)
    stream = bound.proxy.leak()
    with pytest.raises(PermissionDenied):
        await anext(stream)
    assert await read(stream) == []
    assert source.made == 0
    with scope(context=acting_as(Role.STAFF)):
        assert await anext(bound.proxy.leak()) == 1


async def test_streams_count_for_the_limit(house: House) -> None:
    bound = house.stream(Source(), limit=1)
    first = opened(bound.proxy.flow())
    await anext(first)
    with pytest.raises(Overloaded):
        await anext(bound.proxy.flow())
    with pytest.raises(Overloaded):
        await bound.proxy.run()
    await first.aclose()
    assert await bound.proxy.run() == "done"
    assert bound.route("flow").errors == {"call.overloaded": 1}


async def test_a_stream_ends_where_it_began_and_a_new_one_begins_elsewhere(house: House) -> None:
    old, new = Source(40), Source()
    bound = house.stream(old)
    stream, waiting = bound.proxy.flow(), bound.proxy.flow()
    assert await anext(stream) == 1
    retired = house.rebind(bound, Doing(items=new))
    assert await anext(waiting) == 1
    assert new.made > 0
    assert await read(stream) == list(range(2, 41))
    await retired.drain()


async def test_two_streams_of_one_operation_are_two(house: House) -> None:
    def count() -> AsyncIterator[int]:
        return Source(50)()

    bound = house.stream(count)
    assert await asyncio.gather(*(read(bound.proxy.flow()) for _ in range(3))) == [list(range(1, 51))] * 3


@pytest.mark.parametrize("items", [Source(50), slow_after_two], ids=["ending", "failing"])
async def test_several_readers_of_one_stream_share_its_items_and_all_come_to_its_end(
    house: House, items: Yield
) -> None:
    stream = house.stream(items).proxy.trickle()
    got: list[int] = []

    async def take() -> str:
        try:
            async for item in stream:
                got.append(item)
                await asyncio.sleep(0)
        except TimedOut:
            return "failed"
        return "ended"

    ends = await asyncio.gather(*(take() for _ in range(3)))
    assert got == list(range(1, len(got) + 1))
    assert sorted(ends) == ["ended", "ended", "failed" if items is slow_after_two else "ended"]


async def test_a_reader_that_is_cancelled_loses_no_item(house: House) -> None:
    gate = asyncio.Event()

    async def gated() -> AsyncIterator[int]:
        yield 1
        await gate.wait()
        yield 2
        yield 3

    stream = house.stream(gated).proxy.flow()
    assert await anext(stream) == 1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(stream)
    gate.set()
    assert await read(stream) == [2, 3]
    assert running().cancelling() == 0
