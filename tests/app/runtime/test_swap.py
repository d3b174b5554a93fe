"""What stands behind a contract changes while calls go on: none is lost, none fails, nothing is left."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import AsyncIterator
from typing import Protocol, final

import pytest

from app.runtime.streams import BUFFER
from contracts.kit import Unavailable, contract, query, stream
from tests.app.runtime.builders import AGES, Doing, House, done, forever, until

CALLS, STREAMS, SWAPS = 10_000, 40, 100


@contract(version=1)
class Numbered(Protocol):
    """Says its number."""

    @query(deadline=AGES)
    async def number(self, pause: float) -> int: ...

    @stream(deadline=AGES)
    def numbers(self) -> AsyncIterator[int]: ...


@final
class Instance(Numbered):
    """One of many, which counts what goes on in it and how often it is closed."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.under_way = 0
        self.closed = 0

    async def number(self, pause: float) -> int:
        assert not self.closed
        self.under_way += 1
        await asyncio.sleep(pause)
        self.under_way -= 1
        return self._number

    async def numbers(self) -> AsyncIterator[int]:
        self.under_way += 1
        try:
            for _ in range(3 * BUFFER):
                assert not self.closed
                yield self._number
        finally:
            self.under_way -= 1

    async def close(self) -> None:
        assert self.under_way == 0
        self.closed += 1


async def test_ten_thousand_calls_and_some_streams_go_on_across_a_hundred_swaps(house: House) -> None:
    instances = [Instance(0)]
    bound = house.bind(Numbered, instances[0], limit=2 * CALLS, close=instances[0].close)
    chance = random.Random(7)

    async def call(after: float, pause: float) -> None:
        await asyncio.sleep(after)
        expected = len(instances) - 1
        assert await bound.proxy.number(pause) == expected

    async def read(after: float, pause: float) -> None:
        await asyncio.sleep(after)
        expected, got = len(instances) - 1, []
        async for number in bound.proxy.numbers():
            got.append(number)
            await asyncio.sleep(pause)
        assert got == [expected] * (3 * BUFFER)

    async def swap() -> None:
        drains = []
        for number in range(1, SWAPS + 1):
            await asyncio.sleep(0.005)
            instance = Instance(number)
            retired = house.rebind(bound, instance, limit=2 * CALLS, close=instance.close)
            instances.append(instance)
            drains.append(asyncio.create_task(retired.drain()))
        await asyncio.gather(*drains)

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLS):
            group.create_task(call(chance.uniform(0, 0.6), chance.uniform(0, 0.1)))
        for _ in range(STREAMS):
            group.create_task(read(chance.uniform(0, 0.3), 0.005))
        group.create_task(swap())

    assert bound.route("number").calls == CALLS
    assert bound.route("numbers").calls == STREAMS
    assert bound.route("number").errors == bound.route("numbers").errors == {}
    assert [each.closed for each in instances] == [1] * SWAPS + [0]
    gone = [weakref.ref(each) for each in instances[:-1]]
    del instances[:], group
    await until(lambda: len(house.sweep.targets) == 1)
    gc.collect()
    assert [each for each in gone if each() is not None] == []
    assert bound.calls == set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_retired_target_is_closed_once_and_after_its_last_call(house: House) -> None:
    closed: list[str] = []

    async def close() -> None:
        await asyncio.sleep(0)
        closed.append("closed")

    bound = house.errand(forever, close=close)
    call = asyncio.create_task(bound.proxy.run())
    await until(lambda: bound.calls)
    retired = house.rebind(bound, Doing(done))
    assert await bound.proxy.run() == "done"
    drains = [asyncio.create_task(retired.drain()) for _ in range(2)]
    await asyncio.wait(drains, timeout=0.03)
    assert closed == []
    call.cancel()
    await asyncio.gather(*drains)
    assert closed == ["closed"]


async def test_what_is_unbound_is_retired_too(house: House) -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("closed")

    bound = house.errand(done, close=close)
    retired = bound.binding.unbind("moved away")
    assert retired.retired
    assert not bound.binding.target.retired
    await retired.drain()
    assert closed == ["closed"]


async def test_what_was_absent_is_drained_like_anything_else(house: House) -> None:
    bound = house.absent(Numbered, "numbered")

    async def read() -> int:
        return await anext(bound.proxy.numbers())

    reading = asyncio.create_task(read())
    while not bound.calls:  # noqa: ASYNC110 - it is there for a moment only
        await asyncio.sleep(0)
    retired = house.rebind(bound, Instance(1))
    await asyncio.wait_for(retired.drain(), 10)
    with pytest.raises(Unavailable, match="it is away"):
        await reading


async def test_proxies_that_were_made_later_find_what_was_bound_before(house: House) -> None:
    bound = house.errand(done)
    later = bound.binding.proxy("later")
    assert await later.run() == "done"
    house.rebind(bound, Doing(forever))
    task = asyncio.create_task(later.run())
    await until(lambda: bound.calls)
    task.cancel()
    await asyncio.wait([task])
