"""A stream comes as lines, each as soon as it is there, and ends when nobody reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message

from tests.app.gateway.door import Response
from tests.app.runtime.builders import House, Missing, Yield, until
from tests.app.wire.door.builders import HOST, JSON, LOCAL, Leaver, stage


def lines(response: Response) -> list[Any]:
    """Return what stood on each line; every line is whole."""
    assert response.body.endswith(b"\n") or not response.body
    return [json.loads(line) for line in response.body.splitlines()]


async def nothing() -> AsyncIterator[int]:
    for item in range(0):
        yield item


def failing_after(count: int, error: Exception) -> Yield:
    async def fail() -> AsyncIterator[int]:
        for item in range(count):
            yield item
        raise error

    return fail


async def test_each_item_is_a_line(house: House) -> None:
    response = await stage(house).post("flow")
    assert (response.status, response.headers["content-type"]) == (200, "application/x-ndjson")
    assert "content-length" not in response.headers
    assert lines(response) == [{"item": 0}, {"item": 1}, {"item": 2}]
    assert response.complete


async def test_a_stream_may_have_nothing(house: House) -> None:
    response = await stage(house, items=nothing).post("flow")
    assert (response.status, lines(response), response.complete) == (200, [], True)


@pytest.mark.parametrize(("error", "status"), [(Missing(id="7"), 409), (LookupError(), 500)])
async def test_a_failure_before_the_first_item_is_an_answer_of_its_own(
    house: House, error: Exception, status: int
) -> None:
    response = await stage(house, items=failing_after(0, error)).post("flow")
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")


async def test_a_failure_after_it_is_the_last_line(house: House) -> None:
    response = await stage(house, items=failing_after(2, Missing(id="7"))).post("flow")
    *items, last = lines(response)
    assert (response.status, items, list(last)) == (200, [{"item": 0}, {"item": 1}], ["problem"])
    assert (last["problem"]["code"], last["problem"]["fields"]) == ("errand.missing", {"id": "7"})
    assert (last["problem"]["status"], last["problem"]["request_id"]) == (409, response.headers["x-request-id"])
    assert response.complete


async def test_a_stream_that_is_not_allowed_or_came_too_late_does_not_begin(house: House) -> None:
    assert (await stage(house).post("leak")).status == 403
    assert (await stage(house).post("flow", headers=((b"freestone-deadline", b"0"),))).status == 504


async def test_a_deadline_ends_a_stream_that_waits(house: House) -> None:
    async def wait() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    response = await stage(house, items=wait).post("flow", headers=((b"freestone-deadline", b"0.1"),))
    assert [list(line) for line in lines(response)] == [["item"], ["problem"]]
    assert lines(response)[1]["problem"]["code"] == "call.timed_out"


async def test_an_item_is_sent_when_it_is_there_and_leaving_ends_the_stream(house: House) -> None:
    ended = asyncio.Event()

    async def wait() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            ended.set()

    set_, client = stage(house, items=wait), Leaver()
    calling = asyncio.create_task(client.call(set_.door, "/rpc/errand.v1/flow"))
    await until(lambda: len(client.messages) == 2)
    assert client.messages[1]["body"] == b'{"item":1}\n'
    assert not ended.is_set()
    client.left.set()
    await calling
    assert ended.is_set()
    assert not set_.bound.calls


async def test_a_client_that_does_not_read_is_given_up(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def endless() -> AsyncIterator[int]:
        while True:
            yield 1

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            await asyncio.Event().wait()

    bodies = [{"type": "http.request", "body": b"{}"}]

    async def receive() -> Message:
        if not bodies:
            await asyncio.Event().wait()
        return bodies.pop()

    set_ = stage(house, items=endless, patience=0.05)
    url = "/rpc/errand.v1/flow"
    scope = {"type": "http", "method": "POST", "path": url, "headers": [HOST, JSON], "client": LOCAL}
    await set_.door(scope, receive, send)
    assert len(sent) == 4
    assert sent[-1]["more_body"]
    assert f"POST {url} was given up" in caplog.text
    await until(lambda: not set_.bound.calls)


async def test_an_item_that_json_cannot_say_is_the_last(house: House) -> None:
    async def odd() -> AsyncIterator[Any]:
        yield 1
        yield "\ud800"
        yield 2

    response = await stage(house, items=odd).post("flow")
    first, last = lines(response)
    assert (first, last["problem"]["code"]) == ({"item": 1}, "call.internal")
