"""A store of real processes that die at failpoints and are brought back, while people shop there."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
import msgspec

from app.failpoints import Order
from tests.faults.stores import Shop, shop
from tests.serving import FREESTONE, Served, serving

PATIENCE = 90.0
"""Seconds for a store to be whole again, on a machine that has much else to do."""
TOPOLOGIES = {
    "one process": "",
    "cut out": """
        [hosts.desk]
        modules = ["orders"]
        [hosts.till]
        modules = ["payments"]
        [hosts.stock]
        modules = ["inventory"]
        """,
}
QUICK = {
    "ACCOUNTS_REGISTRATIONS_PER_SOURCE": "3600",
    "PAYMENTS_SANDBOX_SLOW_SECONDS": "0.3",
    "PAYMENTS_SETTLE_AFTER_SECONDS": "1",
    "ORDERS_LEASE_SECONDS": "2",
    "ORDERS_LONGEST_RETRY_SECONDS": "1",
}
"""Settings with which what heals by itself does so sooner than an operator would need it to."""


Disk = Callable[[Path], AbstractContextManager[None]]


class Fired(NamedTuple):
    """An order that was carried out: by which process, and when."""

    pid: int
    at: float


class Failpoints:
    """The folder by which `app.failpoints` is told what to do, and tells what it did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for each in ("armed", "fired", "passed"):
            (folder / each).mkdir(parents=True)

    def lay(self, order: Order) -> str:
        """Give an order, from now on; return the name to ask `fired` by."""
        name = secrets.token_hex(4)
        draft = self.folder / name
        draft.write_bytes(msgspec.json.encode(order))
        draft.rename(self.folder / "armed" / name)
        return name

    def withdraw(self, name: str) -> None:
        """Take an order back, if it was not carried out."""
        (self.folder / "armed" / name).unlink(missing_ok=True)

    def fired(self, name: str) -> Fired | None:
        """Return who carried an order out, None while nobody has."""
        for each in (self.folder / "fired").glob(f"{name}.*"):
            return Fired(int(each.suffix[1:]), each.stat().st_ctime)
        return None

    @property
    def count(self) -> int:
        """How many orders were carried out."""
        return len(list((self.folder / "fired").iterdir()))

    def passed(self) -> Counter[tuple[str, str]]:
        """How often any process came past each point, by point and place."""
        lines = (line for file in (self.folder / "passed").iterdir() for line in file.read_text().splitlines())
        return Counter((point, place) for point, _, place in (line.partition(" ") for line in lines))


class Store:
    """A store under fire; ``launches`` is how often its main host came to serve."""

    def __init__(self, shop: Shop, failpoints: Failpoints, whole: int) -> None:
        self._whole = whole
        self.shop = shop
        self.failpoints = failpoints
        self.launches = 0
        self._stack = ExitStack()
        self._served: Served | None = None

    @property
    def url(self) -> str:
        """Where it is now."""
        assert self._served is not None
        return self._served.url

    @property
    def pid(self) -> int:
        """The main host's process."""
        assert self._served is not None
        return self._served.process.pid

    async def launch(self) -> None:
        """Start it, again where it is killed before it serves."""
        while True:
            fired = self.failpoints.count
            launch = serving(*FREESTONE, "run", data=self.shop.data, environ=self.shop.environ)
            try:
                self._served = await asyncio.to_thread(self._stack.enter_context, launch)
            except RuntimeError:
                if self.failpoints.count == fired:
                    raise
            else:
                self.launches += 1
                return

    async def keep(self) -> None:
        """Launch it again whenever it was killed, for ever; any other end of it is an error."""
        while True:
            assert self._served is not None
            served = self._served
            while served.process.poll() is None:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)
            assert served.process.returncode == -signal.SIGKILL, served.log
            await self.launch()

    async def ready(self, but_not: Collection[int] = ()) -> None:
        """Wait until it has all its processes, none of them one of those, and every module serves."""
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as http:
            while True:
                with suppress(httpx2.TransportError):
                    is_whole = (await http.get(f"{self.url}/readyz")).status_code == 200
                    found = self.shop.processes()
                    if is_whole and len(found) == self._whole and not {*found} & {*but_not}:
                        return
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop it as its owner does."""
        assert self._served is not None
        code = await asyncio.to_thread(self._served.stop, signal.SIGTERM)
        assert code == 0, self._served.log

    def close(self) -> None:
        """End what is left of it."""
        self._stack.close()


@asynccontextmanager
async def under_fire(
    folder: Path, topology: str, *, disk: Disk = lambda _: nullcontext(), **more: str
) -> AsyncIterator[Store]:
    """Run a store, which `Store.keep` brings back whenever it is killed, until the block ends or `Store.stop`.

    ``disk`` makes of its data folder what it shall be as long as the store is there; ``more`` are settings.
    """
    failpoints = Failpoints(folder / "failpoints")
    settings = {"TEST_FAILPOINTS": str(failpoints.folder), **QUICK, **more}
    with shop(folder, TOPOLOGIES[topology], **settings) as made, disk(made.data):
        store = Store(made, failpoints, 1 + TOPOLOGIES[topology].count("[hosts."))
        try:
            await store.launch()
            yield store
        finally:
            store.close()
