"""A deadline ends a call, whatever it waits for, and nothing else loses its meaning by that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from contracts.kit import Internal, TimedOut, detached, remaining
from contracts.kit.context import ROOT, current_holder, scope
from tests.app.runtime.builders import AGES, HURRY, House, Missing, done, failing, forever, in_time, running, until

Seen = list[str]


async def test_a_call_that_waits_too_long_is_ended(house: House) -> None:
    bound = house.errand(forever)
    with pytest.raises(TimedOut) as caught:
        await bound.proxy.hurry()
    assert caught.value == TimedOut(operation="errand.hurry")
    assert caught.value.__context__ is None
    assert running().cancelling() == 0
    assert bound.route("hurry").errors == {"call.timed_out": 1}
    assert current_holder().frame is ROOT


async def test_with_patience_a_call_and_an_item_have_so_many_times_their_deadline() -> None:
    async def long() -> str:
        await asyncio.sleep(2 * HURRY)
        return "done"

    async def slowly() -> AsyncIterator[int]:
        yield len(await long())

    async with House(patience=1000) as house:
        errand = house.errand(long, slowly).proxy
        assert await errand.hurry() == "done"
        assert [item async for item in errand.trickle()] == [4]


async def test_an_inner_deadline_ends_the_inner_call_only(house: House) -> None:
    below = house.errand(forever, name="below").proxy

    async def make_do() -> str:
        try:
            return await below.hurry()
        except TimedOut as error:
            return f"without {error.operation}"

    assert await house.errand(make_do).proxy.run() == "without below.hurry"
    with pytest.raises(TimedOut) as caught:
        await house.errand(below.hurry).proxy.run()
    assert caught.value.operation == "below.hurry"


async def test_an_outer_deadline_ends_the_inner_call_with_it(house: House) -> None:
    seen: Seen = []

    async def wait() -> str:
        try:
            return await forever()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    below = house.errand(wait, name="below").proxy
    with pytest.raises(TimedOut) as caught:
        await house.errand(below.run, name="above").proxy.hurry()
    assert caught.value.operation == "above.hurry"
    assert seen == ["cancelled"]


async def test_of_two_deadlines_that_pass_together_the_outer_one_counts(house: House) -> None:
    seen: Seen = []
    below = house.errand(forever, name="below").proxy

    async def pass_on() -> str:
        try:
            return await below.hurry()
        except BaseException as error:
            seen.append(type(error).__name__)
            raise

    with pytest.raises(TimedOut) as caught:
        await house.errand(pass_on, name="above").proxy.hurry()
    assert caught.value.operation == "above.hurry"
    assert seen == ["CancelledError"]
    assert running().cancelling() == 0


@in_time
async def test_calls_share_what_is_left_of_the_time(house: House) -> None:
    left: list[float | None] = []

    async def look() -> str:
        left.append(remaining())
        await asyncio.sleep(0.01)
        return "seen"

    below = house.errand(look, name="below").proxy

    async def twice() -> str:
        return await below.run() + await below.run()

    await house.errand(twice).proxy.hurry()
    first, second = left
    assert first is not None
    assert second is not None
    assert second < first <= HURRY
    assert remaining() is None


async def test_a_call_after_the_deadline_does_not_run(house: House) -> None:
    ran: Seen = []

    async def note() -> str:
        ran.append("ran")
        return "done"

    bound = house.errand(note)
    with scope(due=time.monotonic_ns()), pytest.raises(TimedOut):
        await bound.proxy.run()
    assert ran == []
    assert bound.route("run").errors == {"call.timed_out": 1}


@in_time
async def test_a_cancellation_from_outside_before_the_deadline_is_passed_on(house: House) -> None:
    bound = house.errand(forever)
    task = asyncio.create_task(bound.proxy.hurry())
    await until(lambda: bound.calls)
    task.cancel("from outside")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert task.cancelling() == 1
    assert bound.route("hurry").errors == {}


async def test_a_cancellation_from_outside_after_the_deadline_is_passed_on(house: House) -> None:
    cleaning = asyncio.Event()

    async def clean_up_for_long() -> str:
        try:
            return await forever()
        finally:
            cleaning.set()
            await forever()

    task = asyncio.create_task(house.errand(clean_up_for_long).proxy.hurry())
    await cleaning.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_task_cancelled_together_with_the_deadline_is_cancelled(house: House) -> None:
    bound = house.errand(forever)
    task = asyncio.create_task(bound.proxy.hurry())
    await until(lambda: bound.calls)
    (frame,) = bound.calls
    frame.fired = True  # as the sweep does it
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelling() == 1


async def test_a_task_group_inside_a_call_ends_with_it(house: House) -> None:
    seen: Seen = []

    async def child(name: str) -> None:
        try:
            await forever()
        finally:
            seen.append(name)

    async def split() -> str:
        async with asyncio.TaskGroup() as group:
            group.create_task(child("one"))
            group.create_task(child("two"))
        return "never"

    with pytest.raises(TimedOut):
        await house.errand(split).proxy.hurry()
    assert sorted(seen) == ["one", "two"]
    assert running().cancelling() == 0


async def test_calls_in_a_task_group_inside_a_call_end_with_it(house: House) -> None:
    below = house.errand(forever, name="below").proxy

    async def split() -> str:
        async with asyncio.TaskGroup() as group:
            group.create_task(below.run())
            group.create_task(below.hurry())
        return "never"

    with pytest.raises(TimedOut) as caught:
        await house.errand(split, name="above").proxy.hurry()
    assert caught.value.operation == "above.hurry"
    assert running().cancelling() == 0


async def test_a_task_group_around_calls_is_given_the_error_and_cancels_the_others(house: House) -> None:
    bound = house.errand(forever)

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(bound.proxy.hurry())
            group.create_task(bound.proxy.run())

    with pytest.raises(ExceptionGroup) as caught:
        await together()
    assert caught.value.exceptions == (TimedOut(operation="errand.hurry"),)


async def test_after_a_failed_task_group_a_deadline_is_still_a_deadline(house: House) -> None:
    """On Python 3.11 and 3.12 such a group leaves the task with a count of cancellations."""
    before = running().cancelling()
    with pytest.raises(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(house.errand(failing(Missing())).proxy.run())
    left = running().cancelling()
    with pytest.raises(TimedOut):
        await house.errand(forever).proxy.hurry()
    assert running().cancelling() == left
    while running().cancelling() > before:
        running().uncancel()


@in_time
async def test_a_timeout_inside_a_call_keeps_its_meaning(house: House) -> None:
    async def give_up() -> str:
        try:
            async with asyncio.timeout(HURRY / 4):
                return await forever()
        except TimeoutError:
            return "gave up"

    async def too_patient() -> str:
        async with asyncio.timeout(AGES):
            return await forever()

    assert await house.errand(give_up).proxy.hurry() == "gave up"
    with pytest.raises(TimedOut):
        await house.errand(too_patient).proxy.hurry()


@in_time
async def test_a_timeout_around_a_call_keeps_its_meaning(house: House) -> None:
    errand = house.errand(forever).proxy
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(HURRY / 4):
            await errand.hurry()
    with pytest.raises(TimedOut):
        async with asyncio.timeout(AGES):
            await errand.hurry()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(errand.hurry(), HURRY / 4)
    assert running().cancelling() == 0


async def test_a_call_that_will_not_be_ended_gives_its_answer_late(house: House) -> None:
    async def stubborn() -> str:
        try:
            return await forever()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "late"

    assert await house.errand(stubborn).proxy.hurry() == "late"
    assert running().cancelling() == 0
    with pytest.raises(TimedOut):
        await house.errand(forever).proxy.hurry()


async def test_an_error_after_the_deadline_is_a_timeout_and_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble() -> str:
        try:
            return await forever()
        except asyncio.CancelledError:
            raise KeyError("shoe") from None

    with pytest.raises(TimedOut):
        await house.errand(stumble).proxy.hurry()
    assert "errand.hurry failed after its deadline" in caplog.text
    assert "KeyError: 'shoe'" in caplog.text
    assert running().cancelling() == 0


async def test_a_declared_error_after_the_deadline_is_that_error(house: House) -> None:
    async def find_out() -> str:
        try:
            return await forever()
        except asyncio.CancelledError:
            raise Missing(id="time") from None

    with pytest.raises(Missing, match="time"):
        await house.errand(find_out).proxy.hurry()
    assert running().cancelling() == 0


async def test_clean_up_after_the_deadline_fails_at_once_unless_it_is_detached(house: House) -> None:
    seen: Seen = []

    async def note() -> str:
        seen.append("noted")
        return "done"

    below = house.errand(note, name="below").proxy

    async def clean_up() -> str:
        try:
            return await forever()
        finally:
            with pytest.raises(TimedOut):
                await below.run()
            seen.append("refused")
            with detached():
                await below.run()

    with pytest.raises(TimedOut):
        await house.errand(clean_up).proxy.hurry()
    assert seen == ["refused", "noted"]


async def test_a_detached_call_has_its_own_deadline(house: House) -> None:
    """Even where the call around it was ended already."""
    seen: Seen = []
    below = house.errand(forever, name="below").proxy

    async def clean_up() -> str:
        try:
            return await forever()
        finally:
            with detached():
                try:
                    await below.hurry()
                except TimedOut as error:
                    seen.append(error.operation)

    with pytest.raises(TimedOut) as caught:
        await house.errand(clean_up, name="above").proxy.hurry()
    assert caught.value.operation == "above.hurry"
    assert seen == ["below.hurry"]
    assert running().cancelling() == 0


async def test_a_scope_can_shorten_the_time_of_the_calls_in_it(house: House) -> None:
    soon = time.monotonic_ns() + round(HURRY / 2 * 1e9)
    with scope(due=soon), pytest.raises(TimedOut):
        await house.errand(forever).proxy.run()


async def test_a_failure_that_is_no_timeout_is_not_taken_for_one(house: House) -> None:
    with pytest.raises(Internal):
        await house.errand(failing(TimeoutError())).proxy.hurry()
    assert await house.errand(done).proxy.hurry() == "done"


async def test_the_sweep_may_be_started_twice_and_stops_once(house: House) -> None:
    house.sweep.start()
    with pytest.raises(TimedOut):
        await house.errand(forever).proxy.hurry()
    house.sweep.stop()
    bound = house.errand(forever)
    task = asyncio.create_task(bound.proxy.hurry())
    await asyncio.wait([task], timeout=HURRY * 2)
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])
