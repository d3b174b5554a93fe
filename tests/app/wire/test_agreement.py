"""Two sides find out which operations they mean differently, whatever the other one says of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec
import pytest

from app.evolution.shape import ContractShape
from app.runtime.identity import public_part
from app.wire.admission import Admission
from app.wire.agreement import LARGEST, Agreement, shapes
from app.wire.codec import ContractCodec
from app.wire.frames import HELLO, WELCOME
from app.wire.handshake import Doorkeeper, Passport
from app.wire.hello import PROTOCOL, Hello
from app.wire.limits import Limits
from app.wire.link import Link
from contracts.kit import Event, Message, contract, contract_of, query
from tests.app.runtime.builders import Doing, Errand
from tests.app.wire.pairs import CALLER, STRANGER, SUPERVISOR, callee, identity
from tests.app.wire.peers import Peer, Pipe, connected, packed, pretending, welcomed


class Thing(Message):
    size: int


class OtherThing(Message):
    size: str


class Made(Event):
    code: ClassVar[str] = "things.made"
    key: ClassVar[str] = "name"
    name: str


@contract(version=1, name="things", events=(Made,))
class Things(Protocol):
    @query()
    async def get(self) -> Thing: ...

    @query()
    async def count(self) -> int: ...


@contract(version=1, name="things")
class OtherThings(Protocol):
    @query()
    async def get(self) -> OtherThing: ...

    @query()
    async def count(self) -> int: ...


SENTENCE = "its result's field size is text there and a whole number here"
MINE, THEIRS = (
    shapes({"things.v1": ContractCodec(contract_of(each), "things.v1", "things")}, ["things.v1"])
    for each in (Things, OtherThings)
)
BOTH = {f"things.v1/{name}" for name in ("get", "count")}


def compared(caller: Agreement, callee: Agreement, room: int = 1 << 20) -> Mapping[str, str]:
    """What the one finds at the other."""
    return caller.refusals(callee.fingerprints, callee.told(caller.fingerprints, room))


def test_only_the_operation_that_differs_does_not_fit() -> None:
    assert compared(Agreement(MINE), Agreement(THEIRS)) == {"things.v1/get": SENTENCE}


def test_where_nothing_differs_nothing_is_told() -> None:
    assert Agreement(MINE).told(Agreement(MINE).fingerprints, 1 << 20) == {}
    assert compared(Agreement(MINE), Agreement(MINE)) == {}


def test_what_one_side_alone_knows_is_not_compared() -> None:
    more = {**THEIRS, "others.v1": ContractShape("others.v1")}
    assert Agreement(more).told({"others.v2": "1"}, 1 << 20) == {}
    assert compared(Agreement(more), Agreement({})) == compared(Agreement({}), Agreement(more)) == {}


def test_shapes_are_made_when_they_are_asked_for() -> None:
    late = shapes({}, ["things.v1"])
    agreement = Agreement(late)
    with pytest.raises(KeyError):
        agreement.fingerprints  # noqa: B018 - that it is asked for is the matter


def test_an_event_is_compared_by_itself() -> None:
    class Other(Made):
        code: ClassVar[str] = "things.made"
        key: ClassVar[str] = "name"
        name: str
        size: int

    key = "things.outbox.v1/things.made"
    old, new = (Agreement(shapes({}, (), {key: each})) for each in (Made, Other))
    assert compared(old, new) == {}
    assert compared(new, old) == {key: "its field size is not sent there and is required here"}


def test_what_finds_no_room_is_taken_not_to_fit() -> None:
    mine, theirs = Agreement(MINE), Agreement(THEIRS)
    (told,) = theirs.told(mine.fingerprints, 1 << 20).values()
    size = memoryview(told).nbytes + len("things.v1") + 5
    assert compared(mine, theirs, size) == {"things.v1/get": SENTENCE}
    why = "the other side does not tell what it means by it"
    assert compared(mine, theirs, size - 1) == dict.fromkeys(BOTH, why)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param(b"", "is damaged", id="nothing"),
        pytest.param(b"\xc1", "is damaged", id="no MessagePack"),
        pytest.param(msgspec.msgpack.encode([1]), "is damaged", id="something else"),
        pytest.param(msgspec.msgpack.encode({"contract": 1}), "is damaged", id="of another type"),
        pytest.param(b"\xc6" + LARGEST.to_bytes(4, "big") + bytes(LARGEST), f"too long; {LARGEST}", id="too long"),
    ],
)
def test_what_cannot_be_read_refuses_the_contract_as_a_whole(told: bytes, why: str) -> None:
    found = Agreement(MINE).refusals({"things.v1": "other"}, {"things.v1": msgspec.Raw(told)})
    assert found.keys() == BOTH
    assert all(why in each for each in found.values())


def test_names_from_the_other_side_do_no_harm_in_a_log() -> None:
    said = msgspec.to_builtins(THEIRS["things.v1"])
    said["operations"]["get"]["returns"] = {"kind": "values", "values": ["a\n\x1b[31m" * 1000]}
    found = Agreement(MINE).refusals({"things.v1": "other"}, {"things.v1": msgspec.Raw(msgspec.msgpack.encode(said))})
    assert found["things.v1/get"].isprintable()
    assert len(found["things.v1/get"]) <= 300


def test_whatever_is_told_is_compared_or_refused() -> None:
    """Sound shapes with parts changed, and their bytes with some changed."""
    chance, agreement = random.Random(20261121), Agreement(MINE)
    sound = msgspec.msgpack.encode(THEIRS["things.v1"])
    for _ in range(3000):
        body = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        found = agreement.refusals({"things.v1": "other"}, {"things.v1": msgspec.Raw(bytes(body))})
        assert found.keys() <= BOTH
        assert all(found.values())


def shown(contracts: Mapping[str, ContractShape]) -> Passport:
    return Passport("near", (CALLER, STRANGER), contracts, identity())


async def test_garbage_in_a_welcome_ends_the_connection_or_refuses_what_differs() -> None:
    chance, hello = random.Random(20261121), Hello(protocol=PROTOCOL, host="far", nonce=bytes(16))
    hello = msgspec.structs.replace(hello, contracts={"things.v1": "other"})
    sound = msgspec.msgpack.encode([WELCOME, {"things.v1": MINE["things.v1"]}])
    admitted = refused = closed = 0
    for _ in range(1500):
        link = Link(Admission(shown(MINE), frozenset()), Limits(), lambda _link, _reason: None)
        link.connection_made(Pipe())
        link.data_received(packed([HELLO, hello]))
        body = bytearray(sound)
        for _ in range(chance.randrange(4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        link.data_received(len(body).to_bytes(4, "big") + body)
        closed += link.closing is not None
        refused += bool(link.differing)
        admitted += link.closing is None and not link.differing
        assert link.differing.keys() <= BOTH
        link.connection_lost(None)
    assert min(admitted, refused, closed) > 100


async def test_over_a_connection_the_callee_tells_what_it_means() -> None:
    async with callee(Errand, Doing()) as far:
        far.server.doorkeeper = Doorkeeper("far", ["errand"], THEIRS, public_part(SUPERVISOR))
        for contracts, differing in ((MINE, {"things.v1/get": SENTENCE}), (THEIRS, {}), ({}, {})):
            link = await Link.open(far.address, shown(contracts))
            assert link.differing == differing
            await link.close("it is over")


async def test_a_callee_says_no_more_than_its_caller_takes() -> None:
    many = {f"things.v{number}": MINE["things.v1"] for number in range(1, 100)}
    async with callee(Errand, Doing()) as far:
        far.server.doorkeeper = Doorkeeper("far", ["errand"], many, public_part(SUPERVISOR))
        peer: Peer = await connected(far.address)
        async with peer:
            _, greeting = await peer.receive()
            answer = shown({}).answer(msgspec.convert(greeting, Hello), None, frozenset())
            other = dict.fromkeys(many, "other")
            peer.send([HELLO, msgspec.structs.replace(answer, contracts=other, max_frame=4096)])
            kind, told = await peer.receive()
            assert kind == WELCOME
            assert 0 < len(told) < 99
            assert len(msgspec.msgpack.encode([kind, told])) <= 4096


async def test_a_callee_that_tells_nothing_is_asked_for_nothing_that_differs(tmp_path: Path) -> None:
    """As one of an older release, which knows nothing of it."""

    async def behave(peer: Peer) -> None:
        await welcomed(peer, contracts={"things.v1": "other", "another.v1": "other"})
        await peer.reader.read()

    async with pretending(tmp_path, behave) as address:
        link = await Link.open(address, shown(MINE))
        assert link.differing == dict.fromkeys(BOTH, "the other side does not tell what it means by it")
        await link.close("it is over")
