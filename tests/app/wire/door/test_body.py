"""A body is JSON, not larger than may be, and does not take for ever."""

from __future__ import annotations

import pytest

from app.wire.door.door import Door
from tests.app.gateway.door import DISCONNECT, Response, request
from tests.app.runtime.builders import House
from tests.app.wire.door.builders import HOST, JSON, LOCAL, stage

URL = "/rpc/errand.v1/once"
BODY = b'{"what":"!"}'


async def send(door: Door, *parts: object, headers: tuple[tuple[bytes, bytes], ...] = (JSON,)) -> Response:
    return await request(door, "POST", URL, (HOST, *headers), parts, client=LOCAL)  # type: ignore[arg-type]


async def test_a_body_may_come_in_parts(house: House) -> None:
    assert (await send(stage(house).door, BODY[:3], b"", BODY[3:], b"")).json == "done !"


@pytest.mark.parametrize(
    "kind", [b"application/json", b"Application/JSON; charset=UTF-8", b'application/json;charset="utf-8"']
)
async def test_json_is_called_json(house: House, kind: bytes) -> None:
    assert (await send(stage(house).door, BODY, headers=((b"content-type", kind),))).status == 200


@pytest.mark.parametrize(
    "kind",
    [
        None,
        b"",
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"text/plain, application/json",
        b"application/json; charset=latin-1",
    ],
)
async def test_anything_else_is_not_taken(house: House, kind: bytes | None) -> None:
    response = await send(stage(house).door, BODY, headers=() if kind is None else ((b"content-type", kind),))
    assert (response.status, response.json["code"]) == (415, "call.invalid_argument")


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(house: House) -> None:
    door = stage(house, max_body=20).door
    for length in (b"21", b"9" * 5000):
        response = await request(door, "POST", URL, (HOST, JSON, (b"content-length", length)), [], client=LOCAL)
        assert (response.status, response.headers["connection"]) == (413, "close")


async def test_a_body_that_becomes_too_large_is_not_read_to_its_end(house: House) -> None:
    door = stage(house, max_body=20).door
    response = await send(door, b" " * 20, b" ", BODY)
    assert (response.status, response.json["code"]) == (413, "call.invalid_argument")
    assert (await send(door, b" " * 8, BODY)).status == 200


async def test_a_body_that_does_not_come_is_given_up(house: House) -> None:
    door = stage(house, patience=0.01).door
    response = await send(door, {"type": "http.request", "body": BODY[:3], "more_body": True})
    assert (response.status, response.json["code"], response.headers["connection"]) == (
        408,
        "call.unavailable",
        "close",
    )
    assert response.json["fields"]["may_have_executed"] is False


async def test_a_client_that_leaves_before_its_body_is_complete_gets_no_answer(house: House) -> None:
    async def never() -> str:
        raise AssertionError("it was called")

    response = await send(
        stage(house, never).door, {"type": "http.request", "body": BODY, "more_body": True}, DISCONNECT
    )
    assert response.messages == []
