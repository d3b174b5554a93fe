"""aiohttp's client and an ASGI application without a framework, under uvicorn; msgspec reads and writes the JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from starlette.types import Receive, Scope, Send

from bench.contestants import Calls, Place, Served
from bench.contestants.asgi import serving
from bench.shelf import ONE, PAGE, PRODUCTS
from contracts.catalog import Product
from contracts.values import ProductId

encode = msgspec.json.encode
_one, _several = msgspec.json.Decoder(str), msgspec.json.Decoder(tuple[str, ...])
HEADERS = [(b"content-type", b"application/json")]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for the shelf."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer: Any
    if scope["path"] == "/product":
        answer = PRODUCTS[ProductId(_one.decode(body))]
    else:
        answer = [PRODUCTS[ProductId(each)] for each in _several.decode(body)]
    content = encode(answer)
    headers = [*HEADERS, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@asynccontextmanager
async def serve(_: Place) -> AsyncIterator[Served]:
    """Serve the application on a free port."""
    async with serving(application) as served:
        yield served


@asynccontextmanager
async def call(_: Place, address: str) -> AsyncIterator[Calls]:
    """Call it on as many connections as there are callers."""
    one, several = msgspec.json.Decoder(Product), msgspec.json.Decoder(tuple[Product, ...])
    async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(path: str, what: Any) -> bytes:
            async with session.post(path, data=encode(what)) as response:
                response.raise_for_status()
                return await response.read()

        async def product() -> Product:
            return one.decode(await ask("/product", ONE))

        async def page() -> tuple[Product, ...]:
            return several.decode(await ask("/page", PAGE))

        yield Calls(product, page)
