"""Stores as real processes that may be killed, stopped and looked at, and of which nothing stays."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from app.cli.reach import CliReach, connect_cli
from app.keys import ACTOR, WIRE, private_key
from app.placement.runfolder import RunFolder
from app.wire.hello import HOST
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.inventory import Inventory, UnknownSku
from contracts.kit import SYSTEM, Actor, Context
from contracts.kit.context import scope
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.guards import overhear
from tests.serving import FREESTONE, environment

PATIENCE = 30.0
"""Seconds for what must come to be, on a machine that has much else to do."""
AS_SYSTEM = Context(actor=Actor(id=HOST, roles=SYSTEM))
MUG = Sku("MUG")


class Shop(NamedTuple):
    """A data folder, and the environment of the processes that work on it."""

    data: Path
    environ: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where its commands are run, beside the data."""
        return self.data.parent

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
    hurried = {"PATIENCE": "1"} | settings  # what hangs is to be told by its deadline
    made = Shop(data, environment(data, CONFIG=str(file), **hurried))
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
        """Everything that it has written so far."""
        return self.file.read_text()


@contextmanager
def serve(shop: Shop, *arguments: str) -> Iterator[Served]:
    """Run `freestone serve` until the block ends; it may have been ended before."""
    file = shop.data.with_name(f"{secrets.token_hex(4)}.log")
    with file.open("wb") as log:
        process = subprocess.Popen(
            (*FREESTONE, "serve", *arguments), cwd=shop.folder, env=shop.environ, stdout=log, stderr=log
        )
    try:
        yield Served(process, file)
    finally:
        process.kill()
        process.wait()
        overhear(file)


@asynccontextmanager
async def looking_on(shop: Shop) -> AsyncIterator[CliReach]:
    """Come to a store as its owner does from the command line, and call on behalf of the system."""
    private_key(shop.data, ACTOR)
    private_key(shop.data, WIRE)
    async with connect_cli(shop.environ) as reach:
        with scope(context=AS_SYSTEM):
            yield reach


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until something is so, and let everybody else work meanwhile."""
    async with asyncio.timeout(patience):
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


async def stock_up(catalog: Catalog, inventory: Inventory, count: int = 1000) -> None:
    """Put mugs on the shelves, and so many of them in stock once that has heard of them."""
    await fill(catalog)
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(UnknownSku):
                await inventory.restock(MUG, count)
                return
            await asyncio.sleep(0.02)


async def doing(reach: CliReach, operation: str) -> None:
    """Wait until some host executes an operation."""
    async with asyncio.timeout(PATIENCE):
        while operation not in await _under_way(reach):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def _under_way(reach: CliReach) -> set[str]:
    states = [each.state for each in await reach.hosts() if each.state is not None]
    return {call.operation for state in states for call in state.calls}
