"""Calls go to the less busy replica, and again to another where that changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, cast

import pytest

from app.placement.endpoint import SUSPICIOUS, Endpoint
from app.placement.neighbour import Neighbour
from app.placement.retrying import TRIES, Budget, Retrying
from app.placement.sender import WireSender
from app.runtime.binding import Binding
from app.runtime.sweep import Sweep
from app.wire.address import Address
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.remote import Envelope, remote_target
from contracts.kit import (
    Internal,
    Overloaded,
    TimedOut,
    Unavailable,
    atomic,
    command,
    contract,
    contract_of,
    query,
    stream,
)
from tests.builders import UNHURRIED


@contract(version=1)
class Errands(Protocol):
    """One operation of each sort."""

    @query(deadline=0.3)
    async def ask(self) -> str: ...

    @command()
    async def do(self) -> str: ...

    @command(atomic)
    async def do_once(self) -> str: ...

    @stream()
    def follow(self) -> AsyncIterator[str]: ...


def lost(*, began: bool) -> Callable[[OperationCodec], Unavailable]:
    """An answer that never came."""
    return lambda operation: Unavailable(operation=operation.name, reason="cut", may_have_executed=began)


class Wire:
    """A link that answers as it is told, first this, then that, and notes what it was asked."""

    draining = False

    def __init__(self, *answers: str | Callable[[OperationCodec], Exception], pending: int = 0) -> None:
        self.answers = list(answers)
        self.pending = pending
        self.asked: list[tuple[str, str | None]] = []

    async def call(self, operation: OperationCodec, _: Envelope, key: str | None, __: dict[str, Any]) -> str:
        self.asked.append((operation.operation.name, key))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            return answer
        raise answer(operation)

    async def stream(self, *_: object) -> AsyncIterator[str]:
        for answer in self.answers:
            assert isinstance(answer, str)
            yield answer


def endpoint(number: int, link: Wire | None) -> Endpoint:
    made = Endpoint(Address("tcp", "127.0.0.1", number), cast(Any, None), frozenset())
    made.link = cast(Any, link)
    if link is not None:
        made.trouble = None
    return made


def neighbour(*links: Wire | None) -> Neighbour:
    found = Neighbour("shop", tuple, cast(Any, None))
    found.endpoints = {each.address: each for each in (endpoint(n, link) for n, link in enumerate(links, 1))}
    return found


def calling(host: Neighbour) -> Errands:
    """The contract as a module sees it, with what is behind it on that host."""
    sweep = Sweep(UNHURRIED)
    sweep.start()
    binding = Binding(contract_of(Errands), "errands", sweep, reason="nobody is there")
    codec = ContractCodec(contract_of(Errands), "errands.v1", "errands")
    binding.bind(remote_target(codec, Retrying(WireSender(host, "errands"), host.nudge), 100))
    proxy: Errands = binding.proxy("till")
    return proxy


async def test_the_less_busy_of_two_replicas_is_asked() -> None:
    idle, busy = Wire("idle"), Wire("busy", pending=3)
    errands = calling(neighbour(busy, idle))
    assert {await errands.do() for _ in range(20)} == {"idle"}
    assert busy.asked == []


async def test_a_query_whose_answer_was_lost_is_asked_again() -> None:
    wire = Wire(lost(began=True), "second")
    assert await calling(neighbour(wire)).ask() == "second"
    assert wire.asked == [("ask", None), ("ask", None)]


async def test_a_command_that_may_have_begun_is_not_sent_again() -> None:
    wire = Wire(lost(began=True), "second")
    with pytest.raises(Unavailable) as caught:
        await calling(neighbour(wire)).do()
    assert caught.value.may_have_executed
    assert len(wire.asked) == 1


async def test_a_command_that_certainly_did_not_begin_is_sent_again() -> None:
    wire = Wire(lost(began=False), "second")
    assert await calling(neighbour(wire)).do() == "second"


async def test_a_repeatable_command_is_sent_again_under_one_key() -> None:
    wire = Wire(lost(began=True), "second")
    assert await calling(neighbour(wire)).do_once() == "second"
    (_, first), (_, second) = wire.asked
    assert first == second
    assert first


async def test_what_the_callee_says_of_another_module_is_not_a_reason_to_ask_again() -> None:
    wire = Wire(lambda _: Unavailable(operation="payments.charge", reason="it is down"), "second")
    with pytest.raises(Unavailable, match=r"payments\.charge"):
        await calling(neighbour(wire)).ask()
    assert len(wire.asked) == 1


async def test_other_errors_are_not_a_reason_to_ask_again() -> None:
    wire = Wire(lambda operation: Internal(operation=operation.name, incident="1"), "second")
    with pytest.raises(Internal):
        await calling(neighbour(wire)).ask()


async def test_the_tries_are_bounded() -> None:
    wire = Wire(lost(began=False))
    with pytest.raises(Unavailable):
        await calling(neighbour(wire)).do()
    assert len(wire.asked) == TRIES


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(lost(began=False), id="unavailable"),
        pytest.param(lambda operation: Overloaded(operation=operation.name), id="overloaded"),
    ],
)
async def test_what_an_earlier_try_may_have_done_is_not_forgotten(last: Callable[[OperationCodec], Exception]) -> None:
    wire = Wire(lost(began=True), last)
    with pytest.raises(Unavailable) as caught:
        await calling(neighbour(wire)).do_once()
    assert caught.value.may_have_executed


async def test_no_try_begins_that_the_deadline_would_end() -> None:
    wire = Wire(lost(began=False))
    with pytest.raises((Unavailable, TimedOut)):
        await calling(neighbour(wire)).ask()
    assert 1 <= len(wire.asked) <= TRIES


async def test_without_a_connection_it_says_why() -> None:
    host = neighbour(None)
    next(iter(host.endpoints.values())).trouble = "it does not answer"
    with pytest.raises(Unavailable, match="host shop cannot be reached: it does not answer"):
        await calling(host).do()
    assert host.trouble is not None


async def test_a_replica_that_only_times_out_is_left_out_while_there_are_others() -> None:
    slow, good = Wire("slow"), Wire("good", pending=5)
    host = neighbour(slow, good)
    for each in host.endpoints.values():
        if each.link is cast(Any, slow):
            for _ in range(SUSPICIOUS):
                each.timed_out()
    errands = calling(host)
    assert {await errands.ask() for _ in range(10)} == {"good"}


async def test_a_replica_on_which_the_module_does_not_serve_is_left_out_while_there_are_others() -> None:
    lame, good = Wire("lame"), Wire("good", pending=5)
    host = neighbour(lame, good)
    next(iter(host.endpoints.values())).failures = {"errands": "module errands could not be started"}
    assert {await calling(host).ask() for _ in range(10)} == {"good"}
    assert host.failure_of("errands") is None
    host.endpoints.popitem()
    assert host.failure_of("errands") == "on host shop, module errands could not be started"
    assert await calling(host).ask() == "lame"


async def test_a_replica_where_the_operation_does_not_fit_is_left_out_while_there_are_others() -> None:
    old, new = Wire("old"), Wire("new", pending=5)
    host = neighbour(old, new)
    first, second = host.endpoints.values()
    first.differing = {"errands.v1/ask": "it is missing there"}
    second.differing = {"errands.v1/do": "it is missing there"}
    assert {await calling(host).ask() for _ in range(10)} == {"new"}
    for _ in range(SUSPICIOUS):
        second.timed_out()
    assert await calling(host).ask() == "new"
    assert {await calling(host).do() for _ in range(10)} == {"old"}
    assert host.trouble is None
    assert host.misfit_of({"errands.v1"}) is None
    host.endpoints.popitem()
    assert host.trouble is None
    assert host.misfits({"errands.v1"}) == {"errands.v1/ask": "it is missing there"}
    assert host.misfit_of({"another.v1"}) is None
    began = len(old.asked)
    with pytest.raises(Unavailable) as caught:
        await calling(host).ask()
    assert caught.value == Unavailable(
        operation="errands.ask", reason="host shop does not fit: errands.v1/ask: it is missing there"
    )
    assert len(old.asked) == began
    assert await calling(host).do() == "old"


async def test_one_that_takes_its_leave_gets_no_call() -> None:
    leaving, staying = Wire("leaving"), Wire("staying", pending=9)
    leaving.draining = True
    errands = calling(neighbour(leaving, staying))
    assert {await errands.ask() for _ in range(10)} == {"staying"}


async def test_a_stream_waits_for_a_replica_as_a_call_does() -> None:
    host = neighbour(None)
    errands = calling(host)
    with pytest.raises(Unavailable) as caught:
        await anext(errands.follow())
    assert not caught.value.may_have_executed
    first = asyncio.ensure_future(anext(errands.follow()))
    await asyncio.sleep(0)
    host.endpoints = neighbour(Wire("one", "two")).endpoints
    assert await first == "one"
    assert [item async for item in errands.follow()] == ["one", "two"]


async def test_a_replica_that_has_just_come_is_found_by_the_call_that_waits() -> None:
    there, found = list[Address](), endpoint(1, Wire("found"))
    host = Neighbour("shop", lambda: there, lambda _: found)
    assert host.pick("errands", "errands.v1") is None
    there.append(found.address)
    assert await calling(host).ask() == "found"
    await found.stop()


async def test_where_nobody_can_be_looked_for_the_call_says_that_nobody_is_there() -> None:
    def fail() -> list[Address]:
        raise OSError(24, "Too many open files")

    with pytest.raises(Unavailable, match="host shop cannot be reached"):
        await calling(Neighbour("shop", fail, cast(Any, None))).ask()


def test_retries_are_at_most_a_tenth_of_the_calls_in_the_long_run() -> None:
    budget = Budget()
    while budget.spend():
        pass
    for _ in range(1000):
        budget.earn()
    assert 95 <= sum(budget.spend() for _ in range(1000)) <= 100
