"""A store with two replicas of a host, as the commands see it; what befalls hosts is in `tests/faults`."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.placement.runfolder import RunFolder
from tests.serving import FREESTONE, call, serving

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


def is_served(url: str) -> bool:
    """Whether the home page, which the catalogue fills, is there."""
    try:
        return httpx2.get(url, timeout=30).status_code == 200
    except httpx2.TransportError:
        return False


def test_commands_reach_the_hosts_of_a_store_and_the_hosts_end_with_it(data: Path) -> None:
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
