"""Launches that are killed: what they leave is adopted by the next one, or ends by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

import app
from app.cli.reach import CliReach
from app.placement.attendance import ALONE
from app.placement.child import listener
from tests.faults.stores import PATIENCE, Shop, looking_on, shop, until
from tests.serving import FREESTONE, UVICORN, serving

TOPOLOGY = '[hosts.shelves]\nmodules = ["catalog"]\nreplicas = 2\n'


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Shop]:
    """A store with two replicas of the catalogue, of a copy of the sources: in those that are worked on, a file that
    is saved meanwhile makes the next launch another release, which adopts nothing."""
    root = Path(app.__file__).parents[1]
    for name in ("app", "contracts", "modules"):
        shutil.copytree(root / name, tmp_path / "sources" / name)
    with shop(tmp_path, TOPOLOGY) as made:
        path = os.pathsep.join(filter(None, (str(tmp_path / "sources"), os.environ.get("PYTHONPATH"))))
        yield made._replace(environ=made.environ | {"PYTHONPATH": path})


def supervising(kiosk: Shop) -> int:
    """The process that supervises now, 0 while none does."""
    return int((kiosk.data / ".supervisor").read_text() or 0)


def workers(kiosk: Shop) -> list[int]:
    """The processes that are main hosts and listen as such."""
    listening = (listener(kiosk.run.wire("main", number)) for number in (1, 2, 3))
    return [pid for pid in listening if pid is not None]


async def busy(reach: CliReach) -> set[int]:
    """Those of the main hosts that have called the catalogue."""
    states = [each.state for each in await reach.hosts() if each.host == "main" and each.state is not None]
    return {state.pid for state in states if any(each.calls for each in state.bindings if each.kind == "remote")}


async def ask(url: str, answers: list[int]) -> None:
    """Ask for a page again and again, and note the status codes; a connection that fails is made again."""
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_keepalive_connections=0), timeout=PATIENCE) as client:
        while True:
            with suppress(httpx2.TransportError):
                answers.append((await client.get(url)).status_code)
            await asyncio.sleep(0.02)


async def test_hosts_outlive_a_killed_launch_for_another_and_a_killed_worker_for_the_next(kiosk: Shop) -> None:
    command = (*UVICORN, "--port", "0", "--workers", "2")
    with (
        serving(*FREESTONE, "run", data=kiosk.data, environ=kiosk.environ) as first,
        serving(*command, data=kiosk.data, environ=kiosk.environ) as store,
    ):
        children = kiosk.pids("shelves")
        assert 0 not in children
        await until(lambda: len(workers(kiosk)) == 3)
        first.process.kill()
        first.process.wait()
        await until(lambda: supervising(kiosk) in workers(kiosk))
        assert kiosk.pids("shelves") == children
        answers: list[int] = []
        asking = asyncio.ensure_future(ask(store.url, answers))
        async with looking_on(kiosk) as reach, asyncio.timeout(PATIENCE):
            while len(await busy(reach)) < 2:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)

        killed = supervising(kiosk)
        assert killed in workers(kiosk)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: supervising(kiosk) not in (0, killed))
        answers.clear()
        await asyncio.sleep(ALONE + 0.5)  # they would end if nobody attended them
        asking.cancel()
        assert len(answers) > 10
        assert set(answers) == {200}
        assert kiosk.pids("shelves") == children

        store.process.send_signal(signal.SIGTERM)
        await until(lambda: store.process.poll() is not None)
        assert "is started again" not in store.log, "several processes supervised"
        assert "Traceback" not in store.log, store.log
        await until(lambda: not kiosk.processes())
        left = {path.name.rpartition(".")[0] for path in kiosk.run.path.glob("*")}
        assert left <= {f"main.{number}" for number in (1, 2, 3)}, "only who was killed could not clean up"


async def test_what_a_killed_launch_leaves_ends_by_itself_where_nobody_comes(
    kiosk: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(*FREESTONE, "run", data=kiosk.data, environ=kiosk.environ) as store:
        assert len(kiosk.processes()) == 3
        store.process.kill()
        store.process.wait()
        began = time.monotonic()
        await until(lambda: not kiosk.processes())
        took = time.monotonic() - began
        with capsys.disabled():
            print(f"\nWhat a killed launch left was gone after {took:.1f} s.")
        assert took > ALONE / 2, "they did not wait for anybody"
        sockets = [kiosk.run.wire(*each) for each in kiosk.run.all()]
        assert [each for each in sockets if listener(each) is not None] == []
        assert "Traceback" not in store.log, store.log
