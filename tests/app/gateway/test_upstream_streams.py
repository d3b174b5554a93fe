"""Bodies pass through the gateway in both directions as they come, and wait where nobody takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import GatewaySettings
from app.launch import bind
from tests.app.gateway.backends import behaving, proxying, serving
from tests.app.gateway.door import HOST, request

PART = b"x" * 65536
LARGE = GatewaySettings(max_body=1 << 30)
ENOUGH = 16 << 20
"""Bytes that all buffers on the way together do not hold; what is sent is many times as much."""
SETTLED = 0.5
"""Seconds in which a stream that nobody holds back moves far more than that."""


@asynccontextmanager
async def fronted(app: ASGIApp) -> AsyncIterator[int]:
    """Serve an application by uvicorn on a port, which is yielded."""
    config = uvicorn.Config(app, http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def through(app: ASGIApp, socket: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a gateway behind whose proxy an application is served."""
    async with serving(app, socket), proxying(socket, settings=LARGE) as door, fronted(door) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()


class Counter:
    """How many bytes came past, and whether that has come to a stop."""

    def __init__(self) -> None:
        self.count = 0

    async def settled(self) -> int:
        """Wait until something has come past and nothing more does, and return how much it was."""
        before = -1
        while self.count != before or not before:
            before = self.count
            await asyncio.sleep(SETTLED)
        return before


async def test_an_answer_waits_for_a_client_that_does_not_read(tmp_path: Path) -> None:
    sent = Counter()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": PART, "more_body": True})
            sent.count += len(PART)
            if sent.count > 10 * ENOUGH:
                raise AssertionError("somebody took it all")

    async with through(endless, tmp_path / "s") as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        held = await sent.settled()
        assert 0 < held < ENOUGH
        while sent.count < held + ENOUGH:  # and goes on when it does
            assert await reader.read(1 << 20)
        writer.transport.abort()


async def test_a_body_waits_for_a_bff_that_does_not_read(tmp_path: Path) -> None:
    go_on, sent = asyncio.Event(), Counter()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await go_on.wait()
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"all of it"})

    async def upload(writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % (4 * ENOUGH))
        while sent.count < 4 * ENOUGH:
            writer.write(PART)
            await writer.drain()
            sent.count += len(PART)

    async with through(slow, tmp_path / "s") as (reader, writer):
        uploading = asyncio.create_task(upload(writer))
        assert 0 < await sent.settled() < ENOUGH
        go_on.set()
        await uploading
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await reader.readuntil(b"0\r\n\r\n") == b"9\r\nall of it\r\n0\r\n\r\n"


async def test_both_directions_flow_at_once(tmp_path: Path) -> None:
    async def echo_parts(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})

    async with through(echo_parts, tmp_path / "s") as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readuntil(b"a\r\n") == b"1\r\na\r\n"
        for letter in (b"b", b"c"):
            writer.write(b"1\r\n%b\r\n" % letter)
            assert await reader.readuntil(letter + b"\r\n") == b"1\r\n%b\r\n" % letter
        writer.write(b"0\r\n\r\n")
        assert await reader.readuntil(b"0\r\n\r\n") == b"0\r\n\r\n"


async def test_a_large_body_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    async def echo_parts(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})

    body = b"".join(b"%015d\n" % number for number in range(1 << 19))
    async with through(echo_parts, tmp_path / "s") as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body))
        writer.write(body)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(body)) == body


async def test_a_client_that_is_asked_to_wait_is_told_to_go_on(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert b"expect" not in dict(scope["headers"])
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": message["body"]})

    async with through(app, tmp_path / "s") as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(3) == b"abc"


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"content-length: 10", b"half"),
        (b"transfer-encoding: chunked", b"4\r\nhalf\r\n"),
        (b"connection: close\r\ncontent-length: 10", b"half"),
    ],
)
async def test_a_client_sees_that_an_answer_was_cut_off(tmp_path: Path, head: bytes, part: bytes) -> None:
    async def die(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + part)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with behaving(die, tmp_path / "s"), proxying(tmp_path / "s") as door, fronted(door) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.partition(b"\r\n\r\n")[2] in (b"", part)


async def test_leaving_is_noticed_while_a_page_is_made(tmp_path: Path) -> None:
    left = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if (await receive())["type"] == "http.disconnect":
            left.set()

    async with through(app, tmp_path / "s") as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await left.wait()


async def test_many_requests_share_a_few_connections(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async with behaving(answer, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        for _ in range(20):
            responses = await asyncio.gather(*(request(door, headers=[HOST]) for _ in range(5)))
            assert {response.status for response in responses} == {200}
    assert backend.connections <= 5
