"""However a stream ends, its producer ends with it, and the reader is told why."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from contracts.kit import Error, Internal, Unavailable
from tests.app.runtime.builders import HURRY, Bound, Errand, House, Missing, forever, in_time, until
from tests.app.runtime.sources import Source, opened, read, slow_after_two


async def test_to_close_a_stream_stops_its_producer_and_waits_for_it(house: House) -> None:
    source = Source()
    bound = house.stream(source)
    async with aclosing(opened(bound.proxy.flow())) as stream:
        assert await anext(stream) == 1
        assert len(bound.calls) == 1
    assert source.ended == "GeneratorExit"
    assert bound.calls == set()
    assert await read(stream) == []
    await stream.aclose()


@in_time
async def test_clean_up_may_take_as_long_as_an_item_and_no_longer(house: House) -> None:
    ended: list[str] = []

    async def messy() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(HURRY / 6)
            ended.append("cleaned")
            try:
                await forever()
            finally:
                ended.append("ended")

    stream = opened(house.stream(messy).proxy.trickle())
    assert await anext(stream) == 1
    await stream.aclose()
    assert ended == ["cleaned", "ended"]


async def test_a_producer_that_will_not_be_stopped_is_left_at_its_next_item(house: House) -> None:
    async def stubborn() -> AsyncIterator[int]:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.001)
            yield 1

    bound = house.stream(stubborn)
    stream = opened(bound.proxy.flow())
    assert await anext(stream) == 1
    await stream.aclose()
    assert bound.calls == set()


async def test_a_stream_closed_before_its_producer_began_leaves_nothing(house: House) -> None:
    source = Source()
    bound = house.stream(source)
    stream = opened(bound.proxy.flow())
    reader = asyncio.create_task(read(stream))
    closer = asyncio.create_task(stream.aclose())
    await closer
    assert await reader == []
    assert source.made == 0
    assert bound.calls == set()


async def test_a_stream_that_nobody_holds_any_more_stops(house: House) -> None:
    source = Source()
    bound = house.stream(source)
    async for item in bound.proxy.flow():
        if item == 3:
            break
    gc.collect()
    await until(lambda: source.ended)
    assert source.ended == "GeneratorExit"
    await until(lambda: not bound.calls)


FAILURES: list[tuple[BaseException, Error]] = [
    (Missing(id="page"), Missing(id="page")),
    (KeyError("x"), Internal(operation="errand.flow", incident="")),
    (
        Unavailable(operation="other.find", reason="away"),
        Unavailable(operation="other.find", reason="away"),
    ),
]


@pytest.mark.parametrize(("inside", "outside"), FAILURES)
async def test_an_error_comes_after_the_items_and_as_a_calls_would(
    house: House, inside: BaseException, outside: Error
) -> None:
    async def fail() -> AsyncIterator[int]:
        yield 1
        raise inside

    bound = house.stream(fail)
    stream = bound.proxy.flow()
    assert await anext(stream) == 1
    with pytest.raises(type(outside)) as caught:
        await anext(stream)
    if not isinstance(outside, Internal):
        assert caught.value == outside
    assert caught.value is not inside
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert await read(stream) == []
    assert bound.route("flow").errors == {type(outside).code: 1}


async def test_what_is_no_error_of_the_operation_reaches_the_reader_as_it_is(house: House) -> None:
    async def interrupt() -> AsyncIterator[int]:
        yield 1
        raise KeyboardInterrupt

    stream = house.stream(interrupt).proxy.flow()
    assert await anext(stream) == 1
    with pytest.raises(KeyboardInterrupt):
        await anext(stream)


async def test_an_operation_that_yields_nothing_at_all_is_a_failure(house: House) -> None:
    def broken() -> AsyncIterator[int]:
        raise KeyError("x")

    with pytest.raises(Internal):
        await read(house.stream(broken).proxy.flow())


async def test_a_producer_cancelled_by_others_tells_its_reader(house: House) -> None:
    bound = house.stream(slow_after_two)
    stream = bound.proxy.flow()
    assert await anext(stream) == 1
    (frame,) = bound.calls
    assert frame.task is not None
    frame.task.cancel()
    assert await anext(stream) == 2
    with pytest.raises(Unavailable) as caught:
        await anext(stream)
    assert caught.value.may_have_executed


async def test_many_streams_that_are_broken_off_leave_nothing(house: House) -> None:
    sources = [Source() for _ in range(50)]
    waiting = list(sources)
    bound: Bound[Errand] = house.stream(lambda: waiting.pop()())

    async def glance() -> None:
        async for item in bound.proxy.flow():
            if item == 2:
                break

    await asyncio.gather(*(glance() for _ in sources))
    gc.collect()
    await until(lambda: not bound.calls)
    assert {source.ended for source in sources} == {"GeneratorExit"}
    assert bound.route("flow").calls == len(sources)
