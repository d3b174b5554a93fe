"""A callee admits who proves itself, executes what it is asked, and leaves who does not keep to the protocol."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from msgspec import convert

from app.wire.handshake import Passport
from app.wire.hello import Hello
from app.wire.limits import Limits
from contracts.kit import InvalidArgument, Overloaded, PermissionDenied, Unavailable
from contracts.kit.context import NEVER
from tests.app.runtime.builders import Doing, Errand, done, forever, until
from tests.app.wire.pairs import CALLER, STRANGER, callee, identity, wired
from tests.app.wire.peers import admitted, call, connected, fields, greeted, packed, raised, stream
from tests.app.wire.post import Carrier, Post


async def test_the_callee_greets_first_and_never_twice_alike() -> None:
    async with callee(Errand, Doing(), limits=Limits(frame=1 << 20)) as far:
        nonces = set()
        for _ in range(3):
            async with await connected(far.address) as peer:
                kind, hello = await peer.receive()
                assert kind == 0
                assert (hello["protocol"], hello["host"], hello["modules"]) == (1, "far", ["errand"])
                assert hello["max_frame"] == 1 << 20
                nonces.add(hello["nonce"])
        assert len(nonces) == 3
        await until(lambda: not far.server.sessions)


BEFORE: dict[str, list[Any]] = {
    "a call": call(1),
    "a stream": stream(1),
    "a cancellation": [5, 1],
    "credit": [8, 1, 1],
}


@pytest.mark.parametrize("frame", BEFORE.values(), ids=BEFORE)
async def test_who_is_not_admitted_gets_nothing_done(frame: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    begun = []

    async def begin() -> str:
        begun.append(1)
        return "done"

    async with callee(Errand, Doing(begin)) as far, await connected(far.address) as peer:
        peer.send(frame)
        assert await peer.reason() == "it sent a frame before it was admitted"
    assert begun == []
    assert said(caplog) == ["the connection from an unknown peer is closed: it sent a frame before it was admitted"]


GREETINGS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "its greeting is damaged"),
    "no proof": ({"protocol": 1, "host": "near", "modules": [CALLER]}, "The caller proves nothing"),
    "another version": (
        {"protocol": 2, "host": "near", "modules": {"in": "another form"}},
        "The other side speaks version 2 of the wire protocol, this one version 1",
    ),
    "a damaged credential": (
        {"protocol": 1, "host": "near", "modules": [CALLER], "credential": b"x" * 100, "proof": b"x"},
        "was not signed by this store's supervisor",
    ),
    "another type": ({"protocol": 1, "host": 3}, "its greeting is damaged"),
}


@pytest.mark.parametrize(("greeting", "reason"), GREETINGS.values(), ids=GREETINGS)
async def test_who_proves_nothing_is_refused_and_told_and_logged_once(
    greeting: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with callee(Errand, Doing()) as far, await connected(far.address) as peer:
        peer.send([0, greeting], call(1))
        assert reason in await peer.reason()
    (line,) = said(caplog)
    assert reason in line


async def test_an_answer_to_another_greeting_is_refused() -> None:
    async with (
        callee(Errand, Doing()) as far,
        await connected(far.address) as first,
        await connected(far.address) as second,
    ):
        await first.receive()
        greeting = (await second.receive())[1]
        answer = Passport("near", [CALLER, STRANGER], {}, identity())
        first.send([0, answer.answer(convert(greeting, Hello), None, frozenset())])
        assert "does not hold the key" in await first.reason()


async def test_a_peer_that_takes_only_tiny_frames_is_refused() -> None:
    async with callee(Errand, Doing()) as far, await greeted(far.address, max_frame=100) as peer:
        assert await peer.reason() == "it accepts frames of 100 bytes, and 4096 are needed"


async def test_who_does_not_greet_in_time_is_left(caplog: pytest.LogCaptureFixture) -> None:
    async with callee(Errand, Doing(), limits=Limits(hello=0.1)) as far, await connected(far.address) as peer:
        assert await peer.reason() == "nobody said who calls within 0.1 s"
    assert said(caplog) == ["the connection from an unknown peer is closed: it did not say who it is within 0.1 s"]


MISBEHAVIOUR: dict[str, tuple[list[Any], str]] = {
    "a second greeting": ([[0, {"protocol": 1, "host": "near"}]], "it greets a second time"),
    "a number that is under way": ([call(1), call(1)], "call 1 is under way already"),
    "a number that is a stream's": ([stream(1, credit=0), call(1)], "call 1 is under way already"),
    "an unknown kind": ([[77]], "a frame is damaged or does not belong here"),
    "the wrong direction": ([[3, 1, "done"]], "a frame is damaged or does not belong here"),
    "a welcome": ([[1]], "a frame is damaged or does not belong here"),
    "a call without arguments": ([call(1)[:-1]], "a frame is damaged or does not belong here"),
}


@pytest.mark.parametrize(("frames", "reason"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
async def test_who_does_not_keep_to_the_protocol_is_left_with_a_reason_and_nobody_else_notices(
    frames: list[Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with wired(Errand, Doing(forever_if_asked := Slow())) as pair, await admitted(pair.address) as peer:
        other = asyncio.create_task(pair.proxy.run())
        await until(lambda: pair.server.under_way)
        peer.send(*frames)
        assert reason in await peer.reason()
        await peer.close()
        await until(lambda: len(pair.server.sessions) == 1 and pair.server.under_way == 1)
        forever_if_asked.free.set()
        assert await other == "done"
    (line,) = said(caplog)
    assert line.startswith("the connection from host near is closed: ")


async def test_a_number_may_be_used_again_when_its_call_is_done() -> None:
    async with callee(Errand, Doing()) as far, await admitted(far.address) as peer:
        for _ in range(3):
            peer.send(call(1))
            assert await peer.receive() == [3, 1, "done"]


async def test_one_call_too_many_is_refused_and_the_others_go_on() -> None:
    carrier = Carrier()
    async with callee(Post, carrier, limits=Limits(calls=3)) as far, await admitted(far.address) as peer:
        for number in range(4):
            peer.send(call(number, "post.v1/wait"))
        assert raised(await peer.receive(), 3) == fields(Overloaded(operation="errand.wait"))
        carrier.free.set()
        assert sorted([await peer.receive() for _ in range(3)]) == [[3, number, None] for number in range(3)]
        peer.send(call(9, "post.v1/number", number=1))
        assert await peer.receive() == [3, 9, 1]


DENIED: dict[str, tuple[list[Any], Any]] = {
    "a module that does not run there": (
        call(1, caller="catalog"),
        PermissionDenied(operation="errand.v1/run"),
    ),
    "a module without the need": (call(1, caller=STRANGER), PermissionDenied(operation="errand.run")),
    "the host, which it is not": (call(1, caller="host"), PermissionDenied(operation="errand.v1/run")),
    "the door": (call(1, caller="door"), PermissionDenied(operation="errand.v1/run")),
    "a contract that it needs not": (call(1, "stock.v1/take"), PermissionDenied(operation="stock.v1/take")),
    "no such operation": (
        call(1, "errand.v1/rush"),
        Unavailable(operation="errand.v1/rush", reason="this host does not serve it"),
    ),
    "no path": (call(1, "\n" * 1000), PermissionDenied(operation="\n" * 1000)),
    "a forged assertion": ([*call(1)[:6], "forged", None, {}], PermissionDenied(operation="acting")),
    "the system for another": ([*call(1)[:6], ["catalog"], None, {}], PermissionDenied(operation="acting")),
}


@pytest.mark.parametrize(("frame", "error"), DENIED.values(), ids=DENIED)
async def test_what_may_not_be_called_is_refused_and_the_connection_stays(frame: list[Any], error: Any) -> None:
    async with callee(Errand, Doing()) as far, await admitted(far.address) as peer:
        peer.send(frame, call(2))
        code, problem = raised(await peer.receive(), 1)
        assert (code, problem) == fields(error)
        assert await peer.receive() == [3, 2, "done"]


BAD_ARGUMENTS: dict[str, Any] = {
    "missing": {},
    "of another type": {"what": 3},
    "out of bounds": {"what": "x", "often": 0},
    "not a map": [1],
    "nothing": None,
    "nested": {"what": [[[[[[]]]]]]},
}


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
async def test_bad_arguments_are_refused_by_name_and_the_connection_stays(arguments: Any) -> None:
    async with callee(Errand, Doing()) as far, await admitted(far.address) as peer:
        peer.send([*call(1, "errand.v1/once")[:-1], arguments], call(2))
        code, problem = raised(await peer.receive(), 1)
        assert code == InvalidArgument.code
        assert problem["where"] == "errand.once"
        assert await peer.receive() == [3, 2, "done"]


async def test_unknown_arguments_are_passed_over() -> None:
    async with callee(Post, Carrier()) as far, await admitted(far.address) as peer:
        peer.send(call(1, "post.v1/number", number=1, since="a later release"))
        assert await peer.receive() == [3, 1, 1]


async def test_a_deadline_without_end_is_none() -> None:
    async with callee(Post, Carrier()) as far, await admitted(far.address) as peer:
        frame = call(1, "post.v1/left")
        peer.send([*frame[:4], (1 << 64) - 1, *frame[5:]])
        assert await peer.receive() == [3, 1, NEVER]


async def test_a_deadline_that_has_passed_is_said_so() -> None:
    async with callee(Errand, Doing()) as far, await admitted(far.address) as peer:
        frame = call(1)
        peer.send([*frame[:4], 0, *frame[5:]])
        assert raised(await peer.receive(), 1) == ("call.timed_out", {"operation": "errand.run"})


async def test_a_deadline_ends_a_call_there() -> None:
    async with callee(Errand, Doing(forever)) as far, await admitted(far.address) as peer:
        frame = call(1)
        peer.send([*frame[:4], 20_000, *frame[5:]])
        assert raised(await peer.receive(), 1) == ("call.timed_out", {"operation": "errand.run"})
        assert far.server.under_way == 0


async def test_a_cancelled_call_is_not_answered() -> None:
    carrier = Carrier()
    async with callee(Post, carrier) as far, await admitted(far.address) as peer:
        peer.send(call(1, "post.v1/wait"), [5, 1], [5, 1], [5, 99])
        await until(lambda: carrier.ended == carrier.begun and not far.server.under_way)
        peer.send(call(2, "post.v1/number", number=1))
        assert await peer.receive() == [3, 2, 1]


async def test_a_peer_that_hangs_up_ends_its_calls() -> None:
    carrier = Carrier()
    async with callee(Post, carrier) as far:
        async with await admitted(far.address) as peer:
            peer.send(call(1, "post.v1/wait"), call(2, "post.v1/wait"))
            await until(lambda: carrier.begun == 2)
        await until(lambda: carrier.cancelled == 2 and not far.server.sessions)


async def test_calls_of_one_write_are_all_answered() -> None:
    async with callee(Post, Carrier()) as far, await admitted(far.address) as peer:
        peer.writer.write(packed(*(call(number, "post.v1/number", number=number) for number in range(300))))
        answers = [await peer.receive() for _ in range(300)]
        assert sorted(answers) == [[3, number, number] for number in range(300)]


async def test_a_ping_is_answered() -> None:
    async with callee(Errand, Doing(done)) as far, await admitted(far.address) as peer:
        peer.send([10, 7])
        assert await peer.receive() == [11, 7]


class Slow:
    """Does nothing until it is free."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def __call__(self) -> str:
        await self.free.wait()
        return "done"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the wire, or the loop, warned of."""
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
