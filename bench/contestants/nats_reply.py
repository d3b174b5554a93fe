# mypy: no-warn-unused-ignores
# nats has types where `make bench` has installed them.
"""NATS: requests to a queue group over a broker of its own, MessagePack in both directions."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import nats  # type: ignore[import-not-found]
import psutil

from bench.contestants import Calls, CannotRun, Place, Served
from bench.processes import free_port
from bench.shelf import ONE, PAGE, PRODUCTS
from contracts.catalog import Product
from contracts.values import ProductId

encode = msgspec.msgpack.encode


@asynccontextmanager
async def serve(place: Place) -> AsyncIterator[Served]:
    """Answer for the shelf; the broker's CPU counts as the server's."""
    with _broker(place.folder) as (address, broker):
        client = await _connected(address)
        one, several = msgspec.msgpack.Decoder(str), msgspec.msgpack.Decoder(tuple[str, ...])

        async def product(message: Any) -> None:
            await message.respond(encode(PRODUCTS[ProductId(one.decode(message.data))]))

        async def page(message: Any) -> None:
            await message.respond(encode([PRODUCTS[ProductId(each)] for each in several.decode(message.data)]))

        await client.subscribe("shelf.product", "shelf", cb=product)
        await client.subscribe("shelf.page", "shelf", cb=page)
        yield Served(address, lambda: time.process_time() + sum(broker.cpu_times()[:2]))
        await client.close()


@asynccontextmanager
async def call(_: Place, address: str) -> AsyncIterator[Calls]:
    """Ask for it."""
    client = await _connected(address)
    one, several = msgspec.msgpack.Decoder(Product), msgspec.msgpack.Decoder(tuple[Product, ...])

    async def product() -> Product:
        return one.decode((await client.request("shelf.product", encode(ONE), timeout=5)).data)

    async def page() -> tuple[Product, ...]:
        return several.decode((await client.request("shelf.page", encode(PAGE), timeout=5)).data)

    yield Calls(product, page)
    await client.close()


@contextmanager
def _broker(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    program = shutil.which("nats-server")
    if program is None:
        raise CannotRun("there is no nats-server on this machine")
    port = free_port()
    broker = subprocess.Popen([program, "-a", "127.0.0.1", "-p", str(port), "-l", str(folder / "nats.log")])
    try:
        yield f"nats://127.0.0.1:{port}", psutil.Process(broker.pid)
    finally:
        broker.terminate()
        broker.wait(10)


async def _connected(address: str) -> Any:
    async def silent(_: Exception) -> None:
        """It may just not be up yet."""

    for _ in range(100):
        try:
            return await nats.connect(address, allow_reconnect=False, error_cb=silent)
        except (OSError, nats.errors.Error):
            await asyncio.sleep(0.05)
    raise CannotRun("the broker does not answer")
