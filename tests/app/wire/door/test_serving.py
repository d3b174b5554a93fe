"""A server within a host's own loop: on a socket for its owner alone, and without a hand on the process's signals."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from starlette.types import Receive, Scope, Send

from app.wire.door.serving import serving, unix_socket
from tests.app.gateway.door import hello

ASKED = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_the_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    with unix_socket(tmp_path / "s"):
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


async def test_signals_stay_the_hosts(tmp_path: Path) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(hello, unix_socket(tmp_path / "s")):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_a_request_under_way_ends_before_the_server_does(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await go_on.wait()
        await hello(scope, receive, send)

    async with serving(slow, unix_socket(tmp_path / "s")):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(ASKED)
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
    assert b"hello" in await reader.read()
    writer.close()
    await writer.wait_closed()
