"""Who is let in, and in whose name: by a token, from this machine, or over a socket that is trusted."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.kit import current_actor
from contracts.kit.context import current_frame
from tests.app.gateway.door import request
from tests.app.runtime.builders import House
from tests.app.wire.door.builders import ABROAD, JSON, LOCAL, post, stage

URL = "/rpc/errand.v1/run"
Headers = tuple[tuple[bytes, bytes], ...]


def bearer(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", b"Bearer " + token.encode())


async def who() -> str:
    """Who calls, and who acts."""
    outer = current_frame()
    return f"{outer.route.caller} {current_actor().id or 'guest'}"


@pytest.mark.parametrize("url", [URL, "/rpc/", "/rpc", "/rpc/openapi.json", "/metrics", "/rpc/nothing/here"])
async def test_from_elsewhere_nothing_is_told_without_a_token(house: House, url: str) -> None:
    for method in ("GET", "POST"):
        response = await request(stage(house).door, method, url, (JSON,), client=ABROAD)
        assert (response.status, response.headers["www-authenticate"]) == (401, 'Bearer realm="freestone"')
        assert response.json["code"] == "call.permission_denied"


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer wrong",
        b"Bearer ",
        b"Bearer",
        b"Basic dXNlcjpwYXNz",
        b"the-token-of-orders",
        b"",
        b"Bearer a b",
        b"\xff",
    ],
)
async def test_a_wrong_token_is_refused_from_anywhere(house: House, header: bytes) -> None:
    for client in (LOCAL, ABROAD):
        response = await post(stage(house, who).door, URL, headers=((b"authorization", header),), client=client)
        assert response.status == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="freestone", error="invalid_token"'


async def test_no_token_is_no_token_where_none_was_set(house: House) -> None:
    for header in (b"Bearer", b"Bearer ", b"Bearer \x00"):
        headers = ((b"authorization", header),)
        assert (await post(stage(house).door, URL, headers=headers, client=ABROAD)).status == 401


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer   ", "BEARER "])
async def test_a_bearer_is_let_in_from_anywhere(house: House, scheme: str) -> None:
    headers = ((b"authorization", scheme.encode() + b"the-token-of-a-partner"), (b"x-forwarded-for", b"192.0.2.1"))
    response = await post(stage(house, who).door, URL, headers=headers, client=ABROAD, http_version="1.0")
    assert (response.status, response.json) == (200, "door guest")


async def test_a_modules_token_makes_calls_in_its_name_by_its_needs(house: House) -> None:
    door = stage(house, who).door
    assert (await post(door, URL, headers=(bearer("the-token-of-orders"),), client=ABROAD)).json == "orders guest"
    response = await post(door, URL, headers=(bearer("the-token-of-media"),), client=ABROAD)
    assert (response.status, response.json["code"]) == (403, "call.permission_denied")


async def test_a_modules_token_is_of_no_other_module(house: House) -> None:
    door = stage(house, who).door
    for token, named, status in (("orders", b"orders", 200), ("orders", b"media", 403), ("media", b"orders", 403)):
        headers = (bearer(f"the-token-of-{token}"), (b"freestone-caller", named))
        assert (await post(door, URL, headers=headers, client=ABROAD)).status == status


@pytest.mark.parametrize("headers", [(), (bearer("the-token-of-a-partner"),)])
async def test_who_is_no_module_is_none_by_its_word(house: House, headers: Headers) -> None:
    said: Headers = ((b"freestone-caller", b"orders"), *headers)
    assert (await post(stage(house, who).door, URL, headers=said)).json == "door guest"
    system = await post(stage(house, who).door, URL, headers=((b"freestone-system", b"1"), *said))
    assert (system.status, system.json["code"]) == (403, "call.permission_denied")


async def test_a_module_may_let_the_system_act_on_its_behalf_or_on_that_of_one_above_it(house: House) -> None:
    async def act(behalf: bytes) -> Any:
        headers = (bearer("the-token-of-orders"), (b"freestone-system", behalf))
        return (await post(stage(house, who).door, URL, headers=headers, client=ABROAD)).json

    assert await act(b"1") == "orders orders"
    assert await act(b"cart") == "orders cart"
    assert (await act(b"media"))["code"] == "call.permission_denied"
    assert (await act(b""))["code"] == "call.permission_denied"


@pytest.mark.parametrize("client", [("127.0.0.1", 1), ("127.8.9.10", 1), ("::1", 1), ("::ffff:127.0.0.1", 1)])
@pytest.mark.parametrize("host", [b"localhost", b"LocalHost:8000", b"127.0.0.1:8000", b"[::1]:8000"])
async def test_a_program_of_this_machine_is_let_in(house: House, client: Any, host: bytes) -> None:
    door = stage(house, who).door
    response = await request(door, "POST", URL, ((b"host", host), JSON), [b"{}"], client=client)
    assert (response.status, response.json) == (200, "door guest")


@pytest.mark.parametrize("client", [None, ("", 0), ("unix", 0), ("10.0.0.1", 1), ("128.0.0.1", 1), ("::2", 1)])
async def test_any_other_client_is_not(house: House, client: Any) -> None:
    assert (await post(stage(house).door, URL, client=client)).status == 401


@pytest.mark.parametrize(
    "host",
    [b"", b"shop.example", b"localhost.evil.example", b"127.0.0.1.evil.example", b"localhost:8000, x", b"localhost:"],
)
async def test_a_name_that_a_site_has_given_this_machine_is_not(house: House, host: bytes) -> None:
    response = await request(stage(house).door, "POST", URL, ((b"host", host), JSON), [b"{}"], client=LOCAL)
    assert response.status == 401


@pytest.mark.parametrize(
    "header",
    [
        (b"origin", b"https://evil.example"),
        (b"origin", b"null"),
        (b"origin", b"http://localhost:3000"),
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-site", b"same-site"),
        (b"X-Forwarded-For", b"127.0.0.1"),
        (b"x-forwarded-host", b"localhost"),
        (b"x-forwarded-anything", b""),
        (b"forwarded", b"for=127.0.0.1"),
        (b"via", b"1.1 proxy"),
        (b"x-real-ip", b"127.0.0.1"),
    ],
)
async def test_whom_a_browser_or_a_proxy_brings_along_is_not(house: House, header: tuple[bytes, bytes]) -> None:
    assert (await post(stage(house).door, URL, headers=(header,))).status == 401


async def test_whom_a_proxy_without_manners_brings_along_is_not(house: House) -> None:
    assert (await post(stage(house).door, URL, http_version="1.0")).status == 401
    assert (await post(stage(house).door, URL, http_version="2")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        ((b"sec-fetch-site", b"none"),),
        ((b"sec-fetch-site", b"same-origin"), (b"origin", b"http://localhost:8000")),
    ],
)
async def test_the_doors_own_page_in_a_browser_here_is(house: House, headers: Headers) -> None:
    assert (await post(stage(house).door, URL, headers=headers)).status == 200


async def test_nobody_is_without_a_token_where_the_settings_say_so(house: House) -> None:
    door = stage(house, who, local=False).door
    assert (await post(door, URL)).status == 401
    assert (await post(door, URL, headers=(bearer("the-token-of-a-partner"),))).status == 200


async def test_a_trusted_socket_believes_who_calls(house: House) -> None:
    door = stage(house, who, trusted=True).door
    assert (await post(door, URL, client=None)).json == "door guest"
    named = (b"freestone-caller", b"orders")
    assert (await post(door, URL, headers=(named, (b"freestone-system", b"1")), client=None)).json == "orders orders"
    host = ((b"freestone-caller", b"host"), (b"freestone-system", b"1"))
    assert (await post(door, URL, headers=host, client=None)).json == "host host"
    stranger = await post(door, URL, headers=((b"freestone-caller", b"stranger"),), client=None)
    assert (stranger.status, stranger.json["code"]) == (403, "call.permission_denied")


async def test_who_was_not_let_in_is_logged_in_one_line(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "freestone.door")
    response = await request(stage(house).door, "POST", "/rpc/a%0Aforged", path="/rpc/a\nforged", client=ABROAD)
    (line,) = caplog.messages
    assert line == f"198.51.100.7 was not let in: POST /rpc/a\\nforged ({response.headers['x-request-id']})"
