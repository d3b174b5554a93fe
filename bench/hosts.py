"""A host with one module: how soon it answers over the wire, and what it holds in memory."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from app.keys import WIRE, private_key
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN
from app.wire.address import unix
from app.wire.codec import ContractCodec
from app.wire.credentials import issue
from app.wire.handshake import Passport
from app.wire.hello import HOST
from app.wire.link import Link, Unreachable
from app.wire.remote import Envelope
from bench.figures import Figure
from bench.processes import running
from bench.store import FREESTONE, environment, seed
from contracts.catalog import Catalog, Search
from contracts.kit import Context, contract_of
from contracts.values import ProductId

MODULE = "catalog"
STARTS = 7
COMMAND = [*FREESTONE, "serve", MODULE]
CODEC = ContractCodec(contract_of(Catalog), "catalog.v1", MODULE)


def measure() -> list[Figure]:
    """Return the time to the first answer, from nothing, and the memory that is held after it."""
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
        data = Path(folder, "data")
        seed(data, "S")
        return starts(data, STARTS)


def starts(data: Path, count: int) -> list[Figure]:
    """Start a host over seeded data so many times, and once before to warm up."""
    times, memory = [], []
    product = asyncio.run(_some_product(data))
    for _ in range(count):
        began = time.perf_counter()
        with running(COMMAND, environment(data), data.parent) as process:
            times.append((asyncio.run(_first_answer(process, data, product)) - began) * 1e3)
            time.sleep(0.5)
            memory.append(psutil.Process(process.pid).memory_info().rss / 1e6)
    return [
        Figure("serve_first_answer_ms", f"freestone serve {MODULE} to its first answer", "ms", tuple(times), "≤ 1,200"),
        Figure("host_rss_mb", f"resident memory of a host with {MODULE} alone", "MB", tuple(memory)),
    ]


async def _some_product(data: Path) -> ProductId:
    with running(COMMAND, environment(data), data.parent) as process:
        link = await _link(process, data)
        search = Search(text="mug", limit=1)
        page = await link.call(CODEC.operations["search"], _envelope(), None, {"search": search})
        await link.close("that was all")
        return ProductId(page.cards[0].product_id)


async def _first_answer(process: subprocess.Popen[bytes], data: Path, product: ProductId) -> float:
    """Ask the new host for a product as soon as it can be reached, and return when it has answered."""
    link = await _link(process, data)
    await link.call(CODEC.operations["get_product"], _envelope(), None, {"product_id": product})
    answered = time.perf_counter()
    await link.close("that was all")
    return answered


async def _link(process: subprocess.Popen[bytes], data: Path) -> Link:
    passport = Passport(MAIN, (HOST,), {}, issue(private_key(data, WIRE), MAIN, (HOST,)))
    address = unix(RunFolder(data).wire(MODULE, 1))
    while True:
        try:
            return await Link.open(address, passport, expected=frozenset({MODULE}))
        except Unreachable:
            if process.poll() is not None:
                raise RuntimeError(f"the host ended with {process.returncode}") from None
            await asyncio.sleep(0.002)


def _envelope() -> Envelope:
    return Envelope(HOST, Context(request_id="bench"), None)
