"""A body passes part by part, and whoever leaves ends what is done for him."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app.gateway.passage import Passage
from tests.app.gateway.door import DISCONNECT


class Client:
    """Sends some parts, the last of which ends the body, or messages as they are; then waits."""

    def __init__(self, parts: Iterable[bytes | Message]) -> None:
        given = list(parts)
        self.incoming: list[Message] = [
            each if not isinstance(each, bytes) else {"type": "http.request", "body": each, "more_body": n < len(given)}
            for n, each in enumerate(given, 1)
        ]
        self.gone = asyncio.Event()

    async def __call__(self) -> Message:
        if self.incoming:
            return self.incoming.pop(0)
        await self.gone.wait()
        return DISCONNECT


def parts_of(passage: Passage) -> AsyncIterator[bytes]:
    body = passage.body()
    assert isinstance(body, AsyncIterator)
    return body


async def wait_within(passage: Passage) -> None:
    with passage:
        await asyncio.Event().wait()


@pytest.mark.parametrize(("part", "body"), [(b"", None), (b"abc", b"abc")])
async def test_a_body_that_came_as_one_can_be_had_again(part: bytes, body: bytes | None) -> None:
    passage = Passage(Client([part]))
    await passage.begin()
    with passage:
        assert passage.is_whole
        assert passage.body() == passage.body() == body


async def test_the_next_part_is_asked_for_when_the_last_was_taken() -> None:
    client = Client([b"a", b"b", b"c"])
    passage = Passage(client)
    await passage.begin()
    with passage:
        parts = parts_of(passage)
        assert not passage.is_whole
        assert (await anext(parts), len(client.incoming)) == (b"a", 2)
        assert (await anext(parts), len(client.incoming)) == (b"b", 1)
        assert [part async for part in parts] == [b"c"]


async def test_who_leaves_at_once_is_gone() -> None:
    with pytest.raises(ClientDisconnect):
        await Passage(Client([DISCONNECT])).begin()


async def test_who_leaves_while_waiting_ends_it() -> None:
    client = Client([b""])
    passage = Passage(client)
    await passage.begin()
    client.gone.set()
    with pytest.raises(ClientDisconnect):
        await wait_within(passage)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_who_leaves_after_the_body_ends_it_too() -> None:
    client = Client([b"a", b"b"])
    passage = Passage(client)
    await passage.begin()

    async def read() -> None:
        with passage:
            assert [part async for part in parts_of(passage)] == [b"a", b"b"]
            client.gone.set()
            await asyncio.Event().wait()

    with pytest.raises(ClientDisconnect):
        await read()


async def test_what_stops_a_body_is_raised_although_another_task_reads_it() -> None:
    async def refuse() -> Message:
        if asks.pop():
            return {"type": "http.request", "body": b"a", "more_body": True}
        raise LookupError

    async def read() -> None:
        with pytest.raises(LookupError):
            assert [part async for part in parts_of(passage)]

    asks = [False, True]
    passage = Passage(refuse)
    await passage.begin()
    reader = asyncio.create_task(read())
    with pytest.raises(LookupError):
        await wait_within(passage)
    await reader


async def test_who_leaves_when_the_answer_is_there_changes_nothing() -> None:
    client = Client([b""])
    passage = Passage(client)
    await passage.begin()
    with passage:
        passage.answered()
        client.gone.set()
        for _ in range(5):
            await asyncio.sleep(0)
    assert passage.failure is None
