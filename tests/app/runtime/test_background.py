"""Background work runs as the system, on its own, and again when it fails, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from app.runtime import background
from app.runtime.background import Background
from contracts.kit import SYSTEM, Actor, Role, current_actor, idempotency_key, remaining
from contracts.kit.context import current_frame, scope
from tests.app.runtime.builders import House, acting_as, done, forever, until


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.001)


async def test_it_runs_as_the_system_whoever_started_it(house: House) -> None:
    seen: list[object] = []

    async def work() -> None:
        await asyncio.sleep(0)
        seen.extend((current_actor(), remaining(), current_frame().next_key, current_frame().outer))
        await forever()

    tasks = Background("cart")
    with scope(context=acting_as(Role.CUSTOMER), due=time.monotonic_ns()), idempotency_key("key"):
        tasks.start("sweep", work)
    await until(lambda: seen)
    assert seen == [Actor(id="cart", roles=SYSTEM), None, None, None]
    await tasks.stop()


async def test_it_may_call_what_only_the_system_may(house: House) -> None:
    errand = house.errand(done).proxy
    answers: list[str] = []

    async def work() -> None:
        answers.append(await errand.manage())
        await forever()

    tasks = Background("cart")
    tasks.start("sweep", work)
    await until(lambda: answers)
    await tasks.stop()
    assert answers == ["done"]


async def test_it_starts_again_when_it_fails_and_when_it_ends(house: House, caplog: pytest.LogCaptureFixture) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise KeyError("shoe")
        if runs == 2:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.cancel()
            await future
        if runs == 3:
            return
        await forever()

    tasks = Background("cart")
    tasks.start("sweep", work)
    await until(lambda: runs == 4)
    await tasks.stop()
    assert [record.getMessage() for record in caplog.records] == ["cart: sweep failed; it starts again"] * 2
    assert "KeyError: 'shoe'" in caplog.text
    assert "it waited for something that was cancelled" in caplog.text


async def test_each_failure_doubles_the_pause_up_to_the_longest(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    async def work() -> None:
        raise KeyError

    monkeypatch.setattr(background, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(asyncio, "sleep", note)
    tasks = Background("cart")
    tasks.start("sweep", work)
    while len(pauses) < 10:
        await sleep(0)
    await tasks.stop()
    for number, pause in enumerate(pauses):
        middle = min(0.001 * 2**number, 0.05)
        assert middle / 2 <= pause <= middle * 1.5


async def test_stop_ends_all_of_it_and_waits_until_it_has_cleaned_up(house: House) -> None:
    seen: list[str] = []

    async def work(name: str) -> None:
        seen.append(f"{name} begins")
        try:
            await forever()
        finally:
            await asyncio.sleep(0.01)
            seen.append(f"{name} ends")

    tasks = Background("cart")
    tasks.start("one", lambda: work("one"))
    tasks.start("two", lambda: work("two"))
    await until(lambda: len(seen) == 2)
    await tasks.stop()
    assert sorted(seen) == ["one begins", "one ends", "two begins", "two ends"]
    await tasks.stop()


async def test_one_that_fails_does_not_disturb_another(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    ticks = 0

    async def fail() -> None:
        raise KeyError

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    tasks = Background("cart")
    tasks.start("failing", fail)
    tasks.start("ticking", tick)
    await until(lambda: ticks > 10)
    await tasks.stop()
