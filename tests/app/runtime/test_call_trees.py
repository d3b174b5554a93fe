"""Whatever calls whatever, it ends as if every deadline were an `asyncio.timeout` of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, final

import pytest

from contracts.kit import Error, Internal, TimedOut, contract, detached, query
from tests.app.runtime.builders import Bound, House, Missing
from tests.app.runtime.trees import DEADLINES, Caller, Node, Story, Tree, grow
from tests.app.runtime.virtual import RESOLUTION, VirtualLoop

TREES = 400

Do = Callable[[Caller], Awaitable[None]]


@contract(version=1)
class Six(Protocol):
    """Six operations that differ in their deadlines."""

    @query(deadline=DEADLINES[0], raises=(Missing,))
    async def op0(self, place: int) -> None: ...

    @query(deadline=DEADLINES[1], raises=(Missing,))
    async def op1(self, place: int) -> None: ...

    @query(deadline=DEADLINES[2], raises=(Missing,))
    async def op2(self, place: int) -> None: ...

    @query(deadline=DEADLINES[3], raises=(Missing,))
    async def op3(self, place: int) -> None: ...

    @query(deadline=DEADLINES[4], raises=(Missing,))
    async def op4(self, place: int) -> None: ...

    @query(deadline=DEADLINES[5], raises=(Missing,))
    async def op5(self, place: int) -> None: ...


@final
class Through(Six):
    """Calls through the pipeline. What a call does waits at a place, since it cannot cross a contract."""

    def __init__(self, house: House) -> None:
        self._waiting: list[Do] = []
        self.bound: Bound[Six] = house.bind(Six, self, name="six", limit=1_000_000)

    async def call(self, node: Node, do: Do) -> None:
        self._waiting.append(do)
        await getattr(self.bound.proxy, f"op{node.operation}")(len(self._waiting) - 1)

    async def apart(self, steps: Do) -> None:
        with detached():
            await steps(self)

    async def op0(self, place: int) -> None:
        await self._waiting[place](self)

    op1 = op2 = op3 = op4 = op5 = op0


class Reference:
    """Does the same with an `asyncio.timeout` for each call, each a little late, as the sweep may be.

    Of those that end together the outer one ends first.
    """

    def __init__(self, late: float, due: float = float("inf"), depth: int = 0) -> None:
        self._late = late
        self._due = due
        self._depth = depth

    async def call(self, node: Node, do: Do) -> None:
        operation, now = f"six.op{node.operation}", asyncio.get_running_loop().time()
        due = min(now + DEADLINES[node.operation], self._due)
        if due <= now:
            raise TimedOut(operation=operation)
        deadline = asyncio.timeout_at(due + self._late + self._depth * RESOLUTION / 100)
        try:
            async with deadline:
                await do(Reference(self._late, due, self._depth + 1))
        except Exception as error:
            if type(error) is Missing:
                raise
            if deadline.expired():
                raise TimedOut(operation=operation) from None
            if isinstance(error, Error):
                raise
            raise Internal(operation=operation, incident="") from None

    async def apart(self, steps: Do) -> None:
        await steps(Reference(self._late, depth=self._depth + 1))


async def tell(trees: list[Tree], caller: Caller) -> list[dict[str, str]]:
    return await asyncio.gather(*(Story().run(tree, caller) for tree in trees))


def test_random_trees_of_calls_end_as_with_a_timeout_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = [grow(seed) for seed in range(TREES)]
    monkeypatch.setattr(logging.getLogger("freestone.calls"), "disabled", True)

    async def compare() -> None:
        async with House() as house:
            through = Through(house)
            early, late, ours = await asyncio.gather(
                tell(trees, Reference(0.001)), tell(trees, Reference(0.02)), tell(trees, through)
            )
            assert through.bound.calls == set()
        clear = [number for number in range(TREES) if early[number] == late[number]]
        assert len(clear) > 0.95 * TREES
        assert {number: ours[number] for number in clear if ours[number] != early[number]} == {}
        told = " ".join(end for story in early for end in story.values())
        assert min(told.count(end) for end in ("ok", "TimedOut", "Internal", "Missing", "cancelled=True")) > TREES / 20

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        monkeypatch.setattr(time, "monotonic_ns", loop.time_ns)
        runner.run(compare())
