"""What stands behind the reverse proxy in tests: servers on Unix sockets, well-behaved ones and others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.config import GatewaySettings
from app.gateway import Gateway
from app.gateway.upstream import Upstream
from tests.app.gateway.door import gateway

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(app: ASGIApp, socket: Path) -> AsyncIterator[None]:
    """Serve an application by uvicorn on a Unix socket."""
    config = uvicorn.Config(
        app, uds=str(socket), http="httptools", lifespan="off", log_config=None, access_log=False, date_header=False
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await running


@dataclass
class Backend:
    """A server that does as it is told with each request; ``heads`` are what it read, ``hung_up`` counts the clients
    that closed their connection before it did."""

    behave: Behave
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    hung_up: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def lines(self) -> list[bytes]:
        """The request lines."""
        return [head.partition(b"\r\n")[0] for head in self.heads]

    def values(self, name: bytes) -> list[bytes]:
        """The values of a header in the last request."""
        pairs = [line.partition(b": ") for line in self.heads[-1].split(b"\r\n")[1:]]
        return [value for each, _, value in pairs if each.lower() == name]

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection's requests."""
        self.connections += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await self._tell()
                await self.behave(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up += 1
        finally:
            writer.close()
            await self._tell()

    async def until_asked(self, times: int) -> None:
        """Wait until so many requests have come."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.heads) >= times)

    async def until_hung_up(self) -> None:
        """Wait until a client has closed its connection."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.hung_up)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@asynccontextmanager
async def behaving(behave: Behave | bytes, socket: Path) -> AsyncIterator[Backend]:
    """Serve raw bytes on a Unix socket: always the same ones, or what a function writes after each request's head."""

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(behave, bytes)
        writer.write(behave)
        await writer.drain()

    backend = Backend(write if isinstance(behave, bytes) else behave)
    server = await asyncio.start_unix_server(backend.attend, socket)
    try:
        yield backend
    finally:
        server.close()


@asynccontextmanager
async def proxying(*sockets: Path, settings: GatewaySettings | None = None) -> AsyncIterator[Gateway]:
    """A gateway whose only BFF, shop, is behind these sockets."""
    upstream = Upstream("shop", lambda: sockets)
    try:
        yield gateway(upstream, settings)
    finally:
        await upstream.close()
