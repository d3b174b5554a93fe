"""The other end of a connection, that says whatever a test lets it say; and a connection without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, cast

import msgspec

from app.runtime.identity import public_part
from app.wire.address import Address, unix
from app.wire.frames import CLOSE, HELLO, WELCOME
from app.wire.handshake import Doorkeeper
from app.wire.hello import Hello
from contracts.kit import Error
from tests.app.wire.pairs import SUPERVISOR, passport

SECONDS = 30.0
"""How long a test waits for what must come."""


def packed(*frames: object) -> bytes:
    """Return frames as they are written."""
    encoded = [msgspec.msgpack.encode(each) for each in frames]
    return b"".join(len(each).to_bytes(4, "big") + each for each in encoded)


def unpacked(data: bytes) -> Iterator[list[Any]]:
    """Yield the frames in what was written."""
    while data:
        size = int.from_bytes(data[:4], "big")
        yield msgspec.msgpack.decode(data[4 : 4 + size])
        data = data[4 + size :]


def call(number: int, path: str = "errand.v1/run", /, *, caller: str = "tester", **arguments: object) -> list[Any]:
    """Return a call without a deadline, for a guest."""
    return [2, number, caller, path, None, "request-1", None, None, arguments]


def stream(number: int, path: str = "errand.v1/flow", *, credit: int = 10, caller: str = "tester") -> list[Any]:
    """Return the opening of a stream without a deadline, for a guest."""
    return [6, number, caller, path, None, "request-1", None, credit, {}]


def raised(frame: list[Any], number: int) -> tuple[str, dict[str, Any]]:
    """Return an error frame's code and fields, of the call with this number."""
    assert frame[:2] == [4, number], frame
    return frame[2], frame[3]


def fields(error: Error) -> tuple[str, dict[str, Any]]:
    """Return an error as `raised` does."""
    return error.code, error.fields


class Peer:
    """One end of a connection, by its bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *frames: object) -> None:
        """Send frames, whatever they are."""
        self.writer.write(packed(*frames))

    async def receive(self) -> list[Any]:
        """Return the next frame that is no ping."""
        async with asyncio.timeout(SECONDS):
            while True:
                size = int.from_bytes(await self.reader.readexactly(4), "big")
                frame: list[Any] = msgspec.msgpack.decode(await self.reader.readexactly(size))
                if frame != [10, 0]:
                    return frame

    async def rest(self) -> list[list[Any]]:
        """Return all frames up to the end of the connection."""
        frames = []
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frames.append(await self.receive())
        return frames

    async def reason(self) -> str:
        """Return why the other side closes the connection, which must be its last frame."""
        kind, reason = (await self.rest())[-1]
        assert kind == CLOSE
        return cast(str, reason)

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def connected(address: Address) -> Peer:
    """Connect to a callee, and say nothing."""
    if address.scheme == "unix":
        return Peer(*await asyncio.open_unix_connection(address.place))
    return Peer(*await asyncio.open_connection(address.place, address.port))


async def greeted(address: Address, **said: Any) -> Peer:
    """Connect to a callee and prove oneself; what is given is said in the greeting too."""
    peer = await connected(address)
    kind, greeting = await peer.receive()
    assert kind == HELLO
    answer = passport().answer(msgspec.convert(greeting, Hello), None, frozenset())
    peer.send([HELLO, msgspec.structs.replace(answer, **said)])
    return peer


async def admitted(address: Address) -> Peer:
    """Connect to a callee as a caller that it admits."""
    peer = await greeted(address)
    assert await peer.receive() == [WELCOME]
    return peer


@asynccontextmanager
async def pretending(folder: Path, behave: Callable[[Peer], Awaitable[None]]) -> AsyncIterator[Address]:
    """Listen as a callee that does what it is told to do."""
    peers: list[asyncio.Task[None]] = []

    async def meet(peer: Peer) -> None:
        async with peer:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await behave(peer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(asyncio.get_running_loop().create_task(meet(Peer(reader, writer))))

    server = await asyncio.start_unix_server(accept, folder / "pretended.sock")
    try:
        yield unix(folder / "pretended.sock")
    finally:
        server.close()
        for peer in peers:
            peer.cancel()
        await asyncio.gather(*peers, return_exceptions=True)


async def welcomed(peer: Peer, **said: Any) -> None:
    """Admit a caller, whoever it is."""
    greeting = Doorkeeper("far", ["errand"], {}, public_part(SUPERVISOR)).greet()
    peer.send([HELLO, msgspec.structs.replace(greeting, **said)])
    await peer.receive()
    peer.send([WELCOME])


class Pipe(asyncio.Transport):
    """A transport that leads nowhere: notes what is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_ended = self.is_closed = self.is_aborted = False
        self.is_read = True

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.written.append(bytes(data))

    @property
    def frames(self) -> list[list[Any]]:
        """What was written."""
        return list(unpacked(b"".join(self.written)))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.written))  # nobody reads

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.is_ended = True

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = self.is_aborted = True
