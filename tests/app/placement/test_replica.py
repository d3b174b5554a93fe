"""A replica is kept running whatever happens to its process, and stopped when it shall be."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.placement.oversight import FIRST_SIGN, LEAVING, SILENCE
from app.placement.replica import HEALTHY, LONGEST_PAUSE, Means, Replica
from tests.app.placement.fakes import PLAN, SHELF, FakeHost, FakeMachine
from tests.app.runtime.builders import until


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest_asyncio.fixture
async def replica(machine: FakeMachine) -> AsyncIterator[Replica]:
    replica = Replica(Means(SHELF, PLAN, machine, machine.reach), 1)
    yield replica
    await replica.end(1.0)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_it_is_started_and_attended(machine: FakeMachine, replica: Replica) -> None:
    assert (replica.state.up, replica.state.trouble) == (False, "it is not started yet")
    replica.begin()
    await replica.tried.wait()
    (host,) = machine.started
    await asyncio.sleep(100 * SILENCE)
    assert machine.started == [host]
    assert host.attending == 1
    state = replica.state
    assert (state.host, state.replica, state.pid) == ("shelf", 1, host.pid)
    assert (state.up, state.ready, state.restarts, state.trouble) == (True, True, 0, "")


async def test_one_that_ends_is_started_again_at_once(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    machine.started[0].die()
    began = now()
    await until(lambda: len(machine.started) == 2 and replica.state.up)
    assert now() - began < 1.0
    assert replica.state.restarts == 1


async def test_one_that_ends_again_and_again_is_started_ever_more_seldom(
    machine: FakeMachine, replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    machine.dies_at_once = True
    replica.begin()
    starts = []
    for count in range(1, 14):
        await until(lambda count=count: len(machine.started) == count)  # type: ignore[misc]
        starts.append(now())
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] <= 0.2
    assert all(pause <= LONGEST_PAUSE + 0.1 for pause in pauses)
    assert pauses[-1] >= LONGEST_PAUSE / 2
    assert "host shelf, replica 1: it ended with exit code 1; it is started again in " in caplog.text
    await asyncio.sleep(LONGEST_PAUSE)
    machine.dies_at_once = False
    await until(lambda: replica.state.up)
    await asyncio.sleep(2 * HEALTHY)
    count = len(machine.started)
    machine.started[-1].die()
    began = now()
    await until(lambda: len(machine.started) == count + 1)
    assert now() - began <= 0.2


async def test_one_that_gives_no_sign_is_killed_and_started_again(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    machine.started[0].is_silent = True
    began = now()
    await until(lambda: len(machine.started) == 2)
    assert SILENCE <= now() - began <= SILENCE + 3.0
    assert machine.started[0].received == ["SIGKILL"]


async def test_one_that_never_gives_a_sign_is_given_time_to_start(machine: FakeMachine, replica: Replica) -> None:
    machine.never_listens = True
    began = now()
    replica.begin()
    await until(lambda: len(machine.started) == 2)
    assert now() - began >= FIRST_SIGN - 1.0
    assert machine.started[0].received == ["SIGKILL"]


async def test_a_lost_connection_is_made_again_without_harm(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    host = machine.started[0]
    host.is_reachable = False
    await asyncio.sleep(SILENCE / 2)
    assert (host.attending, replica.state.up, replica.state.trouble) == (0, False, "the connection to it is lost")
    host.is_reachable = True
    await asyncio.sleep(10 * SILENCE)
    assert (host.attending, replica.state.up, replica.state.restarts) == (1, True, 0)
    assert machine.started == [host]
    assert host.received == []


async def test_one_that_still_answers_is_not_killed(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    host = machine.started[0]
    host.is_quiet = True
    await asyncio.sleep(10 * SILENCE)
    assert (host.received, machine.started) == ([], [host])


async def test_one_that_runs_already_is_adopted(machine: FakeMachine, replica: Replica) -> None:
    host = machine.hosts["shelf", 1] = FakeHost(77)
    replica.begin()
    await replica.tried.wait()
    assert (machine.started, host.attending, replica.state.pid) == ([], 1, 77)
    host.die()
    await until(lambda: machine.started)


async def test_one_that_runs_and_does_not_answer_yet_is_waited_for(machine: FakeMachine, replica: Replica) -> None:
    host = machine.hosts["shelf", 1] = FakeHost(77)
    host.is_reachable = False
    replica.begin()
    await asyncio.sleep(FIRST_SIGN / 2)
    host.is_reachable = True
    await replica.tried.wait()
    assert (machine.started, replica.state.pid) == ([], 77)


@pytest.mark.parametrize("stubborn", [False, True])
async def test_one_that_runs_something_else_is_stopped(stubborn: bool, machine: FakeMachine, replica: Replica) -> None:
    host = machine.hosts["shelf", 1] = FakeHost(77, "another plan", stubborn=stubborn)
    replica.begin()
    await replica.tried.wait()
    assert host.received == (["stop", "SIGTERM", "SIGKILL"] if stubborn else ["stop"])
    assert [each.pid for each in machine.started] == [100]


async def test_it_is_stopped_politely(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    await replica.end(10.0)
    (host,) = machine.started
    assert host.received == ["stop"]
    assert not host.is_there
    assert (replica.state.pid, replica.state.trouble) == (None, "it was stopped")
    await asyncio.sleep(LONGEST_PAUSE)
    assert machine.started == [host]


async def test_one_that_is_just_starting_is_stopped_as_soon_as_it_can_be_asked(
    machine: FakeMachine, replica: Replica
) -> None:
    machine.never_listens = True
    replica.begin()
    await until(lambda: machine.started)
    (host,) = machine.started
    asyncio.get_running_loop().call_later(1.0, setattr, host, "is_reachable", True)
    began = now()
    await replica.end(10.0)
    assert host.received == ["stop"]
    assert now() - began < 2.0


async def test_after_its_time_it_is_stopped_by_force(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    (host,) = machine.started
    host.stubborn = True
    began = now()
    await replica.end(10.0)
    assert host.received == ["stop", "SIGTERM", "SIGKILL"]
    assert now() - began >= 10.0


async def test_one_that_is_let_go_runs_on(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    await replica.let_go()
    (host,) = machine.started
    assert (host.is_there, host.attending, host.received) == (True, 0, [])


async def test_one_that_says_it_is_stopping_may_take_its_time(machine: FakeMachine, replica: Replica) -> None:
    replica.begin()
    await replica.tried.wait()
    (host,) = machine.started
    host.leave()
    host.is_reachable = False
    await asyncio.sleep(LEAVING / 2)
    assert (host.received, machine.started) == ([], [host])
    host.die("it ended with exit code 0")
    await until(lambda: len(machine.started) == 2)


async def test_what_cannot_be_started_is_tried_again(
    machine: FakeMachine, replica: Replica, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> FakeHost:
        raise OSError("no more processes")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(machine, "start", fail)
        replica.begin()
        await replica.tried.wait()
        assert replica.state.trouble == "OSError: no more processes"
    await until(lambda: replica.state.up)
