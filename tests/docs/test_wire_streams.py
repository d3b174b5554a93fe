"""What the page says of streams, credit and cancellation is what a real host does."""

from __future__ import annotations

import asyncio

from tests.docs.wire_caller import CANCEL, CREDIT, END, ERROR, ITEMS, PING, PONG, Caller
from tests.docs.wire_desk import EPOCH
from tests.docs.wire_stand import Stand


async def items(caller: Caller, number: int, count: int) -> list[int]:
    """Receive so many of a stream's items."""
    found: list[int] = []
    while len(found) < count:
        kind, some = await caller.answer(number)
        assert kind == ITEMS
        assert some
        found += some
    return found


async def ping(caller: Caller, number: int) -> None:
    """Make sure that nothing else comes before the answer."""
    caller.send(PING, number)
    assert await caller.receive() == [PONG, number]


async def test_a_stream_gives_as_many_items_as_there_is_credit(stand: Stand, caller: Caller) -> None:
    number = caller.stream("desk.v1/numbers", {"upto": 100}, 2)
    assert await items(caller, number, 2) == [0, 1]
    await asyncio.sleep(0.02)
    await ping(caller, 7)
    caller.send(CREDIT, number, 3)
    assert await items(caller, number, 3) == [2, 3, 4]
    await asyncio.sleep(0.02)
    await ping(caller, 8)
    assert stand.clerk.made < 5 + 20
    caller.send(CREDIT, number, 1000)
    assert await items(caller, number, 95) == list(range(5, 100))
    assert await caller.answer(number) == [ERROR, "desk.broken", {"where": "at the end", "since": EPOCH}]


async def test_a_stream_without_credit_waits(stand: Stand, caller: Caller) -> None:
    number = caller.stream("desk.v1/numbers", {"upto": 5}, 0)
    await asyncio.sleep(0.02)
    await ping(caller, 1)
    caller.send(CREDIT, number, 1)
    assert await items(caller, number, 1) == [0]


async def test_a_stream_is_closed_by_cancelling_it(stand: Stand, caller: Caller) -> None:
    number = caller.stream("desk.v1/numbers", {"upto": 10**9}, 1)
    assert await items(caller, number, 1) == [0]
    caller.send(CANCEL, number)
    async with asyncio.timeout(10):
        await stand.clerk.closed.wait()
    await ping(caller, 1)


async def test_a_stream_that_is_over_is_ended(caller: Caller) -> None:
    number = caller.stream("desk.outbox.v1/pull", {}, 1)
    kind, code, _ = await caller.answer(number)
    assert (kind, code) == (ERROR, "call.permission_denied")
    number = caller.stream("desk.v1/few", {}, 5)
    assert await items(caller, number, 2) == [1, 2]
    assert await caller.answer(number) == [END]


async def test_a_cancelled_call_is_cancelled_there_and_never_answered(stand: Stand, caller: Caller) -> None:
    number = caller.call("desk.v1/waits", {})
    async with asyncio.timeout(10):
        await stand.clerk.begun.wait()
        caller.send(CANCEL, number)
        await stand.clerk.cancelled.wait()
    caller.send(CANCEL, 99)
    caller.send(CREDIT, 99, 1)
    await ping(caller, 5)


async def test_what_was_under_way_is_cancelled_when_the_connection_ends(stand: Stand, caller: Caller) -> None:
    caller.call("desk.v1/waits", {})
    async with asyncio.timeout(10):
        await stand.clerk.begun.wait()
        await caller.hang_up()
        await stand.clerk.cancelled.wait()
