"""Hosts that cannot start: the store serves without them, says which, and does not spin."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import httpx2
import pytest

from tests.faults.stores import Shop, shop, until_so
from tests.serving import FREESTONE, serving

TOPOLOGY = """
    [hosts.first]
    modules = ["lame"]
    [hosts.second]
    modules = ["brittle"]
    """
MODULE = """
    import os
    from pathlib import Path
    from dependency_injector.containers import DeclarativeContainer
    from contracts.kit import Module

    async def app(scope, receive, send):
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b"whole"}})

    def web(container):
        if Path(os.environ["FREESTONE_TEST_BROKEN"]).exists():
            {fault}
        return app

    module = Module(name={name!r}, container=DeclarativeContainer, web=web, path="/{name}")
    """
FAULTS = {"lame": 'raise RuntimeError("a leg is missing")', "brittle": "os._exit(3)"}


@pytest.fixture
def ruin(tmp_path: Path) -> Iterator[Shop]:
    """A store with two more modules, each in a host of its own: one cannot start, of the other its process dies."""
    for name, fault in FAULTS.items():
        package = tmp_path / "planted" / "modules" / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "module.py").write_text(dedent(MODULE).format(name=name, fault=fault))
    broken = tmp_path / "broken"
    broken.touch()
    path = os.pathsep.join(filter(None, (str(tmp_path / "planted"), os.environ.get("PYTHONPATH"))))
    with shop(tmp_path, TOPOLOGY, TEST_BROKEN=str(broken)) as made:
        yield made._replace(environ=made.environ | {"PYTHONPATH": path})


def unready(url: str) -> dict[str, str]:
    """Which modules do not serve, and why, as the store says; none while it says that it is ready."""
    answer = httpx2.get(f"{url}/readyz")
    failures = {each["name"]: each["reason"] for each in answer.json()["modules"] if each["state"] != "serving"}
    assert answer.status_code == (503 if failures else 200)
    return failures


def pages(url: str) -> list[int]:
    """How the home page and those of both modules are answered."""
    return [httpx2.get(f"{url}{path}").status_code for path in ("/", "/lame", "/brittle")]


def test_a_store_serves_without_the_hosts_that_cannot_start_and_says_which(ruin: Shop) -> None:
    again = re.compile("host second, replica 1: it ended with exit code 3; it is started again in ([0-9.]+) s")
    with serving(*FREESTONE, "run", data=ruin.data, environ=ruin.environ) as store:
        assert len(again.findall(store.log)) < 5, "the store waited for what had failed"
        assert unready(store.url) == {
            "lame": "on host first, module lame could not be started: RuntimeError: a leg is missing",
            "brittle": "host second cannot be reached: it is not running",
        }
        assert pages(store.url) == [200, 503, 503]
        until_so(lambda: len(again.findall(store.log)) >= 3)
        pauses = [float(each) for each in again.findall(store.log)]
        assert pauses[2] > pauses[0], "it spins"
        assert store.log.count("module lame could not be started") == 1

        Path(ruin.environ["FREESTONE_TEST_BROKEN"]).unlink()
        until_so(lambda: "brittle" not in unready(store.url))
        until_so(lambda: pages(store.url) == [200, 503, 200])
