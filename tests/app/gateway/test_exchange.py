"""Bodies are limited, deadlines hold, failures become pages, and streams pass through as they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.config import GatewaySettings
from contracts.kit import current_context, remaining
from tests.app.gateway.door import DISCONNECT, echo, gateway, hello, request

LIMITED = GatewaySettings(max_body=1024)
IMPATIENT = GatewaySettings(request_deadline=0.05)
SLOW_BODY = GatewaySettings(receive_timeout=0.05)
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_body_within_the_limit_arrives_as_it_was_sent() -> None:
    response = await request(gateway(echo, LIMITED), "POST", body=[b"a" * 1000, b"b" * 24])
    assert response.body == b"a" * 1000 + b"b" * 24


async def test_a_body_is_counted_while_it_arrives() -> None:
    response = await request(gateway(echo, LIMITED), "POST", body=[b"a" * 1000, b"b" * 25, b"never read"])
    assert (response.status, response.complete) == (413, True)
    assert response.headers["connection"] == "close"
    assert b"1,024 bytes" in response.body


async def test_a_bff_that_turns_every_exception_into_a_page_cannot_hide_the_refusal() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await echo(scope, receive, send)
        except Exception:  # noqa: BLE001
            await send({**START, "status": 500})
            await send({"type": "http.response.body", "body": b"sorry"})

    response = await request(gateway(app, LIMITED), "POST", body=[b"a" * 1025])
    assert response.status == 413
    assert b"sorry" not in response.body


async def test_a_form_that_is_too_large_is_refused_behind_starlette() -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    app = Starlette(routes=[Route("/", page, methods=["POST"])])
    response = await request(gateway(app, LIMITED), "POST", body=[b"a" * 1025])
    assert response.status == 413


async def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    never_ends: Message = {"type": "http.request", "body": b"a", "more_body": True}
    response = await request(gateway(echo, SLOW_BODY), "POST", body=[never_ends])
    assert response.status == 408
    assert response.headers["connection"] == "close"


async def test_drop_by_drop_is_too_slow_as_well(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def drop() -> Message:
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"a", "more_body": True}

        await gateway(echo, SLOW_BODY)(scope, drop, send)

    assert (await request(app, "POST")).status == 408
    assert not caplog.records


async def test_a_body_that_arrived_does_not_time_out_while_the_page_listens_for_the_client() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.1)
        await hello(scope, receive, send)

    assert (await request(gateway(app, SLOW_BODY))).status == 200


async def test_a_page_that_waits_too_long_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    ended = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await forever()
        finally:
            ended.append(True)

    response = await request(gateway(app, IMPATIENT), url="/slow")
    assert (response.status, ended) == (504, [True])
    assert "GET /slow ran into the deadline" in caplog.text


async def test_a_page_that_turns_its_end_into_another_error_was_still_too_slow() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            raise RuntimeError("broken clean-up") from None

    assert (await request(gateway(app, IMPATIENT))).status == 504


async def test_a_page_may_use_its_end_to_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            await hello(scope, receive, send)

    response = await request(gateway(app, IMPATIENT))
    assert (response.status, response.body) == (200, b"hello")
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_failed_task_group_does_not_let_the_deadline_escape() -> None:
    async def fail() -> None:
        raise ValueError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                await forever()
        except* ValueError:
            pass
        await forever()

    assert (await request(gateway(app, IMPATIENT))).status == 504


async def test_the_calls_of_a_page_have_a_little_less_time_than_the_page() -> None:
    left: list[float | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        left.append(remaining())
        await hello(scope, receive, send)

    await request(gateway(app, GatewaySettings(request_deadline=100)))
    assert left[0] is not None
    assert 0 < left[0] <= 90
    assert remaining() is None


async def test_a_stream_goes_on_for_as_long_as_it_gets_on() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            await asyncio.sleep(0.06)
            yield b"part"

    response = await request(gateway(StreamingResponse(parts()), GatewaySettings(request_deadline=0.5)))
    assert (response.body, response.complete) == (b"part" * 10, True)
    assert len(response.messages) == 12


async def test_a_stream_that_hangs_is_cut_and_left_incomplete(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await forever()

    response = await request(gateway(app, IMPATIENT))
    assert (response.status, response.body, response.complete) == (200, b"part", False)
    assert "ran into the deadline" in caplog.text


async def test_parts_are_sent_when_they_come_and_not_gathered() -> None:
    first, go_on = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"1", "more_body": True})
        first.set()
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"2"})

    running = asyncio.create_task(request(gateway(app)))
    await first.wait()
    assert not running.done()
    go_on.set()
    assert (await running).body == b"12"


async def test_an_exception_becomes_a_page_with_the_request_id_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("the secret recipe")

    response = await request(gateway(app), url="/cake?code=hidden")
    assert response.status == 500
    request_id = response.headers["x-request-id"]
    assert request_id.encode() in response.body
    assert b"recipe" not in response.body
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == f"GET /cake failed ({request_id})"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


async def test_no_answer_at_all_is_a_failure_too(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        return

    assert (await request(gateway(app))).status == 500
    assert "GET / got no answer" in caplog.text


async def test_awaiting_something_that_was_cancelled_is_a_failure_and_no_cancellation() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    assert (await request(gateway(app))).status == 500


async def test_a_response_that_broke_off_is_left_incomplete(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError

    response = await request(gateway(app))
    assert (response.status, response.body, response.complete) == (200, b"half", False)
    assert "GET / failed" in caplog.text


async def test_cancellation_from_outside_goes_through() -> None:
    begun = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await forever()

    running = asyncio.create_task(request(gateway(app)))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_client_that_leaves_before_its_body_came_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def page(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    app = gateway(Starlette(routes=[Route("/", page, methods=["POST"])]))
    part: Message = {"type": "http.request", "body": b"a", "more_body": True}
    response = await request(app, "POST", body=[part, DISCONNECT])
    assert response.messages == []
    (record,) = caplog.records
    assert record.getMessage().startswith("POST / 499 ")


async def test_a_stream_ends_when_its_client_leaves() -> None:
    ended = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"part"
            await forever()
        finally:
            ended.append(True)

    response = await request(gateway(StreamingResponse(parts())), body=[b"", DISCONNECT])
    assert not response.complete
    assert ended == [True]


async def test_every_request_has_a_context_of_its_own() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(current_context().request_id)
        await hello(scope, receive, send)

    door = gateway(app)
    ids = [(await request(door)).headers["x-request-id"] for _ in range(2)]
    assert seen == ids
    assert len(set(ids)) == 2
    assert current_context().request_id == ""
