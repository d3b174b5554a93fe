"""What happens during a call: in-process it is a part of its caller's task, elsewhere a task of its own."""

from __future__ import annotations

import asyncio
import time

import pytest

from contracts.kit import TimedOut
from tests.carriers.carriers import until
from tests.carriers.journal import WHISPER
from tests.carriers.kitchen import Kitchen
from tests.carriers.test_streams import made, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_that_waits_for_nothing_lets_nobody_else_run_here(local: Kitchen, remote: Kitchen) -> None:
    async def order(kitchen: Kitchen) -> list[str]:
        seen: list[str] = []
        other = asyncio.create_task(note(seen))
        await kitchen.nothing()
        seen.append("the caller")
        await other
        return seen

    async def note(seen: list[str]) -> None:
        seen.append("somebody else")

    assert await order(local) == ["the caller", "somebody else"]
    assert await order(remote) == ["somebody else", "the caller"]


async def test_a_context_variable_is_heard_and_changed_here_only(local: Kitchen, remote: Kitchen) -> None:
    WHISPER.set("psst")
    assert await remote.whisper() == ""
    assert WHISPER.get() == "psst"
    assert await local.whisper() == "psst"
    assert WHISPER.get() == "heard"


async def test_who_does_not_end_when_its_time_is_over_is_waited_for_here_only(
    local: Kitchen, remote: Kitchen, http: Kitchen, run: str
) -> None:
    assert await local.insist(run, fail=False) == "late"
    for far in (remote, http):
        with pytest.raises(TimedOut):
            await far.insist(run, fail=False)


async def test_what_is_cancelled_or_closed_has_been_cleaned_up_here_and_will_be_there(
    local: Kitchen, remote: Kitchen, run: str
) -> None:
    async def is_cleaned_up(kitchen: Kitchen) -> bool:
        return {"CancelledError", "GeneratorExit"} <= set(await kitchen.journal(run))

    async def give_up(kitchen: Kitchen) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await kitchen.wait(run)
        async with opened(kitchen.flood(run)) as stream:
            await anext(stream)

    await give_up(local)
    assert await is_cleaned_up(local)
    await give_up(remote)
    await until(lambda: is_cleaned_up(remote))


async def test_a_producer_may_be_further_ahead_of_its_reader_there(local: Kitchen, remote: Kitchen, run: str) -> None:
    ahead = []
    for kitchen in (local, remote):
        async with opened(kitchen.flood(run)) as stream:
            await anext(stream)
            ahead.append(await made(kitchen, run))
    assert ahead[0] < ahead[1] < 100


async def test_a_call_costs_many_times_more_there(local: Kitchen, remote: Kitchen, http: Kitchen) -> None:
    async def seconds(kitchen: Kitchen) -> float:
        took = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(50):
                await kitchen.nothing()
            took.append(time.perf_counter() - began)
        return min(took)

    assert await seconds(local) < await seconds(remote) < await seconds(http)
