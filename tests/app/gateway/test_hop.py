"""Which headers go on past the gateway, in both directions, and which it writes itself."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from app.gateway.hop import Pair, end_to_end, request_headers, response_headers

HOST = (b"host", b"shop.example")
COOKIE = (b"cookie", b"a=1")
SCOPE: Scope = {"scheme": "https", "client": ("198.51.100.7", 40000)}


def passed_on(*headers: Pair) -> list[Pair]:
    return request_headers({**SCOPE, "headers": headers}, "0123", 1.5)


@pytest.mark.parametrize(
    "name",
    [
        b"Connection",
        b"Keep-Alive",
        b"Proxy-Authenticate",
        b"Proxy-Authorization",
        b"Proxy-Connection",
        b"TE",
        b"Trailer",
        b"Transfer-Encoding",
        b"Upgrade",
    ],
)
def test_what_is_for_one_connection_ends_there(name: bytes) -> None:
    assert end_to_end([COOKIE, (name, b"x")]) == [COOKIE]


def test_what_the_connection_header_names_ends_there_too() -> None:
    named = [(b"Connection", b"close, X-One ,x-two"), (b"connection", b"X-Three")]
    assert end_to_end([*named, (b"x-one", b"1"), (b"X-Two", b"2"), (b"x-three", b"3"), COOKIE]) == [COOKIE]


def test_the_rest_keeps_its_order_and_its_repetitions() -> None:
    pairs = [(b"Set-Cookie", b"a=1"), (b"x", b""), (b"set-cookie", b"b=2"), (b"Set-Cookie", b"a=1")]
    assert end_to_end(pairs) == [(name.lower(), value) for name, value in pairs]


@pytest.mark.parametrize(
    "name",
    [
        b"Forwarded",
        b"Via",
        b"X-Real-IP",
        b"X-Forwarded-For",
        b"X-Forwarded-Proto",
        b"X-Forwarded-Host",
        b"X-Forwarded-Port",
        b"X-Request-ID",
        b"Freestone-Deadline",
        b"Freestone-Root",
        b"Freestone-Actor",
        b"Freestone-System",
        b"Freestone-Caller",
        b"Expect",
    ],
)
def test_what_the_gateway_alone_may_say_is_not_believed_of_others(name: bytes) -> None:
    assert b"forged" not in dict(passed_on(HOST, (name, b"forged"))).values()


def test_the_gateway_says_what_it_knows() -> None:
    assert passed_on(HOST, COOKIE) == [
        COOKIE,
        HOST,
        (b"x-forwarded-host", b"shop.example"),
        (b"x-forwarded-proto", b"https"),
        (b"x-request-id", b"0123"),
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"freestone-deadline", b"1.500000"),
    ]


def test_nobody_can_take_away_what_it_says_by_naming_it_in_the_connection_header() -> None:
    names = b"x-forwarded-for, x-forwarded-host, x-forwarded-proto, x-request-id, freestone-deadline, host"
    found = dict(passed_on(HOST, (b"connection", names)))
    assert found.keys() >= {b"x-forwarded-for", b"x-forwarded-proto", b"x-request-id", b"freestone-deadline"}
    assert found[b"host"] == found[b"x-forwarded-host"] == b"shop.example"


def test_a_client_without_an_address_and_a_request_without_a_deadline_are_said_nothing_of() -> None:
    headers = request_headers({**SCOPE, "headers": [HOST], "client": None}, "0123", None)
    assert {b"x-forwarded-for", b"freestone-deadline"}.isdisjoint(dict(headers))


def test_what_the_server_before_the_gateway_says_itself_is_left_to_it() -> None:
    headers = [(b"Date", b"today"), (b"Server", b"uvicorn"), (b"Content-Length", b"5"), (b"ETag", b'"x"')]
    assert response_headers(headers, 200) == [(b"content-length", b"5"), (b"etag", b'"x"')]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_length(status: int) -> None:
    assert response_headers([(b"content-length", b"5"), (b"etag", b'"x"')], status) == [(b"etag", b'"x"')]


def test_a_bff_below_a_path_of_its_own_is_told_so() -> None:
    below = request_headers({**SCOPE, "headers": [HOST], "root_path": "/api"}, "0123", None)
    assert dict(below)[b"freestone-root"] == b"/api"
