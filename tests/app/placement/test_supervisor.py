"""One supervisor keeps every owned replica running; the next takes over, and the last one stops them all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.placement.election import STAND_BY, SupervisorLock
from app.placement.supervisor import Supervisor
from app.placement.topology import HostEntry, Topology
from tests.app.placement.fakes import PLAN, FakeHost, FakeMachine
from tests.app.runtime.builders import until

HOSTS = Topology(
    {
        "shelf": HostEntry(name="shelf", modules=("catalog",), replicas=2),
        "till": HostEntry(name="till", modules=("orders",)),
        "theirs": HostEntry(name="theirs", modules=("cart",), owned=False),
    }
)


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


def supervisor(machine: FakeMachine, data: Path, topology: Topology = HOSTS) -> Supervisor:
    return Supervisor(topology, SupervisorLock(data), machine, machine.reach, lambda entry: PLAN)


async def test_every_replica_of_every_owned_host_runs_until_the_end(machine: FakeMachine, tmp_path: Path) -> None:
    async with supervisor(machine, tmp_path) as it:
        await it.up(10.0)
        assert set(machine.hosts) == {("shelf", 1), ("shelf", 2), ("till", 1)}
        assert [(each.host, each.replica, each.up) for each in it.state] == [
            ("shelf", 1, True),
            ("shelf", 2, True),
            ("till", 1, True),
        ]
    assert [host.received for host in machine.started] == [["stop"]] * 3
    assert it.state == ()
    assert SupervisorLock(tmp_path).holder is None


async def test_hosts_are_stopped_all_together(machine: FakeMachine, tmp_path: Path) -> None:
    it = supervisor(machine, tmp_path)
    await it.start()
    await it.up(10.0)
    for host in machine.started:
        host.stubborn = True
    began = asyncio.get_running_loop().time()
    await it.stop(5.0)
    assert asyncio.get_running_loop().time() - began < 10.0
    assert not any(host.is_there for host in machine.started)


async def test_waiting_for_hosts_ends_where_one_cannot_be_started(machine: FakeMachine, tmp_path: Path) -> None:
    machine.dies_at_once = True
    async with supervisor(machine, tmp_path) as it:
        await it.up(3600.0)
        assert not any(each.up for each in it.state)
        assert {each.trouble for each in it.state} == {"it ended with exit code 1"}


async def test_a_second_stands_by_and_adopts_what_runs_when_the_first_is_gone(
    machine: FakeMachine, tmp_path: Path
) -> None:
    first, second = supervisor(machine, tmp_path), supervisor(machine, tmp_path)
    await first.start()
    await first.up(10.0)
    await second.start()
    await asyncio.sleep(10 * STAND_BY)
    assert second.state == ()
    await first.stop()
    await until(lambda: len(second.state) == 3 and all(each.up for each in second.state))
    assert len(machine.started) == 3
    assert [host.received for host in machine.started] == [[]] * 3
    await second.stop()
    assert not any(host.is_there for host in machine.started)


async def test_when_both_leave_at_once_nothing_is_left_running(machine: FakeMachine, tmp_path: Path) -> None:
    first, second = supervisor(machine, tmp_path), supervisor(machine, tmp_path)
    await first.start()
    await first.up(10.0)
    await second.start()
    await asyncio.gather(first.stop(), second.stop())
    assert not any(host.is_there for host in machine.started)
    assert SupervisorLock(tmp_path).holder is None


async def test_one_that_only_stood_by_leaves_what_runs_alone(machine: FakeMachine, tmp_path: Path) -> None:
    first, second = supervisor(machine, tmp_path), supervisor(machine, tmp_path)
    await first.start()
    await first.up(10.0)
    await second.start()
    await second.stop()
    assert all(host.is_there and host.received == [] for host in machine.started)
    await first.stop()


async def test_what_a_killed_supervisor_left_is_adopted(machine: FakeMachine, tmp_path: Path) -> None:
    left = machine.hosts["till", 1] = FakeHost(77)
    async with supervisor(machine, tmp_path) as it:
        await it.up(10.0)
        assert {each.pid for each in it.state} == {100, 101, 77}
    assert left.received == ["stop"]


async def test_without_hosts_there_is_nothing_to_do(machine: FakeMachine, tmp_path: Path) -> None:
    async with supervisor(machine, tmp_path, Topology()) as it:
        await it.up(10.0)
        assert it.state == ()
