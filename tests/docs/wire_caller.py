"""A caller written from docs/reference/wire.md alone: a socket, MessagePack, Ed25519, and nothing of the store."""

from __future__ import annotations

import asyncio
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.msgpack import decode, encode

HELLO, WELCOME, CALL, RESULT, ERROR, CANCEL, STREAM, ITEMS, CREDIT, END, PING, PONG, GOAWAY, CLOSE = range(14)


def private(key: bytes) -> Ed25519PrivateKey:
    """A private key from its 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(key)


def public(key: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a private one."""
    return private(key).public_key().public_bytes_raw()


def credential(supervisor: bytes, host: str, modules: Sequence[str], host_key: bytes) -> bytes:
    """What a supervisor hands to a host."""
    payload = encode([host, list(modules), public(host_key)])
    return private(supervisor).sign(b"freestone host credential v1\0" + payload) + payload


def proof(host_key: bytes, nonce: bytes, callee: str) -> bytes:
    """The answer to a callee's challenge."""
    return private(host_key).sign(b"freestone host proof v1\0" + nonce + callee.encode())


def assertion(signer: bytes, identity: str, roles: Sequence[str], expires: float) -> str:
    """An actor assertion."""
    payload = encode([{"id": identity, "roles": list(roles)}, expires])
    signature = private(signer).sign(b"freestone actor assertion v1\0" + payload)
    return urlsafe_b64encode(signature + payload).decode()


class Caller:
    """One connection; frames go and come as lists."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()

    @classmethod
    async def connect(cls, path: str) -> Caller:
        """Connect to a Unix socket."""
        return cls(*await asyncio.open_unix_connection(path))

    @classmethod
    async def connect_tcp(cls, host: str, port: int, context: ssl.SSLContext) -> Caller:
        """Connect over TCP with TLS."""
        return cls(*await asyncio.open_connection(host, port, ssl=context))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    def send(self, *frame: Any) -> None:
        """Send a frame."""
        body = encode(frame)
        self.send_raw(len(body).to_bytes(4, "big") + body)

    async def receive_raw(self) -> bytes:
        """Return the next frame's bytes, without its length; EOFError where the callee hung up."""
        try:
            size = int.from_bytes(await self._reader.readexactly(4), "big")
            return await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise EOFError from None

    async def receive(self) -> Any:
        """Return the next frame."""
        return decode(await self.receive_raw())

    async def shake_hands(self, key: bytes | None = None, **hello: Any) -> dict[str, Any]:
        """Answer the callee's `HELLO`, with a proof by this key, and return it."""
        kind, greeting = await self.receive()
        assert (kind, greeting["protocol"]) == (HELLO, 1)
        proved = {} if key is None else {"proof": proof(key, greeting["nonce"], greeting["host"])}
        self.send(HELLO, {"protocol": 1} | hello | proved)
        return dict(greeting)

    def call(
        self,
        path: str,
        arguments: Mapping[str, Any],
        *,
        caller: str = "cart",
        remaining: int | None = None,
        claim: Any = None,
        key: str | None = None,
    ) -> int:
        """Send a call, and return its id."""
        self._last += 1
        self.send(CALL, self._last, caller, path, remaining, "r-1", claim, key, arguments)
        return self._last

    def stream(self, path: str, arguments: Mapping[str, Any], credit: int) -> int:
        """Ask for a stream, and return its id."""
        self._last += 1
        self.send(STREAM, self._last, "cart", path, None, "r-1", None, credit, arguments)
        return self._last

    async def answer(self, number: int) -> Any:
        """Return the next frame, which must be for this call, without its id."""
        kind, about, *rest = await self.receive()
        assert about == number
        return [kind, *rest]

    async def hang_up(self) -> None:
        """End the connection."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
