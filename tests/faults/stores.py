"""Stores as real processes that may be killed, stopped and looked at, and of which nothing stays."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from app.assembly import assemble
from app.keys import ACTOR, WIRE, private_key
from app.opening import Opened, Place, open_host
from app.placement.runfolder import RunFolder
from app.wire.credentials import issue
from app.wire.hello import HOST
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.kit import SYSTEM, Actor, Context
from contracts.kit.context import scope
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.serving import FREESTONE, environment

PATIENCE = 30.0
"""Seconds for what must come to be, on a machine that has much else to do."""
ONLOOKER = "onlooker"
"""The host of the tests themselves: it runs no module."""
AS_SYSTEM = Context(actor=Actor(id=HOST, roles=SYSTEM))
MUG = Sku("MUG")


class Shop(NamedTuple):
    """A data folder, and the environment of the processes that work on it."""

    data: Path
    environ: dict[str, str]

    @property
    def run(self) -> RunFolder:
        """Where its hosts' sockets lie."""
        return RunFolder(self.data)

    def pid(self, host: str, replica: int = 1) -> int:
        """The process that is a replica now, 0 where none is."""
        return self.run.holder(host, replica) or 0

    def pids(self, host: str, replicas: int = 2) -> tuple[int, ...]:
        """The processes that are a host's first replicas now."""
        return tuple(self.pid(host, number) for number in range(1, replicas + 1))

    def processes(self) -> list[int]:
        """All processes that were started for this data folder, and live."""
        mark = f"FREESTONE_DATA={self.data}\0".encode()
        return [int(each.name) for each in Path("/proc").glob("[0-9]*") if mark in _environ(each)]


def _environ(process: Path) -> bytes:
    """What a process was started with; nothing for one that has ended, or is another user's."""
    with suppress(OSError):
        return (process / "environ").read_bytes() + b"\0"
    return b""


@contextmanager
def shop(folder: Path, topology: str, **settings: str) -> Iterator[Shop]:
    """Make a folder for a store's data beside its settings; at the end nothing that worked on it is left."""
    data = folder / "data"
    data.mkdir(0o700)
    file = folder / "freestone.toml"
    file.write_text(dedent(topology))
    made = Shop(data, environment(data, CONFIG=str(file), **settings))
    try:
        yield made
    finally:
        until = time.monotonic() + PATIENCE
        while (left := made.processes()) and time.monotonic() < until:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


class Served(NamedTuple):
    """One `freestone serve`, and what it writes."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def log(self) -> str:
        return self.file.read_text()


@contextmanager
def serve(shop: Shop, *arguments: str, label: str) -> Iterator[Served]:
    """Run `freestone serve` until the block ends; it may have been ended before."""
    file = shop.data.with_name(f"{label}.log")
    with file.open("ab") as log:
        process = subprocess.Popen(
            (*FREESTONE, "serve", *arguments), cwd=shop.data.parent, env=shop.environ, stdout=log, stderr=log
        )
    try:
        yield Served(process, file)
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def looking_on(shop: Shop) -> AsyncIterator[Opened]:
    """Join a store as one more host, and wait for nobody."""
    assembly = assemble(shop.environ)
    private_key(shop.data, ACTOR)
    identity = issue(private_key(shop.data, WIRE), ONLOOKER, (HOST,))
    with shop.run.claim(ONLOOKER) as claim, scope(context=AS_SYSTEM):
        async with open_host(assembly, Place(ONLOOKER, (), (HOST,), shop.run, claim, identity)) as opened:
            yield opened


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, and let everybody else work meanwhile."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


def until_so(condition: Callable[[], bool]) -> None:
    """As `until`, where nothing else goes on."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not come to be"
        time.sleep(0.02)


async def fill(catalog: Catalog) -> None:
    """Put a mug on the shelves."""
    mugs = CategoryId("mugs")
    await catalog.add_category(Category(id=mugs, slug="mugs", name="Mugs", parent_id=None, vat_rate=1900))
    mug = Variant(sku=MUG, price=Money(amount=1250, currency="EUR"), weight_grams=400)
    await catalog.add_product(
        NewProduct(id=ProductId("mug"), name="Mug", brand="Acme", category_id=mugs, variants=(mug,))
    )
