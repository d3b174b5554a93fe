"""The door behind the real server, on a Unix socket: what a client at its other end sees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from app.wire.door.serving import serving, unix_socket
from tests.app.runtime.builders import House, done
from tests.app.wire.door.builders import stage


def call(operation: str, body: bytes = b"{}") -> bytes:
    head = f"POST /rpc/errand.v1/{operation} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def test_calls_follow_each_other_on_a_connection(house: House, tmp_path: Path) -> None:
    set_ = stage(house, trusted=True)
    async with serving(set_.door, unix_socket(tmp_path / "s")):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(call("run") + call("once", json.dumps({"what": "é"}).encode()) + call("walk"))
        for status, said in ((b"200", b'"done"'), (b"200", '"done é"'.encode()), (b"404", None)):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == status
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            body = await reader.readexactly(length)
            assert said in (None, body)
        writer.close()
        await writer.wait_closed()


async def test_items_come_one_by_one_and_leaving_ends_the_stream(house: House, tmp_path: Path) -> None:
    more = asyncio.Event()
    ended = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
            await more.wait()
            yield 2
            await asyncio.Event().wait()
        finally:
            ended.set()

    set_ = stage(house, done, items, trusted=True)
    async with serving(set_.door, unix_socket(tmp_path / "s")):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(call("flow"))
        assert b"transfer-encoding: chunked" in await reader.readuntil(b"\r\n\r\n")
        assert await reader.readuntil(b"}\n\r\n") == b'b\r\n{"item":1}\n\r\n'
        more.set()
        assert await reader.readuntil(b"}\n\r\n") == b'b\r\n{"item":2}\n\r\n'
        assert not ended.is_set()
        writer.close()
        await ended.wait()
