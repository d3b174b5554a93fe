"""Hosts as real processes: started, restarted, adopted by the next supervisor, and never left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.placement.attendance import ALONE
from app.placement.child import listener
from app.placement.runfolder import RunFolder
from tests.serving import FREESTONE, PATIENCE, UVICORN, call, serving

HOSTS = '[hosts.shelf]\nmodules = ["catalog"]\nreplicas = 2\n'
Pids = dict[int, int]


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    """A seeded data folder, beside a topology with two replicas of the catalogue."""
    shutil.copytree(seeded, tmp_path / "data")
    (tmp_path / "freestone.toml").write_text(HOSTS)
    return tmp_path / "data"


def shelves(data: Path) -> Pids:
    """The processes that are the catalogue's replicas now."""
    run = RunFolder(data)
    holders = {number: run.holder("shelf", number) for number in (1, 2)}
    return {number: pid for number, pid in holders.items() if pid is not None}


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come to be"
        time.sleep(0.02)


def is_served(url: str) -> bool:
    """Whether the home page, which the catalogue fills, is there."""
    try:
        return httpx2.get(url, timeout=30).status_code == 200
    except httpx2.TransportError:
        return False


def test_hosts_run_are_started_again_when_they_die_or_hang_and_end_with_the_store(data: Path) -> None:
    with serving(*FREESTONE, "run", data=data) as store:
        before = shelves(data)
        assert set(before) == {1, 2}
        assert is_served(store.url)
        seen = {(each["host"], each["replica"]): each["state"] for each in processes(data)}
        assert {key: state["pid"] for key, state in seen.items()} == {
            ("main", 1): store.process.pid,
            ("shelf", 1): before[1],
            ("shelf", 2): before[2],
        }
        bindings = {each["contract"]: each["kind"] for each in seen["main", 1]["bindings"]}
        assert (bindings["catalog.v1"], bindings["carts.v1"]) == ("remote", "local")
        found = call(*FREESTONE, "call", "catalog.search", '{"search": {"limit": 2}}', data=data)
        assert (found.returncode, len(json.loads(found.stdout)["cards"])) == (0, 2)

        os.kill(before[1], signal.SIGKILL)
        until(lambda: shelves(data).get(1, before[1]) != before[1])
        assert is_served(store.url)
        assert shelves(data)[2] == before[2]
        assert "host shelf, replica 1: it was ended by SIGKILL; it is started again in " in store.log

        until(lambda: len(RunFolder(data).find("shelf")) == 2)
        os.kill(before[2], signal.SIGSTOP)
        until(lambda: shelves(data).get(2, before[2]) != before[2])
        assert "host shelf, replica 2: it gave no sign and was killed; it is started again in " in store.log

        until(lambda: len(RunFolder(data).find("shelf")) == 2)
        assert store.stop(signal.SIGTERM) == 0, store.log
        assert shelves(data) == {}
        assert not RunFolder(data).path.exists()
        assert "Traceback" not in store.log, store.log


def processes(data: Path) -> list[dict[str, Any]]:
    """What `freestone ps --json` tells."""
    shown = call(*FREESTONE, "ps", "--json", data=data)
    assert shown.returncode == 0, shown.stderr
    found: list[dict[str, Any]] = json.loads(shown.stdout)
    return found


def test_what_a_killed_store_leaves_behind_ends_by_itself(data: Path) -> None:
    with serving(*FREESTONE, "run", data=data) as store:
        left = shelves(data)
        assert len(left) == 2
        store.process.kill()
        store.process.wait()
        assert shelves(data) == left
        until(lambda: not shelves(data))


def test_of_several_workers_another_takes_over_what_a_killed_one_supervised(data: Path) -> None:
    workers = (*UVICORN, "--port", "0", "--workers", "2")
    with serving(*workers, data=data) as store:
        until(lambda: None not in listeners(data, "main") and None not in listeners(data, "shelf"))
        assert is_served(store.url)
        before, first = shelves(data), supervising(data)
        os.kill(first, signal.SIGKILL)
        until(lambda: supervising(data) not in (0, first))
        time.sleep(ALONE + 1)  # without a supervisor they would end
        assert shelves(data) == before
        assert is_served(store.url)
        assert store.stop(signal.SIGTERM) == 0, store.log
        assert shelves(data) == {}


def listeners(data: Path, host: str) -> list[int | None]:
    """The processes that listen as the first two replicas of a host."""
    return [listener(RunFolder(data).wire(host, number)) for number in (1, 2)]


def supervising(data: Path) -> int:
    """The process that supervises now, 0 while none does."""
    return int((data / ".supervisor").read_text() or 0)
