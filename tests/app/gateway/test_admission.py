"""What is malformed, too large, for another host or from another site is turned away before a BFF sees it."""

from __future__ import annotations

import pytest
from starlette.types import Receive, Scope, Send

from app.config import GatewaySettings
from app.setting_types import PublicUrl
from tests.app.gateway.door import HOST, gateway, hello, request

PUBLIC = GatewaySettings(public_url=PublicUrl("https://shop.example"))
COOKIE = (b"cookie", b"session=1")

Headers = list[tuple[bytes, bytes]]


async def unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the BFF was reached")


async def admitted(method: str, headers: Headers, settings: GatewaySettings | None = None) -> bool:
    """Whether a request gets to the BFF; otherwise it is forbidden."""
    status = (await request(gateway(hello, settings), method, headers=[HOST, *headers])).status
    assert status in {200, 403}
    return status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
async def test_ordinary_methods_are_let_in(method: str) -> None:
    assert await admitted(method, [])


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
async def test_methods_that_are_never_served_are_told_so(method: str) -> None:
    response = await request(gateway(unreachable), method)
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"


@pytest.mark.parametrize("method", ["BREW", "get"])
async def test_unknown_methods_are_told_so(method: str) -> None:
    assert (await request(gateway(unreachable), method)).status == 501


@pytest.mark.parametrize("url", ["/" + "a" * 8192, "/?" + "a" * 8192])
async def test_a_long_url_is_refused(url: str) -> None:
    assert (await request(gateway(unreachable), url=url)).status == 414
    assert (await request(gateway(hello), url=url[:8192])).status == 200


async def test_too_many_or_too_long_headers_are_refused() -> None:
    assert (await request(gateway(unreachable), headers=[HOST, *[(b"x", b"")] * 100])).status == 431
    assert (await request(gateway(unreachable), headers=[HOST, (b"x", b"y" * 32768)])).status == 431
    assert (await request(gateway(hello), headers=[HOST, *[(b"x", b"y" * 300)] * 99])).status == 200


@pytest.mark.parametrize("url", ["/%ff", "/%C3%28", "/\xff", "/?q=%ff", "/?q=%E0%A4", "/%00", "/?q=%00", "/?q=\xff"])
async def test_an_address_that_is_no_text_is_refused(url: str) -> None:
    assert (await request(gateway(unreachable), url=url)).status == 400


@pytest.mark.parametrize("url", ["/%C3%A4", "/?q=%E2%82%AC", "/a%2Fb", "/?q=100%", "/%zz", "/?text=a%0Ab"])
async def test_an_address_with_escapes_is_let_in(url: str) -> None:
    assert (await request(gateway(hello), url=url)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"")],
        [(b"host", b"shop example")],
        [(b"host", b"shop.example/path")],
        [(b"host", b"user@shop.example")],
        [(b"host", b"shop.example:http")],
        [(b"host", b"shop.example:123456")],
        [(b"host", b"shop.example\r\nx: y")],
        [(b"host", b"[::1")],
        [(b"host", b"\xff")],
        [HOST, HOST],
        [HOST, (b"Host", b"evil.example")],
    ],
)
async def test_a_missing_or_garbled_host_is_refused(headers: Headers) -> None:
    assert (await request(gateway(unreachable), headers=headers)).status == 400


@pytest.mark.parametrize("host", [b"localhost:8000", b"127.0.0.1", b"[::1]:8000", b"my_shop", b"SHOP.example."])
async def test_any_clear_host_is_let_in_without_a_public_url(host: bytes) -> None:
    assert (await request(gateway(hello), headers=[(b"Host", host)])).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"shop.example", 200),
        (b"Shop.Example", 200),
        (b"shop.example:443", 200),
        (b"shop.example:80", 421),
        (b"evil.example", 421),
        (b"shop.example.evil.example", 421),
    ],
)
async def test_with_a_public_url_only_its_host_is_served(host: bytes, status: int) -> None:
    assert (await request(gateway(hello, PUBLIC), headers=[(b"host", host)])).status == status


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"0", 200),
        (b"1048576", 200),
        (b"1048577", 413),
        (b"9" * 5000, 413),
        (b"-1", 400),
        (b"1e3", 400),
        (b"", 400),
        (b"\xb2", 400),
    ],
)
async def test_a_declared_length_is_checked_before_anything_is_received(length: bytes, status: int) -> None:
    response = await request(gateway(hello), "POST", headers=[HOST, (b"Content-Length", length)], body=[])
    assert response.status == status
    assert response.headers.get("connection") == ("close" if status == 413 else None)


async def test_two_lengths_are_refused() -> None:
    headers = [HOST, (b"content-length", b"1"), (b"content-length", b"2")]
    assert (await request(gateway(unreachable), "POST", headers=headers)).status == 400


@pytest.mark.parametrize("settings", [None, PUBLIC])
@pytest.mark.parametrize(
    ("site", "expected"),
    [(b"same-origin", True), (b"none", True), (b"same-site", False), (b"cross-site", False), (b"nonsense", False)],
)
async def test_the_browsers_word_on_where_a_form_came_from_decides(
    settings: GatewaySettings | None, site: bytes, expected: bool
) -> None:
    own_origin = (b"origin", b"https://shop.example")
    assert await admitted("POST", [(b"Sec-Fetch-Site", site), own_origin, COOKIE], settings) is expected


@pytest.mark.parametrize("settings", [None, PUBLIC])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"origin", b"https://shop.example")], True),
        ([(b"Origin", b"HTTPS://SHOP.EXAMPLE:443")], True),
        ([(b"referer", b"https://shop.example/cart?x=1")], True),
        ([(b"origin", b"https://shop.example"), (b"referer", b"https://evil.example/")], True),
        ([(b"origin", b"null")], False),
        ([(b"origin", b"")], False),
        ([(b"origin", b"https://evil.example")], False),
        ([(b"origin", b"https://shop.example:444")], False),
        ([(b"origin", b"https://shop.example.evil.example")], False),
        ([(b"origin", b"https://shop.example"), (b"origin", b"https://evil.example")], False),
        ([(b"referer", b"https://shop.example@evil.example/")], False),
        ([(b"referer", b"https://evil.example/https://shop.example/")], False),
        ([(b"referer", b"/cart")], False),
        ([], False),
    ],
)
async def test_otherwise_the_origin_must_be_ours(
    settings: GatewaySettings | None, method: str, headers: Headers, expected: bool
) -> None:
    assert await admitted(method, [*headers, COOKIE], settings) is expected


async def test_with_a_public_url_the_origins_scheme_counts_too() -> None:
    origin = (b"origin", b"http://shop.example")
    assert not await admitted("POST", [origin], PUBLIC)
    assert await admitted("POST", [origin])


async def test_what_comes_from_no_browser_is_let_in_without_a_cookie() -> None:
    assert await admitted("POST", [(b"authorization", b"Bearer x")])
    assert not await admitted("POST", [(b"authorization", b"Bearer x"), (b"Cookie", b"session=1")])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_safe_methods_may_come_from_anywhere(method: str) -> None:
    headers = [(b"sec-fetch-site", b"cross-site"), (b"origin", b"https://evil.example"), COOKIE]
    assert await admitted(method, headers)
