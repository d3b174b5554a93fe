"""A subscriber that is down, stopped past its lease, or killed, and events that come again: each has one effect."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.crash.replicas import IS_FULL, LIMIT, PATIENCE
from tests.crash.room import Room, misheard, opened
from tests.faults.stores import until

Tell = Callable[[str, str, int, str], None]

pytestmark = LIMIT

ROUNDS = range(5 if IS_FULL else 1)
MANY = 100 if IS_FULL else 25
"""Events of each key that are told in a round."""
LOST = "scribe lost the lease on the events of teller"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """Two tellers, who give every batch of events again and again, and nobody yet who listens."""
    async with opened(tmp_path_factory.mktemp("room")) as made:
        await made.staff("teller")
        yield made


@pytest.mark.asyncio(loop_scope="module")
async def test_who_was_down_hears_of_everything_and_what_comes_again_changes_nothing(room: Room, row: Tell) -> None:
    await room.tell(MANY)
    await room.staff("scribe")
    assert misheard(room.told, await room.heard()) == []
    assert await room.repeated() >= room.told.total()
    row("events", "subscriber down; every batch delivered twice", room.told.total(), "one effect each, order kept")


@pytest.mark.asyncio(loop_scope="module")
async def test_who_was_stopped_past_its_lease_changes_nothing_when_it_goes_on(room: Room, row: Tell) -> None:
    before = room.told.total()
    for _ in ROUNDS:
        await room.staff("teller", "scribe")
        await stop_and_go_on(room)
    row("events", "SIGSTOP past the lease", room.told.total() - before, "one effect each, order kept")


async def stop_and_go_on(room: Room) -> None:
    stopped = await room.holder()
    lost = stopped.log.count(LOST)
    telling = asyncio.ensure_future(room.tell(MANY))
    await asyncio.sleep(0.05)
    room.stop(stopped)
    other = await room.holder(other_than=stopped)
    await telling
    os.kill(stopped.process.pid, signal.SIGCONT)
    await room.tell(MANY)
    await until(lambda: stopped.log.count(LOST) > lost, PATIENCE)
    assert misheard(room.told, await room.heard()) == []
    assert await room.holder() is other


@pytest.mark.asyncio(loop_scope="module")
async def test_where_reader_and_publisher_are_killed_others_go_on(room: Room, row: Tell) -> None:
    before = room.told.total()
    for _ in ROUNDS:
        await room.staff("teller", "scribe")
        killed = await room.holder()
        telling = asyncio.ensure_future(room.tell(2 * MANY))
        await asyncio.sleep(0.05)
        killed.process.kill()
        room.kill_teller()
        await room.holder(other_than=killed)
        await telling
        assert misheard(room.told, await room.heard()) == []
    row("events", "kill -9 of reader and publisher", room.told.total() - before, "one effect each, order kept")


TOLD = {"apples": 3, "bread": 1}
HEARD = [("apples", 0), ("bread", 0), ("apples", 1), ("apples", 2)]


def test_nothing_was_misheard_where_all_was_heard_once_and_in_order() -> None:
    assert misheard(TOLD, HEARD) == []


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        (HEARD[:-1], ["apples 2 was heard 0 times"]),
        ([*HEARD, HEARD[-1]], ["apples 2 was heard 2 times"]),
        ([*HEARD, ("bread", 1)], ["bread 1 was heard, and never told"]),
        ([*HEARD[:2], *HEARD[:1:-1]], ["apples 1 was heard after 2"]),
        ([*HEARD, HEARD[0]], ["apples 0 was heard 2 times", "apples 0 was heard after 2"]),
    ],
)
def test_what_was_misheard_is_found(heard: list[tuple[str, int]], found: list[str]) -> None:
    assert misheard(TOLD, heard) == found
