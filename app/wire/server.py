"""The callee's side of the wire: listens, admits peers, and takes its leave of them."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.runtime.exports import Exports
from app.wire.address import Address
from app.wire.claims import Claims
from app.wire.handshake import Doorkeeper
from app.wire.limits import Limits
from app.wire.session import Session

log = logging.getLogger("freestone.wire")

BACKLOG = 512
PAUSE = 0.1
"""Seconds before the next connection is accepted where that failed: too many files may be open."""


class WireServer:
    """Serves a host's exports to admitted peers, at one address or several.

    ``sessions`` are its connections, those of peers that are not admitted yet included.
    """

    def __init__(
        self, exports: Exports, claims: Claims, doorkeeper: Doorkeeper, *, limits: Limits | None = None
    ) -> None:
        self.exports = exports
        self.claims = claims
        self.doorkeeper = doorkeeper
        self.limits = limits or Limits()
        self.sessions: set[Session] = set()
        self.is_stopping = False
        self._servers: list[asyncio.Server] = []
        self._files: list[_SocketFile] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """How many calls and streams from outside are being executed."""
        return sum(each.under_way for each in self.sessions)

    async def listen(self, address: Address, tls: ssl.SSLContext | None = None) -> Address:
        """Begin to serve at a Unix or TCP address, and return it, with the port that was chosen for port 0.

        Raises `OSError` where that is not possible. A socket's file is for its owner alone.
        """
        loop = asyncio.get_running_loop()
        if address.scheme == "unix":
            server = await loop.create_unix_server(lambda: Session(self), address.place, backlog=BACKLOG)
            self._files.append(_SocketFile(Path(address.place)))
            self._servers.append(server)
            return address
        listener = await _listener(address)
        if tls is None:
            self._servers.append(await loop.create_server(lambda: Session(self), sock=listener))
        else:
            self._spawn(self._accept(listener, tls))
        return Address("tcp", address.place, listener.getsockname()[1])

    async def stop(self, grace: float) -> None:
        """Listen no more, let the peers know, wait for the calls under way, and hang up.

        Calls that are under way after ``grace`` seconds are cancelled.
        """
        self.is_stopping = True
        for server in self._servers:
            server.close()
        for file in self._files:
            file.remove()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for session in list(self.sessions):
            session.leave("the host is stopping")
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._all_ended()
        for session in list(self.sessions):
            session.hang_up("the host has stopped")
        await self._all_ended()

    async def _all_ended(self) -> None:
        while self.sessions:
            await asyncio.wait([each.ended for each in self.sessions])

    async def _accept(self, listener: socket.socket, tls: ssl.SSLContext) -> None:
        """Accept connections for TLS; here, since `create_server` says nothing of handshakes that fail."""
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    accepted, peer = await loop.sock_accept(listener)
                except OSError as error:
                    log.warning("no connection can be accepted: %s", error)
                    await asyncio.sleep(PAUSE)
                else:
                    self._spawn(self._handshake(accepted, peer, tls))

    async def _handshake(self, accepted: socket.socket, peer: object, tls: ssl.SSLContext) -> None:
        loop, limit = asyncio.get_running_loop(), self.limits.hello
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.connect_accepted_socket(lambda: Session(self), accepted, ssl=tls, ssl_handshake_timeout=limit)
        except OSError as error:
            log.warning("a connection from %s is refused: TLS with a certificate was not agreed on (%s)", peer, error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _listener(address: Address) -> socket.socket:
    found = await asyncio.get_running_loop().getaddrinfo(
        address.place, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, place = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


class _SocketFile:
    """A Unix socket's file, for its owner alone; removed only while it is still the same."""

    def __init__(self, path: Path) -> None:
        path.chmod(0o600)
        self._path = path
        self._inode = path.stat().st_ino

    def remove(self) -> None:
        """Remove it, unless another process listens there meanwhile."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
