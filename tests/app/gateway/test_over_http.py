"""The gateway behind the real server: what a client at the other end of a socket sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import GatewaySettings
from app.launch import bind
from tests.app.gateway.door import echo, gateway, hello

LIMITS = GatewaySettings(max_body=1024, receive_timeout=0.2, request_deadline=10)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """Serve the application behind a gateway on a free port, which is yielded."""
    config = uvicorn.Config(gateway(app, LIMITS), http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running


async def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes and return everything that comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def chunked(*chunks: bytes) -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


async def test_a_page_comes_through() -> None:
    async with served(hello) as port:
        answer = await exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer


async def test_an_endless_body_is_refused_and_the_connection_closed() -> None:
    async with served(echo) as port:
        answer = await exchange(port, chunked(b"a" * 600, b"b" * 600))
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_stops_half_way_is_refused_and_the_connection_closed() -> None:
    async with served(echo) as port:
        answer = await exchange(port, chunked(b"a" * 600))
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_refused_request_leaves_the_connection_usable() -> None:
    refused = b"POST / HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 3\r\n\r\nabc"
    fine = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    async with served(hello) as port:
        answer = await exchange(port, refused + fine)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"HTTP/1.1 200 OK" in answer


async def test_a_response_that_broke_off_closes_the_connection_before_its_end() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError

    async with served(app) as port:
        answer = await exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"4\r\nhalf\r\n")


@pytest.mark.parametrize("target", [b"/%ff", b"/\xff", b"/?q=%ff", b"/?q=\xff", b"/%00"])
async def test_an_address_that_is_no_text_is_a_bad_request(target: bytes) -> None:
    async with served(hello) as port:
        answer = await exchange(port, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
