"""`freestone ps`: what runs, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from app.cli import ps
from app.cli.ps import span
from app.cli.reach import Seen
from app.placement.runfolder import RunFolder
from app.wire.address import Address
from contracts.kit.hosting import BindingState, CallState, HostState, ModuleState
from tests.app.cli.commands import freestone

MAIN = HostState(
    name="main",
    replica=1,
    pid=4711,
    started=3725.4,
    plan="p",
    resident=150 << 20,
    modules=(ModuleState(name="cart"), ModuleState(name="orders", failure="module orders could not be started: X")),
    bindings=(
        BindingState(contract="carts.v1", kind="local", calls=12, failures=1, under_way=0),
        BindingState(contract="catalog.v1", kind="remote", target="shelf", calls=99, failures=0, under_way=1),
    ),
    calls=(
        CallState(operation="catalog.search", caller="cart", request_id="r-1", elapsed=0.25, remaining=0.75),
        CallState(operation="hosting.describe", caller="host", request_id="", elapsed=0.0, remaining=1.0),
    ),
)
SEEN = [
    Seen("main", 1, Address("unix", "/run/main.1.sock"), MAIN),
    Seen("shelf", 2, Address("tcp", "10.0.0.7", 7000), None, "it does not answer"),
]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """A store of which `freestone ps` sees these hosts."""
    seen = list(SEEN)

    @asynccontextmanager
    async def connect(environ: Mapping[str, str]) -> AsyncIterator[object]:
        async def hosts() -> list[Seen]:
            return seen

        yield SimpleNamespace(hosts=hosts)

    monkeypatch.setattr(ps, "connect_cli", connect)
    monkeypatch.setattr(RunFolder, "all", lambda self: [(each.host, each.replica) for each in seen])
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path))
    return seen


def test_hosts_bindings_and_calls_are_shown(running: list[Seen]) -> None:
    done = freestone("ps")
    assert (done.code, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines() if line.strip()]
    assert lines == [
        "host replica pid up memory modules calls state",
        "main 1 4711 1 h 2 min 150 MiB cart, orders 1 module orders could not be started: X",
        "shelf 2 - - - - - tcp://10.0.0.7:7000: it does not answer",
        "bindings",
        "host contract is where, or why not calls failed under way",
        "main.1 carts.v1 local - 12 1 0",
        "main.1 catalog.v1 remote shelf 99 0 1",
        "calls under way",
        "host operation called by request for still",
        "main.1 catalog.search cart r-1 0.2 s 0.8 s",
    ]


def test_what_does_not_fit_is_told_with_its_contract(running: list[Seen]) -> None:
    refused = ("catalog.v1/count: there is no such operation there", "catalog.v1/find: its parameter [x] is …")
    local, remote = MAIN.bindings
    bindings = (local, msgspec.structs.replace(remote, refused=refused))
    running[:] = [running[0]._replace(state=msgspec.structs.replace(MAIN, bindings=bindings))]
    said = " ".join(freestone("ps").out.split())
    assert f"main.1 catalog.v1 remote shelf; not {refused[0]}; not {refused[1]} 99 0 1" in said
    (shown,) = json.loads(freestone("ps", "--json").out)
    assert shown["state"]["bindings"][1]["refused"] == list(refused)


@pytest.mark.parametrize("failure", ["no file [/srv/x]", "KeyError: [red]", "what a :warning:"])
def test_what_failed_is_told_as_it_stands(failure: str, running: list[Seen]) -> None:
    state = msgspec.structs.replace(MAIN, modules=(ModuleState(name="cart", failure=failure),))
    running[:] = [running[0]._replace(state=state)]
    done = freestone("ps")
    assert (done.code, done.err) == (0, "")
    assert failure in done.out


def test_programs_get_all_of_it_as_json(running: list[Seen]) -> None:
    main, shelf = json.loads(freestone("ps", "--json").out)
    assert main["state"]["bindings"][1]["target"] == "shelf"
    assert (main["host"], main["state"]["pid"], main["trouble"]) == ("main", 4711, None)
    assert shelf == {
        "host": "shelf",
        "replica": 2,
        "address": "tcp://10.0.0.7:7000",
        "trouble": "it does not answer",
        "state": None,
    }


def test_where_nothing_runs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert freestone("ps") == (1, "", "No store runs on this data folder.\n")
    assert list(tmp_path.iterdir()) == []


def test_where_only_dead_sockets_are_left_it_says_so_too(running: list[Seen]) -> None:
    del running[0]
    done = freestone("ps", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "shelf.2 at tcp://10.0.0.7:7000: it does not answer",
        "No store runs on this data folder.",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3725, "1 h 2 min"), (90_000, "1 d 1 h")],
)
def test_a_time_is_told_in_its_two_largest_units(seconds: float, shown: str) -> None:
    assert span(seconds) == shown
