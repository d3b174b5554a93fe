"""A link calls what its peer serves: with the same results and errors as in one process, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.wire.address import unix
from app.wire.handshake import Passport, Refused
from app.wire.limits import Limits
from app.wire.link import Link, Unreachable
from contracts.kit import (
    GUEST,
    SYSTEM,
    Actor,
    Context,
    Internal,
    InvalidArgument,
    PermissionDenied,
    Role,
    Unavailable,
    current_context,
    idempotency_key,
)
from contracts.kit.context import NEVER, current_frame, scope
from tests.app.runtime.builders import Doing, Errand, Missing, done, failing, until
from tests.app.wire.pairs import CALLER, STRANGER, callee, linked, passport, signer, wired
from tests.app.wire.peers import Peer, call, pretending, welcomed
from tests.app.wire.post import Carrier, Post, Torn, nested
from tests.garbage import uncollected

ADA = Actor(id="ada", roles=frozenset({Role.CUSTOMER}))


async def test_a_call_returns_what_the_callee_returned() -> None:
    async with wired(Post, Carrier()) as pair:
        assert await pair.proxy.text("¡hola!") == "¡hola!"
        assert await pair.proxy.number(1, plus=2) == 3
        assert await pair.proxy.tree(nested(20)) == 20
        assert await pair.proxy.grow(20) == nested(20)
        assert pair.link.pending == pair.server.under_way == 0


async def test_many_calls_are_under_way_at_once_and_each_gets_its_own_answer() -> None:
    async with wired(Post, Carrier()) as pair:
        answers = await asyncio.gather(*(pair.proxy.number(number, plus=1) for number in range(500)))
        assert answers == list(range(1, 501))


async def test_a_fast_call_overtakes_a_slow_one() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        slow = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        assert await pair.proxy.number(1) == 1
        assert not slow.done()
        carrier.free.set()
        await slow


async def test_a_declared_error_arrives_as_itself() -> None:
    async with wired(Errand, Doing(failing(Missing(id="the key")))) as pair:
        with pytest.raises(Missing) as caught:
            await pair.proxy.run()
        assert caught.value == Missing(id="the key")
        assert caught.value.__cause__ is None


async def test_an_undeclared_failure_is_internal_and_its_incident_is_in_the_callees_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with wired(Errand, Doing(failing(KeyError("x")))) as pair:
        with pytest.raises(Internal) as caught:
            await pair.proxy.run()
        assert caught.value.operation == "errand.run"
        assert caught.value.incident in caplog.text


BAD_ARGUMENTS: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "a number beyond 64 bits": ("number", (1 << 64,), "can't serialize ints"),
    "a text with half a character": ("text", ("\ud800",), "surrogates not allowed"),
    "a tree too deep": ("tree", (nested(5000),), "recursion"),
    "more than a frame": ("text", ("x" * 100_000,), "the other side accepts 65536"),
    "no text at all": ("text", (object(),), "unsupported"),
}


@pytest.mark.parametrize(("operation", "arguments", "problem"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
async def test_arguments_that_cannot_be_sent_are_refused_where_they_are(
    operation: str, arguments: tuple[Any, ...], problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with wired(Post, Carrier(), far_limits=Limits(frame=1 << 16)) as pair:
        with pytest.raises(InvalidArgument) as caught:
            await getattr(pair.proxy, operation)(*arguments)
        assert caught.value.where == f"errand.{operation}"
        assert problem in caught.value.problem
        assert pair.link.pending == 0
        assert await pair.proxy.number(1) == 1
    assert caplog.records == []


async def test_an_argument_of_another_type_is_refused_by_the_callee() -> None:
    async with wired(Post, Carrier()) as pair:
        with pytest.raises(InvalidArgument) as caught:
            await pair.proxy.number("one")  # type: ignore[arg-type]
        assert caught.value.where == "errand.number"
        assert "Expected `int`" in caught.value.problem


BAD_RESULTS: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "a number beyond 64 bits": ("number", ((1 << 64) - 1, 1), "can't serialize ints"),
    "a tree too deep": ("grow", (5000,), "recursion"),
    "more than a frame": ("long", (100_000,), "the other side accepts 65536"),
    "an error with more than a frame": ("tear", ("x", 100_000), "the other side accepts 65536"),
}


@pytest.mark.parametrize(("operation", "arguments", "problem"), BAD_RESULTS.values(), ids=BAD_RESULTS)
async def test_an_answer_that_cannot_be_sent_is_internal_and_logged_with_its_reason(
    operation: str, arguments: tuple[Any, ...], problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with wired(Post, Carrier(), limits=Limits(frame=1 << 16), far_limits=Limits()) as pair:
        wanted = {"plus": arguments[1]} if operation == "number" else {}
        with pytest.raises(Internal) as caught:
            await getattr(pair.proxy, operation)(*(arguments[:1] if wanted else arguments), **wanted)
        assert caught.value.operation == f"errand.{operation}"
        (record,) = [each for each in caplog.records if each.name == "freestone.wire"]
        assert caught.value.incident in record.getMessage()
        assert record.exc_info is not None
        assert problem in str(record.exc_info[1])
        assert await pair.proxy.number(1) == 1


async def test_an_answer_that_does_not_fit_the_contract_is_internal(tmp_path: Path) -> None:
    async def behave(peer: Peer) -> None:
        await welcomed(peer)
        while True:
            number = (await peer.receive())[1]
            peer.send([3, number, 7])

    async with callee(Errand, Doing()) as far, pretending(tmp_path, behave) as address:
        far.address = address
        async with linked(far) as pair:
            with pytest.raises(Internal):
                await pair.proxy.run()
            assert pair.link.pending == 0


async def test_the_request_id_and_the_actor_arrive() -> None:
    seen: list[Context] = []

    async def look() -> str:
        seen.append(current_context())
        return "done"

    assertion = signer.sign(ADA, timedelta(minutes=1))
    told = [
        Context(request_id="request-1"),
        Context(request_id="request-2", actor=ADA, assertion=assertion),
        Context(actor=Actor(id=CALLER, roles=SYSTEM)),
        Context(actor=Actor(id=STRANGER, roles=SYSTEM)),
    ]
    async with wired(Errand, Doing(look)) as pair:
        for context in told:
            with scope(context=context):
                await pair.proxy.run()
    assert seen == told


async def test_an_actor_that_cannot_be_proved_is_denied_and_nothing_is_sent() -> None:
    begun = []

    async def begin() -> str:
        begun.append(1)
        return "done"

    async with wired(Errand, Doing(begin)) as pair:
        for context in (Context(actor=ADA), Context(actor=ADA, assertion="forged")):
            with scope(context=context), pytest.raises(PermissionDenied):
                await pair.proxy.run()
        with scope(context=Context(actor=Actor(id="somebody", roles=SYSTEM))), pytest.raises(PermissionDenied):
            await pair.proxy.run()
        assert pair.link.pending == 0
    assert begun == []


async def test_a_module_without_the_need_is_denied_and_so_is_one_that_does_not_run_there() -> None:
    async with callee(Errand, Doing()) as far:
        for caller in (STRANGER, "catalog", "host", "door"):
            async with linked(far, caller=caller) as pair:
                with pytest.raises(PermissionDenied):
                    await pair.proxy.run()


async def test_the_deadline_goes_along_as_a_duration() -> None:
    async with wired(Post, Carrier()) as pair:
        assert await pair.proxy.left() is not None
        due = time.monotonic_ns() + 10**12
        with scope(due=due):
            there = await pair.proxy.left()
        assert there is not None
        assert due - 10**6 <= there < due + 5 * 10**9  # what was on the way is lost, and microseconds are cut
        await asyncio.sleep(0)


async def test_a_call_without_a_deadline_of_its_own_has_the_operations() -> None:
    begun = time.monotonic_ns()
    async with wired(Post, Carrier()) as pair:
        there = await pair.proxy.left()
    assert there is not None
    assert begun < there < begun + 2000 * 10**9 < NEVER


async def test_an_idempotency_key_goes_along_and_is_not_handed_on() -> None:
    keys: list[str | None] = []

    async def once(frame: Any, key: str, target: Any, arguments: Any) -> str:
        keys.append(key)
        assert arguments == ("tea", 2)
        return "once"

    async def nothing() -> str:
        keys.append(current_frame().next_key)
        return "done"

    async with wired(Errand, Doing(nothing), once={"once": once}) as pair:
        with idempotency_key("key-1"):
            assert await pair.proxy.once("tea", often=2) == "once"
        assert await pair.proxy.once("tea", often=2) == "done teatea"
    assert keys == ["key-1", None]


async def test_a_cancelled_call_is_cancelled_there_and_leaves_nothing() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        waiting = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert pair.link.pending == 0
        await until(lambda: carrier.cancelled and not pair.server.under_way)
        assert await pair.proxy.number(1) == 1


async def test_an_answer_that_crosses_the_cancellation_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        for _ in range(50):
            calls = [asyncio.create_task(pair.proxy.number(number)) for number in range(10)]
            await asyncio.sleep(0)
            for each in calls[::2]:
                each.cancel()
            await asyncio.wait(calls)
            assert [each.result() for each in calls[1::2]] == [1, 3, 5, 7, 9]
        assert pair.link.pending == 0
        await until(lambda: not pair.server.under_way)
    assert caplog.records == []


async def test_a_call_leaves_no_work_for_the_garbage_collector_however_it_ends() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:

        async def cancelled() -> None:
            waiting = asyncio.create_task(pair.proxy.wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])

        async def failed() -> None:
            with suppress(Torn):
                await pair.proxy.tear("there")

        async def refused() -> None:
            with suppress(InvalidArgument):
                await pair.proxy.number(1 << 64)

        async def returned() -> None:
            await pair.proxy.number(1)

        async def streamed() -> None:
            with suppress(Torn):
                async for _ in pair.proxy.texts((1, 2, -1)):
                    pass

        for end in (returned, failed, refused, cancelled, streamed):
            await end()
            await until(lambda: not pair.server.under_way)
            with uncollected():
                for _ in range(20):
                    await end()
                await until(lambda: not pair.server.under_way)
                assert gc.collect() < 20, end.__name__


async def test_a_peer_that_stops_a_call_by_itself_says_that_it_may_have_executed() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        waiting = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        for frame in list(pair.binding.target.calls):
            assert frame.task is not None
            frame.task.cancel()
        with pytest.raises(Unavailable) as caught:
            await waiting
        assert caught.value.may_have_executed


async def test_nobody_listens_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        await Link.open(unix(tmp_path / "nobody.sock"), passport())
    assert str(caught.value).startswith(f"unix:{tmp_path}/nobody.sock does not answer: ")


async def test_a_callee_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    async def behave(peer: Peer) -> None:
        await peer.rest()

    async with pretending(tmp_path, behave) as address:
        with pytest.raises(Unreachable, match=r"did not answer within 0\.1 s"):
            await Link.open(address, passport(), limits=Limits(hello=0.1))


async def test_who_gives_up_connecting_leaves_no_connection(tmp_path: Path) -> None:
    met: list[str] = []

    async def behave(peer: Peer) -> None:
        met.append("came")
        await peer.rest()
        met.append("went")

    async with pretending(tmp_path, behave) as address:
        opening = asyncio.create_task(Link.open(address, passport()))
        await until(lambda: met)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await until(lambda: met == ["came", "went"])


async def test_a_callee_that_goes_away_before_its_welcome_is_unreachable(tmp_path: Path) -> None:
    async def behave(peer: Peer) -> None:
        peer.send([12, "it is stopping"])
        await welcomed(peer)
        await peer.rest()

    async with pretending(tmp_path, behave) as address:
        with pytest.raises(Unreachable, match="it takes no more calls: it is stopping"):
            await Link.open(address, passport())


async def test_a_callee_that_hangs_up_at_once_is_unreachable(tmp_path: Path) -> None:
    async def behave(peer: Peer) -> None:
        pass

    async with pretending(tmp_path, behave) as address:
        with pytest.raises(Unreachable, match="hung up"):
            await Link.open(address, passport())


async def test_a_callee_that_does_not_run_what_is_expected_is_refused_and_told() -> None:
    async with callee(Errand, Doing()) as far:
        with pytest.raises(Refused, match="does not run the modules"):
            await Link.open(far.address, passport(), expected=frozenset({"catalog"}))
        await until(lambda: not far.server.sessions)


async def test_a_callee_of_another_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    reasons = []

    async def behave(peer: Peer) -> None:
        peer.send([0, {"protocol": 2, "host": "far", "modules": {"in": "another form"}}])
        reasons.append(await peer.reason())

    async with pretending(tmp_path, behave) as address:
        with pytest.raises(Refused, match=r"speaks version 2 of the wire protocol, this one version 1"):
            await Link.open(address, passport())
        await until(lambda: reasons)
    assert "version 2" in reasons[0]


async def test_a_caller_that_is_refused_is_told_why(caplog: pytest.LogCaptureFixture) -> None:
    async with callee(Errand, Doing()) as far:
        with pytest.raises(Refused, match="proves nothing"):
            await Link.open(far.address, Passport("near", [CALLER], {}, None))
    assert len([each for each in caplog.records if "proves nothing" in each.getMessage()]) == 1


async def test_a_link_that_was_closed_calls_no_more_and_says_why() -> None:
    async with wired(Errand, Doing()) as pair:
        await pair.link.close("the test is over")
        assert pair.link.closed.is_set()
        with pytest.raises(Unavailable) as caught:
            await pair.proxy.run()
        assert caught.value == Unavailable(operation="errand.run", reason="the test is over")
        assert pair.ended == ["the test is over"]
        await until(lambda: not pair.server.sessions)


async def test_to_close_a_link_fails_the_calls_under_way() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        waiting = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        await pair.link.close("the test is over")
        with pytest.raises(Unavailable) as caught:
            await waiting
        assert caught.value.may_have_executed
        await until(lambda: carrier.cancelled)


MISBEHAVIOUR: dict[str, list[object]] = {
    "an answer to a call that was never made": [[3, 99, "done"]],
    "an error for one": [[4, 99, "call.timed_out", {"operation": "x"}]],
    "items of a stream that was never opened": [[7, 99, [1]]],
    "the end of one": [[9, 99]],
    "the end of a stream for a call": [[9, 1]],
    "a second greeting": [[0, {"protocol": 1, "host": "far"}]],
    "a second welcome": [[1]],
    "a call in the wrong direction": [call(1)],
    "an unknown kind": [[77]],
}


@pytest.mark.parametrize("frames", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
async def test_a_callee_that_does_not_keep_to_the_protocol_is_left_with_a_reason(
    tmp_path: Path, frames: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    reasons = []

    async def behave(peer: Peer) -> None:
        await welcomed(peer)
        await peer.receive()
        peer.send(*frames)
        reasons.append(await peer.reason())

    async with callee(Errand, Doing(done)) as far, pretending(tmp_path, behave) as address:
        far.address = address
        async with linked(far) as pair:
            with pytest.raises(Unavailable) as caught:
                await pair.proxy.run()
            assert caught.value.may_have_executed
            assert pair.link.pending == 0
            await until(lambda: reasons)
    assert pair.ended == reasons == [caught.value.reason]
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1


async def test_the_callees_greeting_can_be_read() -> None:
    async with wired(Errand, Doing()) as pair:
        assert pair.link.peer_greeting.host == "far"
        assert pair.link.peer_greeting.modules == ("errand",)
        assert set(pair.link.peer_greeting.contracts) == {"errand.v1"}


async def test_a_guest_stays_a_guest() -> None:
    seen: list[Actor] = []

    async def look() -> str:
        seen.append(current_context().actor)
        return "done"

    async with wired(Errand, Doing(look)) as pair:
        await pair.proxy.run()
    assert seen == [GUEST]
