"""`freestone run`: what it refuses, and how it ends."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2
import pytest

from app.launch import bind
from app.placement.runfolder import RunFolder
from tests.app.bad_launches import FOLDERS, SETTINGS, BadLaunch, refuses
from tests.journeys.shelf import products
from tests.journeys.shopper import ADDRESS, Shopper
from tests.serving import FREESTONE, call, environment, serving

RUN = (*FREESTONE, "run")
BAD = SETTINGS | FOLDERS
BREAK_AND_RUN = """
import app.cli
import app.main

def broken(environ, **_):
    raise RuntimeError("planted")

app.main.open_store = broken
app.cli.main()
"""


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_launch_is_refused_in_one_sentence_with_nothing_written(bad: BadLaunch, tmp_path: Path) -> None:
    refuses(bad, *RUN, data=tmp_path / "data")


def test_a_second_launch_serves_as_well(seeded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    with serving(*RUN, data=data) as first, serving(*RUN, data=data) as second:
        for store in (first, second):
            assert httpx2.get(f"{store.url}/").status_code == 200
        assert RunFolder(data).all() == [("main", 1), ("main", 2)]
        assert first.stop(signal.SIGINT) == 0
        assert httpx2.get(f"{second.url}/").status_code == 200
        assert second.stop(signal.SIGINT) == 0


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        bad = BadLaunch(
            lambda _: {"PORT": str(port)},
            f"Port {port} on 127.0.0.1 is in use by another program; stop it, or name another with FREESTONE_PORT.",
        )
        refuses(bad, *RUN, data=tmp_path / "data")


def test_a_start_that_fails_is_not_taken_for_one_that_succeeded(tmp_path: Path) -> None:
    failed = call(sys.executable, "-c", BREAK_AND_RUN, "run", data=tmp_path / "data")
    assert "RuntimeError: planted" in failed.stderr
    assert (failed.stdout, failed.returncode) == ("", 3)


def test_ctrl_c_ends_it_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(*RUN, data=data) as store:
        assert httpx2.get(f"{store.url}/readyz").status_code == 200
        assert store.stop(signal.SIGINT) == 0
        assert store.log == f"The store is at {store.url} (Ctrl+C stops it).\n"
    assert list(data.glob("*-wal")) == []


def test_a_signal_ends_it_well_when_what_is_under_way_is_done(seeded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    environ = environment(data, PAYMENTS_SANDBOX_SLOW_SECONDS="3")
    with serving(*RUN, data=data, environ=environ) as store, Shopper(store.url) as shopper:
        shopper.register()
        shopper.add(next(products(shopper)))
        form = shopper.visit("/checkout").form("Place order", {**ADDRESS, "tok_slow": True})
        under_way = Event()
        with ThreadPoolExecutor(3) as others:
            crowd = [others.submit(list, pages(store.url, under_way)) for _ in range(2)]
            shopper.client.follow_redirects = False
            placing = others.submit(shopper.send, form)
            while not shopper.visit("/orders").links("/orders/"):
                assert not placing.done()
            assert under_way.wait(30)
            assert store.stop(signal.SIGTERM) == 0, store.log
            placed = placing.result()
            assert placed.status == 303
            assert placed.response.headers["location"].startswith("/orders/")
            for visitor in crowd:
                assert set(visitor.result()) == {200}
        assert "Traceback" not in store.log
    assert list(data.glob("*-wal")) == []
    assert (data / ".lock").read_bytes() == b""


def pages(url: str, under_way: Event) -> Iterator[int]:
    """Open the home page again and again until the store is gone; yield the status of each page that came."""
    with httpx2.Client(base_url=url, timeout=30) as browser:
        while True:
            try:
                yield browser.get("/").status_code
            except httpx2.TransportError:
                return
            under_way.set()
