"""The clients that are compared; with a path they connect to the Unix socket there, otherwise to the base URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

BODY = b'{"product_id": "%s"}' % (b"p" * 32)
JSON = {"content-type": "application/json"}


class Client(Protocol):
    """What each can do; bodies of any length pass through in parts."""

    async def call(self) -> bytes:
        """Send a small body and return the answer."""

    async def download(self) -> int:
        """Receive a long body and return its length."""

    async def upload(self, parts: AsyncIterator[bytes]) -> int:
        """Send a long body and return the length that arrived."""

    async def close(self) -> None:
        """Close all connections."""


class Pyreqwest:
    """Has no Unix sockets."""

    def __init__(self, base: str, path: str | None) -> None:
        from pyreqwest.client import ClientBuilder

        assert path is None
        plain = ClientBuilder().gzip(False).brotli(False).zstd(False).deflate(False).follow_redirects(False)
        self._client, self._base = plain.no_proxy().build(), base

    async def call(self) -> bytes:
        request = self._client.post(self._base + "/rpc").headers(JSON).body_bytes(BODY).build()
        return bytes(await (await request.send()).bytes())

    async def download(self) -> int:
        size = 0
        async with self._client.get(self._base + "/down").build_streamed() as response:
            while chunk := await response.body_reader.read_chunk():
                size += len(chunk)
        return size

    async def upload(self, parts: AsyncIterator[bytes]) -> int:
        response = await self._client.post(self._base + "/up").body_stream(parts).build().send()
        return int(await response.text())

    async def close(self) -> None:
        await self._client.close()


class Aiohttp:
    """As the gateway and the HTTP carrier use it."""

    def __init__(self, base: str, path: str | None) -> None:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0) if path is None else aiohttp.UnixConnector(path, limit=0),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("accept", "accept-encoding", "user-agent"),
        )
        self._base = base

    async def call(self) -> bytes:
        async with self._session.post(self._base + "/rpc", data=BODY, headers=JSON) as response:
            return await response.read()

    async def download(self) -> int:
        size = 0
        async with self._session.get(self._base + "/down") as response:
            async for chunk in response.content.iter_any():
                size += len(chunk)
        return size

    async def upload(self, parts: AsyncIterator[bytes]) -> int:
        async with self._session.post(self._base + "/up", data=parts) as response:
            return int(await response.read())

    async def close(self) -> None:
        await self._session.close()


class Httpx2:
    """The successor of httpx."""

    def __init__(self, base: str, path: str | None) -> None:
        import httpx2

        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        transport = httpx2.AsyncHTTPTransport(uds=path, limits=limits)
        self._client = httpx2.AsyncClient(transport=transport, base_url=base, timeout=None, trust_env=False)

    async def call(self) -> bytes:
        return (await self._client.post("/rpc", content=BODY, headers=JSON)).content

    async def download(self) -> int:
        size = 0
        async with self._client.stream("GET", "/down") as response:
            async for chunk in response.aiter_raw():
                size += len(chunk)
        return size

    async def upload(self, parts: AsyncIterator[bytes]) -> int:
        return int((await self._client.post("/up", content=parts)).content)

    async def close(self) -> None:
        await self._client.aclose()


class Floor:
    """No client at all: a socket and just enough of HTTP for these answers."""

    def __init__(self, _base: str, path: str) -> None:
        self._path = path
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self) -> bytes:
        head = b"POST /rpc HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        return b"".join([part async for part in self._exchange(head % len(BODY) + BODY)])

    async def download(self) -> int:
        return sum([len(part) async for part in self._exchange(b"GET /down HTTP/1.1\r\nhost: h\r\n\r\n")])

    async def upload(self, parts: AsyncIterator[bytes]) -> int:
        head = b"POST /up HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
        return int(b"".join([part async for part in self._exchange(head, parts)]))

    async def _exchange(self, head: bytes, parts: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
        kept = self._idle.pop() if self._idle else await asyncio.open_unix_connection(self._path, limit=1 << 20)
        reader, writer = kept
        writer.write(head)
        if parts is not None:
            async for part in parts:
                writer.writelines((b"%x\r\n" % len(part), part, b"\r\n"))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        while size := int(await reader.readline(), 16):  # uvicorn answers in chunks
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        self._idle.append(kept)

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


CLIENTS: Mapping[str, Callable[[str, str], Client]] = {
    "pyreqwest, tcp": lambda base, _: Pyreqwest(base, None),
    "aiohttp, tcp": lambda base, _: Aiohttp(base, None),
    "httpx2, tcp": lambda base, _: Httpx2(base, None),
    "aiohttp, unix": Aiohttp,
    "httpx2, unix": Httpx2,
    "the floor, unix": Floor,
}
