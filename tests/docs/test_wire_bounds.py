"""What the page says of handshakes, limits and farewells is what a real host does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.wire.address import Address
from app.wire.certificates import make_authority, make_certificate
from app.wire.tls import load
from tests.docs.wire_caller import (
    CANCEL,
    CLOSE,
    ERROR,
    GOAWAY,
    HELLO,
    PING,
    PONG,
    RESULT,
    STREAM,
    WELCOME,
    Caller,
    credential,
)
from tests.docs.wire_stand import CREDENTIAL, HOST_KEY, MODULES, SIGNER, Stand

WRONG = {
    "unknown kind": [99],
    "wrong direction": [RESULT, 1, None],
    "missing elements": [CANCEL],
    "wrong element": [CANCEL, "1"],
    "second hello": [HELLO, {"protocol": 1, "host": "shop"}],
    "no array": {"kind": 5},
}


@pytest.mark.parametrize("name", WRONG)
async def test_who_does_not_keep_to_the_protocol_is_told_and_hung_up_on(caller: Caller, name: str) -> None:
    body = msgspec.msgpack.encode(WRONG[name])
    caller.send_raw(len(body).to_bytes(4, "big") + body)
    await closed(caller)


DAMAGED = {
    "no MessagePack": b"\0\0\0\x01\xc1",
    "empty": b"\0\0\0\0",
    "more behind the array": b"\0\0\0\x04\x92\x0a\x01\xc0",
    "too long": b"\0\x40\0\x01",
    "too deep": b"\0\0\xff\xff" + b"\x91" * 0xFFFF,
}


@pytest.mark.parametrize("name", DAMAGED)
async def test_a_damaged_frame_ends_the_connection(caller: Caller, name: str) -> None:
    caller.send_raw(DAMAGED[name])
    await closed(caller)


async def test_an_id_under_way_ends_the_connection(caller: Caller) -> None:
    number = caller.call("desk.v1/waits", {})
    caller.send(STREAM, number, "cart", "desk.v1/numbers", None, "", None, 1, {"upto": 1})
    await closed(caller)


async def test_further_elements_are_ignored(caller: Caller) -> None:
    caller.send(PING, 3, "more")
    assert await caller.receive() == [PONG, 3]


async def closed(caller: Caller) -> None:
    """The callee says why it hangs up, and does."""
    kind, reason = await caller.receive()
    assert kind == CLOSE
    assert reason
    with pytest.raises(EOFError):
        await caller.receive()


NOBODY: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no proof": {"credential": CREDENTIAL},
    "another's key": {"credential": CREDENTIAL, "key": b"x" * 32},
    "another's credential": {"credential": credential(SIGNER, "shop", MODULES, HOST_KEY), "key": HOST_KEY},
    "another version": {"credential": CREDENTIAL, "key": HOST_KEY, "protocol": 2},
    "another host": {"credential": CREDENTIAL, "key": HOST_KEY, "host": "main"},
    "other modules": {"credential": CREDENTIAL, "key": HOST_KEY, "modules": ["cart"]},
}


@pytest.mark.parametrize("name", NOBODY)
async def test_who_proves_nothing_is_not_let_in(stand: Stand, name: str) -> None:
    async with await Caller.connect(str(stand.socket)) as caller:
        await caller.shake_hands(**({"host": "shop", "modules": MODULES} | NOBODY[name]))
        await closed(caller)


async def test_who_calls_before_it_is_let_in_is_not(stand: Stand) -> None:
    async with await Caller.connect(str(stand.socket)) as caller:
        await caller.receive()
        caller.call("desk.v1/add", {"one": 1})
        await closed(caller)


async def test_a_callee_drains_before_it_hangs_up(stand: Stand, caller: Caller) -> None:
    slow = caller.call("desk.v1/waits", {})
    async with asyncio.timeout(10):
        await stand.clerk.begun.wait()
    stopping = asyncio.create_task(stand.server.stop(30))
    kind, reason = await caller.receive()
    assert (kind, bool(reason)) == (GOAWAY, True)
    assert await caller.receive() == [PING, 1]
    unaware = caller.call("desk.v1/add", {"one": 1})
    assert await caller.answer(unaware) == [RESULT, 2]
    caller.send(PONG, 1)
    kind, code, fields = await caller.answer(caller.call("desk.v1/add", {"one": 1}))
    assert (kind, code, fields.get("may_have_executed", False)) == (ERROR, "call.unavailable", False)
    stand.clerk.go_on.set()
    assert await caller.answer(slow) == [RESULT, None]
    await closed(caller)
    await stopping


async def test_a_caller_of_another_release_is_told_what_the_callee_means(stand: Stand) -> None:
    async with await Caller.connect(str(stand.socket)) as caller:
        contracts = {"desk.v1": "another", "desk.v2": "unknown"}
        await caller.shake_hands(HOST_KEY, host="shop", modules=MODULES, credential=CREDENTIAL, contracts=contracts)
        kind, shapes = await caller.receive()
        assert (kind, list(shapes), shapes["desk.v1"]["contract"]) == (WELCOME, ["desk.v1"], "desk.v1")
        add = shapes["desk.v1"]["operations"]["add"]
        assert (add["kind"], add["returns"], add.get("repeat")) == ("query", {"kind": "int"}, None)
        assert add["parameters"] == {
            "one": {"type": {"kind": "int", "le": 100}},
            "other": {"type": {"kind": "int"}, "default": 1},
        }
        assert await caller.answer(caller.call("desk.v1/add", {"one": 1})) == [RESULT, 2]


async def test_a_caller_of_the_same_release_is_told_nothing_more(stand: Stand) -> None:
    async with await Caller.connect(str(stand.socket)) as caller:
        hello = await caller.shake_hands(
            HOST_KEY, host="shop", modules=MODULES, credential=CREDENTIAL, contracts=stand.fingerprints
        )
        assert hello["contracts"] == stand.fingerprints
        assert await caller.receive() == [WELCOME]


async def test_on_tls_a_certificate_proves_what_a_credential_does_elsewhere(stand: Stand, tmp_path: Path) -> None:
    authority = make_authority(datetime.now(UTC))
    contexts = {}
    for host, modules in {"shelf": ["desk"], "shop": MODULES}.items():
        pair = make_certificate(authority, host, modules, datetime.now(UTC))
        files = [tmp_path / f"{host}.{suffix}" for suffix in ("crt", "key", "authority")]
        for file, content in zip(files, (*pair, authority.certificate), strict=True):
            file.write_bytes(content)
        contexts[host] = load(files[0], files[1], files[2], host, modules)
    address = await stand.server.listen(Address("tcp", "127.0.0.1", 0), contexts["shelf"].server)
    for modules, let_in in ((MODULES, True), ([*MODULES, "orders"], False)):
        async with await Caller.connect_tcp(address.place, address.port, contexts["shop"].client) as caller:
            await caller.shake_hands(host="shop", modules=modules)
            if let_in:
                assert await caller.receive() == [WELCOME]
                assert await caller.answer(caller.call("desk.v1/add", {"one": 1})) == [RESULT, 2]
            else:
                await closed(caller)
