"""What stands behind a contract from afar takes its calls as the contract says, and hands them to a sender."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from typing import Any, NamedTuple, final

import pytest

from app.runtime.binding import check_provider
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.remote import Envelope, Sender, envelope, remote_target
from contracts.kit import Context, Overloaded, Role, contract_of, detached, idempotency_key
from contracts.kit.context import root_scope, scope
from tests.app.runtime.builders import AGES, HURRY, Bound, Errand, House, acting_as, forever, until


class Sent(NamedTuple):
    """What a sender was given, and who sent it then."""

    path: str
    arguments: dict[str, Any]
    key: str | None
    envelope: Envelope


@final
class Recorder(Sender):
    """Sends nothing, and notes everything."""

    def __init__(self, *, waits: bool = False) -> None:
        self.sent: list[Sent] = []
        self._waits = waits

    def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Awaitable[Any]:
        return self._answer(operation, arguments, key)

    async def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        self.sent.append(Sent(operation.path, arguments, None, envelope()))
        yield 1

    async def _answer(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> str:
        self.sent.append(Sent(operation.path, arguments, key, envelope()))
        return await forever() if self._waits else "answered"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House() as house:
        yield house


def bind(house: House, sender: Sender, limit: int = 1000) -> Bound[Errand]:
    """Have a sender stand behind the contract."""
    bound = house.absent(Errand, "errand")
    codec = ContractCodec(contract_of(Errand), "errand.v1", "errand")
    bound.binding.bind(remote_target(codec, sender, limit))
    return bound


def due_in(seconds: float, sent: Sent) -> bool:
    """Say whether a call must have been answered in so many seconds from about now."""
    due = sent.envelope.due
    return due is not None and seconds - 5 < (due - time.monotonic_ns()) / 1e9 <= seconds


async def test_it_provides_the_contract_by_name_and_by_signature(house: House) -> None:
    provider: Any = bind(house, Recorder()).binding.target.provider
    check_provider(contract_of(Errand), provider)
    with pytest.raises(TypeError):
        provider.once()


async def test_a_call_is_sent_with_every_argument_by_its_name(house: House) -> None:
    recorder = Recorder()
    errand = bind(house, recorder).proxy
    assert await errand.run() == await errand.once("a") == await errand.once(often=3, what="b") == "answered"
    assert [each[:3] for each in recorder.sent] == [
        ("errand.v1/run", {}, None),
        ("errand.v1/once", {"what": "a", "often": 1}, None),
        ("errand.v1/once", {"what": "b", "often": 3}, None),
    ]


async def test_only_a_repeatable_command_is_sent_under_the_callers_key(house: House) -> None:
    recorder = Recorder()
    errand = bind(house, recorder).proxy
    with idempotency_key("k"):
        await errand.once("a", often=2)
        await errand.change()
        await errand.run()
    assert [each[:3] for each in recorder.sent] == [
        ("errand.v1/once", {"what": "a", "often": 2}, "k"),
        ("errand.v1/change", {}, None),
        ("errand.v1/run", {}, None),
    ]


async def test_its_envelope_says_who_calls_for_whom_and_until_when(house: House) -> None:
    recorder = Recorder()
    bound = bind(house, recorder)
    with scope(context=acting_as(Role.STAFF)):
        await bound.proxy.run()
        await bound.binding.proxy("other").hurry()
    first, second = recorder.sent
    assert first.envelope[:2] == ("test", acting_as(Role.STAFF))
    assert second.envelope[:2] == ("other", acting_as(Role.STAFF))
    assert due_in(AGES, first)
    assert due_in(HURRY, second)


async def test_a_streams_envelope_has_the_callers_time_and_not_that_of_an_item(house: House) -> None:
    recorder = Recorder()
    errand = bind(house, recorder).proxy
    with root_scope(Context(request_id="request-1")):
        assert [item async for item in errand.trickle()] == [1]
        with scope(due=time.monotonic_ns() + round(100e9)):
            assert [item async for item in errand.trickle()] == [1]
            with detached():
                assert [item async for item in errand.trickle()] == [1]
    unbounded, bounded, apart = recorder.sent
    assert unbounded.envelope == ("test", Context(request_id="request-1"), None)
    assert due_in(100, bounded)
    assert apart.envelope.due is None


async def test_a_stream_is_sent_when_its_first_item_is_asked_for(house: House) -> None:
    recorder = Recorder()
    stream = bind(house, recorder).proxy.flow()
    assert recorder.sent == []
    assert await anext(stream) == 1
    assert recorder.sent[0].path == "errand.v1/flow"


async def test_no_more_is_sent_than_the_limit_admits(house: House) -> None:
    recorder = Recorder(waits=True)
    bound = bind(house, recorder, limit=1)
    waiting = asyncio.create_task(bound.proxy.run())
    await until(lambda: recorder.sent)
    with pytest.raises(Overloaded):
        await bound.proxy.run()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert len(recorder.sent) == 1
    assert bound.calls == set()
