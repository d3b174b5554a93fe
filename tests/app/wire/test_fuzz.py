"""Whatever comes over a connection, that connection answers or is closed with a reason, and nothing else happens."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.runtime.binding import Binding
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from app.wire.admission import Admission
from app.wire.codec import ContractCodec
from app.wire.frames import CALL, CANCEL, CLOSE, CREDIT, ERROR, HELLO, ITEMS, PONG, RESULT, STREAM, WELCOME
from app.wire.handshake import Doorkeeper
from app.wire.hello import PROTOCOL, Hello, Peer
from app.wire.limits import Limits
from app.wire.link import Link
from app.wire.remote import Envelope
from app.wire.server import WireServer
from app.wire.session import Session
from contracts.kit import Context, Unavailable, contract_of
from tests.app.wire.pairs import CALLER, passport, server_of
from tests.app.wire.peers import Pipe, call, packed, unpacked
from tests.app.wire.post import Carrier, Post
from tests.builders import UNHURRIED

LIMITS = Limits(frame=1 << 14, calls=8)
FRAMES, MOST = 105_000, 10
"""How many frames there are, and how many go over one connection where none of them ends it."""

WAITING = call(1, "post.v1/wait")
ANSWERED = [4_000_000_000, call(4_000_000_000, "post.v1/number", number=7)]

VALID: list[list[Any]] = [
    WAITING,
    call(2, "post.v1/number", number=1),
    call(3, "post.v1/text", text="x" * 100),
    [CALL, 4, CALLER, "post.v1/text", 1_000_000, "request", [CALLER], "key", {"text": "¡hola!"}],
    [CALL, 5, CALLER, "post.v1/tree", None, "", None, None, {"tree": {"below": [{}, {}]}}],
    [STREAM, 6, CALLER, "post.v1/count", None, "", None, 4, {"until": 9}],
    [STREAM, 7, CALLER, "post.v1/count", 0, "", None, 0, {"until": 9}],
    [CREDIT, 6, 3],
    [CREDIT, 60, 1 << 40],
    [CANCEL, 1],
    [CANCEL, 99],
    [10, 1],
    [PONG, 0],
    [HELLO, {"protocol": 1, "host": "near"}],
]


class OpenDoor(Doorkeeper):
    """Admits everybody, at no cost."""

    def __init__(self) -> None:
        super().__init__("far", ["errand"], {}, None)

    def admit(self, greeting: Hello, answer: Hello, certificate: object) -> Peer:
        return Peer("near", frozenset({CALLER}))


@asynccontextmanager
async def house() -> AsyncIterator[tuple[WireServer, Binding]]:
    """A server without a socket."""
    contract, sweep = contract_of(Post), Sweep(UNHURRIED)
    sweep.start()
    codec = ContractCodec(contract, str(contract), "post")
    binding = Binding(contract, "post", sweep, reason="it is away")
    binding.bind(Target(Carrier(), 1000))
    server = server_of(codec, binding, LIMITS)
    server.doorkeeper = OpenDoor()
    try:
        yield server, binding
    finally:
        sweep.stop()


def admitted(server: WireServer) -> tuple[Session, Pipe]:
    """Return a session whose caller was admitted."""
    session, pipe = Session(server), Pipe()
    session.connection_made(pipe)
    session.data_received(packed([HELLO, Hello(protocol=PROTOCOL, host="near")]))
    assert pipe.frames[-1] == [WELCOME]
    pipe.written.clear()
    return session, pipe


def ended(session: Session, pipe: Pipe) -> bool:
    """Say whether a session was closed, which must be with a reason and as the last thing it did."""
    session.flush()
    *answers, last = [*unpacked(b"".join(pipe.written)), []]
    if session.closing is not None:
        last = answers.pop()
        assert last[0] == CLOSE
        assert last[1]
        assert pipe.is_ended
    assert {frame[0] for frame in answers} <= {RESULT, ERROR, ITEMS, PONG, 9}
    return session.closing is not None


async def answers(session: Session, pipe: Pipe) -> bool:
    """Say whether a session still does what it should."""
    number, question = ANSWERED
    pipe.written.clear()
    session.data_received(packed(question))
    for _ in range(5):
        await asyncio.sleep(0)
    return [RESULT, number, 7] in pipe.frames


def garbage(chance: random.Random) -> bytes:
    """Return the bytes of one frame, or of something like it."""
    kind = chance.randrange(9)
    body = bytearray(msgspec.msgpack.encode(chance.choice(VALID)))
    if kind == 0:  # truncated
        del body[chance.randrange(len(body)) :]
    elif kind == 1:  # oversized, of which only the beginning comes
        return (LIMITS.frame + 1 + chance.randrange(1 << 31)).to_bytes(4, "big") + body
    elif kind == 2:  # nested, soundly or not
        depth = chance.choice((10, 500, 2000, 16_000))
        body[-1:] = chance.choice((b"\x91", b"\x81\xa1a", b"\x92\xc0")) * (depth // 3) + b"\xc0" * chance.randrange(2)
    elif kind == 3:  # a number that is under way
        return packed(WAITING, WAITING)
    elif kind == 4:  # an unknown kind, or one that callers do not send
        body[1:2] = bytes([chance.choice((1, 3, 4, 7, 9, 12, 14, 99, 127, 0xC0, 0xA1, 0xFF))])
    elif kind == 5:  # anything
        body[:] = chance.randbytes(chance.randrange(64))
    elif kind == 6:  # some bytes changed
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
    elif kind == 7:  # some bytes more, or fewer
        position = chance.randrange(len(body))
        body[position : position + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return len(body).to_bytes(4, "big") + body


def cut(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield some bytes as they may come."""
    if chance.random() < 0.8:
        yield data
        return
    while data:
        size = chance.randint(1, len(data))
        yield data[:size]
        data = data[size:]


async def pelt(server: WireServer, chance: random.Random) -> tuple[int, bool]:
    """Send garbage over a connection until it is closed or there is no more; return how much it was."""
    session, pipe = admitted(server)
    sent = 0
    while sent < MOST and session.closing is None:
        for part in cut(garbage(chance), chance):
            session.data_received(part)
        sent += 1
        if chance.random() < 0.1:
            await asyncio.sleep(0)
    was_ended = ended(session, pipe)
    session.connection_lost(None)
    return sent, was_ended


async def settled(server: WireServer, binding: Binding) -> None:
    """Let everything end that was begun, and see that nothing is left."""
    for _ in range(50):
        await asyncio.sleep(0)
    assert not server.sessions
    assert not binding.target.calls


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Keep only what is worse than a connection that is closed."""
    with caplog.at_level(logging.ERROR, "freestone.wire"):
        yield caplog


async def test_garbage_ends_its_own_connection_with_a_reason_and_costs_nothing_else(
    quiet: pytest.LogCaptureFixture,
) -> None:
    chance = random.Random(20261121)
    async with house() as (server, binding):
        other, other_pipe = admitted(server)
        sent = sessions = closed = 0
        objects = []
        while sent < FRAMES:
            more, was_ended = await pelt(server, chance)
            sent, sessions, closed = sent + more, sessions + 1, closed + was_ended
            if sessions % 5000 == 0:
                assert await answers(other, other_pipe)
                other_pipe.written.clear()
                gc.collect()
                objects.append(len(gc.get_objects()))
        other.connection_lost(None)
        await settled(server, binding)
    assert closed > 0.9 * sessions
    assert len(objects) > 5
    assert max(objects) < objects[0] + 500
    assert quiet.records == []


def test_no_exception_escapes_from_whatever_bytes() -> None:
    with asyncio.Runner() as runner:

        async def check(parts: list[bytes]) -> None:
            async with house() as (server, binding):
                session, pipe = admitted(server)
                for part in parts:
                    session.data_received(part)
                ended(session, pipe)
                session.connection_lost(None)
                await settled(server, binding)

        @settings(max_examples=100)
        @given(st.lists(st.binary(max_size=200), max_size=5))
        def raw(parts: list[bytes]) -> None:
            runner.run(check(parts))

        @settings(max_examples=100)
        @given(st.lists(st.lists(_values, max_size=10), max_size=5))
        def framed(frames: list[list[Any]]) -> None:
            runner.run(check([packed(*frames)]))

        raw()
        framed()


_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 20) | st.floats() | st.text(max_size=9) | st.sampled_from([CALLER]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


async def test_memory_does_not_grow(quiet: pytest.LogCaptureFixture) -> None:
    chance = random.Random(1)
    async with house() as (server, binding):
        tracemalloc.start()
        try:
            held = []
            for _ in range(4):
                for _ in range(250):
                    await pelt(server, chance)
                await settled(server, binding)
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert held[-1] < held[0] + 100_000
    assert quiet.records == []


async def test_garbage_from_a_callee_fails_what_is_under_way_and_nothing_else(quiet: pytest.LogCaptureFixture) -> None:
    chance = random.Random(20261122)
    contract = contract_of(Post)
    operation = ContractCodec(contract, str(contract), "post").operations["number"]
    envelope = Envelope(CALLER, Context(), None)
    valid = [[RESULT, 1, 7], [ERROR, 1, "call.timed_out", {"operation": "x"}], [ITEMS, 1, [1]], [9, 1], [12, "away"]]
    answered = failed = 0
    for _ in range(1500):
        link, pipe = Link(Admission(passport(), frozenset()), LIMITS, lambda _link, _reason: None), Pipe()
        link.connection_made(pipe)
        link.data_received(packed([HELLO, Hello(protocol=PROTOCOL, host="far", nonce=bytes(16))]))
        link.data_received(packed([WELCOME]))
        waiting = asyncio.ensure_future(link.call(operation, envelope, None, {"number": 7}))
        await asyncio.sleep(0)
        body = bytearray(msgspec.msgpack.encode(chance.choice(valid)))
        for _ in range(chance.randrange(3)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        for part in cut(len(body).to_bytes(4, "big") + body, chance):
            link.data_received(part)
        link.connection_lost(None)
        await asyncio.wait([waiting])
        assert link.pending == 0
        error = waiting.exception()
        if isinstance(error, Unavailable):
            assert error.may_have_executed
            failed += 1
        else:
            answered += 1
    assert answered > 250
    assert failed > 250
    assert quiet.records == []
