"""A BFF in another process answers through the gateway as if it ran in this one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from app.config import GatewaySettings
from tests.app.gateway.backends import OK, behaving, proxying, serving
from tests.app.gateway.door import HOST, echo, request

Headers = list[tuple[bytes, bytes]]


def answer(status: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 " + status, *headers, b"content-length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


async def test_a_page_comes_through(tmp_path: Path) -> None:
    page = answer(b"200 OK", b"Content-Type: text/plain", b'ETag: "1"', body=b"hello")
    async with behaving(page, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door, url="/products?q=mug", headers=[HOST, (b"accept", b"*/*")])
    assert (response.status, response.body, response.complete) == (200, b"hello", True)
    assert response.headers["content-type"] == "text/plain"
    assert response.headers["etag"] == '"1"'
    assert response.headers["x-content-type-options"] == "nosniff"
    assert backend.lines == [b"GET /web/shop/products?q=mug HTTP/1.1"]
    assert backend.values(b"accept") == [b"*/*"]
    assert backend.values(b"user-agent") == backend.values(b"accept-encoding") == []


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "//",
        "/a%2Fb",
        "/a/../../rpc/catalog.v1/get_product",
        "/%2e%2e/%2E%2E/rpc/",
        "/a/./b//c/",
        "/%C3%A4/%E2%82%AC",
        "/caf\u00c3\u00a9",
        "/a;b=c,d:@!$&'()*+~",
        '/"<>[]^`{|}\\',
        "/%zz%",
        "/a?",
        "/a?b?c=/d/../e&f=%zz&g=a+b%20c",
        "/?q=\u00e2\u0082\u00ac'\"<>",
        "http://evil.example/",
    ],
)
async def test_an_address_arrives_as_it_was_written(tmp_path: Path, url: str) -> None:
    async with behaving(OK, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door, url=url if url.startswith("/") else "/" + url)
    assert response.status == 200
    wanted = url.encode("latin-1") if url.startswith("/") else b"/" + url.encode()
    assert backend.lines == [b"GET /web/shop" + wanted.removesuffix(b"?") + b" HTTP/1.1"]


async def test_headers_arrive_with_their_repetitions(tmp_path: Path) -> None:
    headers = [HOST, (b"x-two", b"1"), (b"cookie", b"a=1; b=\xc3\xa4"), (b"x-two", b"2"), (b"x-empty", b"")]
    async with behaving(OK, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        await request(door, headers=headers)
    assert backend.values(b"x-two") == [b"1", b"2"]
    assert backend.values(b"cookie") == [b"a=1; b=\xc3\xa4"]
    assert backend.values(b"x-empty") == [b""]
    assert backend.values(b"host") == [b"shop.example"]


async def test_a_header_that_is_no_utf_8_arrives_as_what_it_meant(tmp_path: Path) -> None:
    async with behaving(OK, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        await request(door, headers=[HOST, (b"cookie", b"session=1; name=caf\xe9")])
    assert backend.values(b"cookie") == ["session=1; name=café".encode()]


async def test_what_comes_from_outside_cannot_pose_as_the_gateway(tmp_path: Path) -> None:
    forged = [
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"X-Forwarded-Proto", b"https"),
        (b"x-forwarded-host", b"evil.example"),
        (b"x-request-id", b"forged"),
        (b"freestone-deadline", b"99999"),
        (b"Freestone-Actor", b"forged"),
        (b"forwarded", b"for=127.0.0.1"),
        (b"connection", b"x-forwarded-for, freestone-deadline"),
    ]
    async with behaving(OK, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door, headers=[HOST, *forged])
    assert backend.values(b"x-forwarded-for") == [b"198.51.100.7"]
    assert backend.values(b"x-forwarded-proto") == [b"http"]
    assert backend.values(b"x-forwarded-host") == [b"shop.example"]
    assert backend.values(b"x-request-id") == [response.headers["x-request-id"].encode()]
    (deadline,) = backend.values(b"freestone-deadline")
    assert 0 < float(deadline) <= GatewaySettings().request_deadline
    assert b"forged" not in backend.heads[0]
    assert backend.values(b"forwarded") == backend.values(b"connection") == []


async def test_an_upgrade_is_not_passed_on(tmp_path: Path) -> None:
    headers = [HOST, (b"connection", b"Upgrade, HTTP2-Settings"), (b"upgrade", b"h2c"), (b"http2-settings", b"x")]
    async with behaving(OK, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        assert (await request(door, headers=headers)).status == 200
    for name in (b"connection", b"upgrade", b"http2-settings"):
        assert backend.values(name) == []


async def test_an_answer_arrives_as_it_was_given(tmp_path: Path) -> None:
    packed = gzip.compress(b"hello")
    headers = (b"Set-Cookie: a=1", b"Content-Encoding: gzip", b"X-Name: caf\xe9", b"set-cookie: b=2", b"Location: /x")
    raw = answer(b"302 Found", *headers, b"Connection: x-secret", b"X-Secret: 1", b"Keep-Alive: 5", body=packed)
    async with behaving(raw, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        first = await request(door)
        await request(door)
    pairs = first.messages[0]["headers"]
    assert [value for name, value in pairs if name == b"set-cookie"] == [b"a=1", b"b=2"]
    assert (b"x-name", b"caf\xe9") in pairs
    assert (b"content-length", b"%d" % len(packed)) in pairs
    assert {b"connection", b"x-secret", b"keep-alive"}.isdisjoint(dict(pairs))
    assert (first.status, first.body) == (302, packed)
    assert len(backend.heads) == 2, "the redirect was followed"
    assert backend.values(b"cookie") == []


@pytest.mark.parametrize(
    ("method", "raw"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\ncontent-length: 1234\r\n\r\n'),
    ],
)
async def test_answers_that_have_no_body_end_at_once(tmp_path: Path, method: str, raw: bytes) -> None:
    async with behaving(raw, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        responses = [await request(door, method) for _ in range(2)]
    for response in responses:
        assert (response.body, response.complete) == (b"", True)
        assert response.headers.get("content-length") == ("1234" if method == "HEAD" else None)
    assert backend.connections == 1, "the connection was not kept"


async def test_what_is_said_before_the_answer_is_passed_over(tmp_path: Path) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
    async with behaving(early + OK, tmp_path / "s"), proxying(tmp_path / "s") as door:
        response = await request(door)
    assert (response.status, response.body) == (200, b"ok")


@pytest.mark.parametrize(
    ("method", "headers", "body", "framing"),
    [
        ("GET", [], [b""], {}),
        ("POST", [], [b""], {b"content-length": b"0"}),
        ("POST", [(b"content-length", b"3")], [b"abc"], {b"content-length": b"3"}),
        ("POST", [(b"transfer-encoding", b"chunked")], [b"abc"], {b"content-length": b"3"}),
        ("PUT", [(b"content-length", b"6")], [b"abc", b"def"], {b"content-length": b"6"}),
        ("POST", [(b"transfer-encoding", b"chunked")], [b"abc", b"def"], {b"transfer-encoding": b"chunked"}),
        ("DELETE", [(b"content-length", b"3")], [b"abc"], {b"content-length": b"3"}),
        ("GET", [(b"transfer-encoding", b"chunked")], [b"a", b"", b"b"], {b"transfer-encoding": b"chunked"}),
    ],
)
async def test_a_body_arrives_whole_however_it_comes(
    tmp_path: Path, method: str, headers: Headers, body: list[bytes], framing: dict[bytes, bytes]
) -> None:
    seen: dict[bytes, bytes] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope["headers"])
        await echo(scope, receive, send)

    async with serving(app, tmp_path / "s"), proxying(tmp_path / "s") as door:
        response = await request(door, method, headers=[HOST, *headers], body=body)
    assert response.body == b"".join(body)
    assert {name: seen[name] for name in (b"content-length", b"transfer-encoding") if name in seen} == framing
    assert b"content-type" not in seen
