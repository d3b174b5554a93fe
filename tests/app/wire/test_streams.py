"""A stream crosses in order, no further ahead of its reader than it asked for, and ends when either side does."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

import pytest

from app.runtime.streams import BUFFER
from app.wire.limits import Limits
from app.wire.remote import Envelope
from contracts.kit import Context, Internal, InvalidArgument, PermissionDenied, TimedOut, Unavailable
from tests.app.runtime.builders import Doing, Errand, forever, until
from tests.app.runtime.sources import opened
from tests.app.wire.pairs import STRANGER, callee, linked, wired
from tests.app.wire.peers import Peer, admitted, pretending, raised, stream, welcomed
from tests.app.wire.post import Carrier, Post, Torn

T = TypeVar("T")

WINDOW = 8
NARROW = Limits(window=WINDOW)


@pytest.mark.parametrize("count", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 1000])
async def test_all_items_arrive_in_order_to_the_last(count: int) -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=NARROW) as pair:
        assert await read(pair.proxy.count(count)) == list(range(count))
        assert carrier.ended == 1
        assert pair.link.pending == 0
        await until(lambda: not pair.server.under_way)


async def test_a_window_of_one_is_enough() -> None:
    async with wired(Post, Carrier(), limits=Limits(window=1)) as pair:
        assert await read(pair.proxy.count(20)) == list(range(20))


async def test_items_that_come_together_go_together() -> None:
    async with callee(Post, Carrier()) as far, await admitted(far.address) as peer:
        peer.send([6, 1, "tester", "post.v1/count", None, "", None, 1000, {"until": 100}])
        frames = [await peer.receive()]
        while frames[-1] != [9, 1]:
            frames.append(await peer.receive())
        assert [item for frame in frames[:-1] for item in frame[2]] == list(range(100))
        assert len(frames) < 50


async def test_nothing_is_opened_before_the_first_item_is_asked_for() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        items = pair.proxy.count(3)
        await pair.proxy.number(1)
        assert carrier.begun == 0
        assert pair.link.pending == 0
        assert await read(items) == [0, 1, 2]


async def test_a_callee_makes_no_more_than_was_asked_for() -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=NARROW) as pair, aclosing(opened(pair.proxy.count(10_000))) as items:
        assert await anext(items) == 0
        await asyncio.sleep(0.05)
        # Both pipelines take a buffer ahead, and the wire takes its window.
        ahead = 2 * BUFFER + WINDOW + WINDOW // 2
        assert carrier.made <= ahead + 1
        for _ in range(1000):
            await anext(items)
        await asyncio.sleep(0.05)
        assert 1000 < carrier.made <= 1000 + ahead + 1


async def test_without_credit_nothing_is_sent_and_with_it_just_as_much() -> None:
    async with callee(Errand, Doing(items=endless)) as far, await admitted(far.address) as peer:
        peer.send(stream(1, credit=0))
        peer.send([2, 2, "tester", "errand.v1/run", None, "", None, None, {}])
        assert await peer.receive() == [3, 2, "done"]
        received: list[int] = []
        for credit in (1, 5, 2):
            peer.send([8, 1, credit])
            wanted = len(received) + credit
            while len(received) < wanted:
                kind, number, items = await peer.receive()
                assert (kind, number) == (7, 1)
                received += items
            assert received == list(range(wanted))
        peer.send([5, 1])
        await until(lambda: not far.server.under_way)


async def test_a_declared_error_comes_after_the_items_before_it() -> None:
    async with wired(Post, Carrier()) as pair:
        items = pair.proxy.texts((1, 2, -1, 3))
        assert [await anext(items), await anext(items)] == ["x", "xx"]
        with pytest.raises(Torn) as caught:
            await anext(items)
        assert caught.value == Torn(where="there")
        assert await read(items) == []
        assert pair.link.pending == 0


async def test_an_item_that_cannot_be_sent_is_internal_after_those_before_it(caplog: pytest.LogCaptureFixture) -> None:
    for size in (10**9, 70_000):
        async with wired(Post, Carrier(), limits=Limits(frame=1 << 16), far_limits=Limits()) as pair:
            items = pair.proxy.texts((1, 2, size, 3))
            assert [await anext(items), await anext(items)] == ["x", "xx"]
            with pytest.raises(Internal) as caught:
                await anext(items)
            assert caught.value.operation == "errand.texts"
            assert caught.value.incident in caplog.text
            assert await pair.proxy.number(1) == 1


async def test_large_items_are_spread_over_frames() -> None:
    sizes = (30_000, 40_000, 100, 65_000, 65_000, 1, 2, 3)
    async with wired(Post, Carrier(), limits=Limits(frame=1 << 16), far_limits=Limits()) as pair:
        assert [len(item) for item in await read(pair.proxy.texts(sizes))] == list(sizes)


async def test_arguments_that_cannot_be_sent_are_refused_where_they_are() -> None:
    async with wired(Post, Carrier()) as pair:
        items = pair.proxy.count(1 << 64)
        with pytest.raises(InvalidArgument):
            await anext(items)
        assert await read(items) == []
        assert pair.link.pending == 0


async def test_what_is_refused_is_refused_with_the_first_item() -> None:
    async with callee(Errand, Doing()) as far, linked(far, caller=STRANGER) as pair:
        items = pair.proxy.flow()
        with pytest.raises(PermissionDenied):
            await anext(items)
        assert pair.link.pending == 0


async def test_a_reader_that_closes_ends_the_stream_there() -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=NARROW) as pair:
        async with aclosing(opened(pair.proxy.count(10_000))) as items:
            await anext(items)
        assert pair.link.pending == 0
        await until(lambda: carrier.ended and not pair.server.under_way)
        assert await pair.proxy.number(1) == 1


async def test_a_reader_that_was_forgotten_ends_the_stream_there() -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=NARROW) as pair:
        items = pair.proxy.count(10_000)
        await anext(items)
        del items
        gc.collect()
        await until(lambda: carrier.ended and not pair.server.under_way)
        assert pair.link.pending == 0


async def test_a_bare_stream_that_was_forgotten_is_cancelled() -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=NARROW) as pair:
        kept: list[AsyncIterator[int]] = []

        async def begin() -> None:
            envelope = Envelope("tester", Context(), None)
            bare = pair.link.stream(pair.codec.operations["count"], envelope, {"until": 10_000})
            assert await anext(bare) == 0
            kept.append(bare)

        await begin()
        assert pair.link.pending == 1
        kept.clear()
        gc.collect()
        await until(lambda: not pair.link.pending)
        await until(lambda: carrier.ended and not pair.server.under_way)


async def test_a_cancelled_reader_ends_the_stream_there() -> None:
    async with wired(Errand, Doing(items=stuck)) as pair:
        reader = asyncio.create_task(read(pair.proxy.flow()))
        await until(lambda: pair.server.under_way)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await until(lambda: not pair.server.under_way)


async def test_the_deadline_of_an_item_ends_the_stream_at_both_ends() -> None:
    async with wired(Errand, Doing(items=never)) as pair:
        with pytest.raises(TimedOut):
            await anext(pair.proxy.trickle())
        assert pair.link.pending == 0
        await until(lambda: not pair.server.under_way)


async def test_a_lost_connection_ends_a_stream_after_the_items_that_came() -> None:
    async with wired(Errand, Doing(items=stuck)) as pair:
        items = pair.proxy.flow()
        assert await anext(items) == 1
        pair.link.transport.abort()
        with pytest.raises(Unavailable) as caught:
            await anext(items)
        assert caught.value.may_have_executed
        assert await read(items) == []


async def test_a_stream_that_could_not_be_opened_was_not_executed() -> None:
    async with wired(Errand, Doing()) as pair:
        await pair.link.close("the test is over")
        with pytest.raises(Unavailable) as caught:
            await anext(pair.proxy.flow())
        assert caught.value == Unavailable(operation="errand.flow", reason="the test is over")


async def test_a_callee_that_sends_more_than_was_asked_for_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reasons: list[str] = []

    async def behave(peer: Peer) -> None:
        await welcomed(peer)
        number = (await peer.receive())[1]
        peer.send([7, number, list(range(WINDOW + 1))])
        reasons.append(await peer.reason())

    async with callee(Errand, Doing()) as far, pretending(tmp_path, behave) as address:
        far.address = address
        async with linked(far, limits=NARROW) as pair:
            with pytest.raises(Unavailable):
                await read(pair.proxy.flow())
            await until(lambda: reasons)
    assert reasons == ["it sent more of a stream's items than were asked for"]
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1


async def test_credit_and_cancellation_of_what_is_over_are_passed_over() -> None:
    async with callee(Errand, Doing()) as far, await admitted(far.address) as peer:
        peer.send([8, 1, 10], [5, 1], stream(1))
        frames = [await peer.receive()]
        while frames[-1] != [9, 1]:
            frames.append(await peer.receive())
        assert [item for frame in frames[:-1] for item in frame[2]] == [0, 1, 2]
        peer.send([8, 1, 10], [5, 1], [2, 2, "tester", "errand.v1/run", None, "", None, None, {}])
        assert await peer.receive() == [3, 2, "done"]


async def test_many_streams_share_a_connection() -> None:
    async with wired(Post, Carrier(), limits=NARROW) as pair:
        found = await asyncio.gather(*(read(pair.proxy.count(number)) for number in range(50)))
        assert found == [list(range(number)) for number in range(50)]


async def test_a_stream_counts_among_the_calls_under_way() -> None:
    async with callee(Errand, Doing(items=stuck), limits=Limits(calls=2)) as far, await admitted(far.address) as peer:
        peer.send(stream(1), stream(2), stream(3))
        frames = [await peer.receive() for _ in range(3)]
        assert sorted(frame[:2] for frame in frames) == [[4, 3], [7, 1], [7, 2]]
        (refusal,) = [frame for frame in frames if frame[0] == 4]
        assert raised(refusal, 3) == ("call.overloaded", {"operation": "errand.flow"})


async def endless() -> AsyncIterator[int]:
    """Yield numbers for ever."""
    number = 0
    while True:
        yield number
        number += 1


async def never() -> AsyncIterator[int]:
    """Yield nothing, and do not end."""
    await forever()
    yield 1


async def stuck() -> AsyncIterator[int]:
    """Yield one item, and get no further."""
    yield 1
    await forever()


async def read(items: AsyncIterator[T]) -> list[T]:
    """Return all of a stream's items."""
    return [item async for item in items]
