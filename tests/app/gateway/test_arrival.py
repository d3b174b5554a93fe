"""Both ends of the reverse proxy: a page made in another process sees what it would see at the gateway."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import GatewaySettings
from app.gateway import Gateway
from app.gateway.arrival import Arrivals
from app.gateway.hop import end_to_end, without_hearsay
from app.gateway.upstream import Upstream
from contracts.kit import current_actor, current_context, remaining
from tests.app.gateway.backends import serving
from tests.app.gateway.door import HOST, Response, Slot, gateway, hello, request
from tests.app.gateway.door import serving as status

SEEN = ("method", "path", "raw_path", "query_string", "root_path", "scheme")


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what a page may look at."""
    seen: dict[str, Any] = {name: str(scope[name]) for name in SEEN}
    seen["client"] = scope["client"][0]
    seen["headers"] = sorted(
        f"{name}: {value}" for name, value in scope["headers"] if name not in (b"content-length", b"transfer-encoding")
    )
    seen["request"], seen["actor"] = current_context().request_id, repr(current_actor())
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    seen["body"] = body.decode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


@asynccontextmanager
async def apart(
    app: ASGIApp | None, folder: Path, path: str = "/", settings: GatewaySettings | None = None
) -> AsyncIterator[Gateway]:
    """A gateway whose BFF runs behind a socket, with the settings that both sides share."""
    settings = settings or GatewaySettings()
    upstream = Upstream("shop", lambda: [folder / "s"])
    slots = (Slot(path, upstream),)
    async with serving(Arrivals(settings, {"shop": app}.get), folder / "s"):
        try:
            yield Gateway(settings, lambda: slots, status)
        finally:
            await upstream.close()


def told(response: Response) -> tuple[int, dict[str, str], Any]:
    """What came back, but for what is each request's own."""
    headers = {
        name: value for name, value in response.headers.items() if name not in ("x-request-id", "content-length")
    }
    own = response.headers["x-request-id"]
    assert response.complete
    return response.status, headers, response.body.decode().replace(own, "<id>")


@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        ("GET", "/", [], [b""]),
        ("GET", "/a%2Fb/../%C3%A4//?q=%zz&q=2", [(b"cookie", b"a=1"), (b"x-two", b"1"), (b"x-two", b"2")], [b""]),
        ("POST", "/checkout", [(b"content-length", b"3"), (b"freestone-root", b"/evil")], [b"abc"]),
        ("PUT", "/%2e%2e/web/other/", [(b"x-forwarded-for", b"127.0.0.1"), (b"via", b"x")], [b"abc", b"def"]),
    ],
)
@pytest.mark.parametrize("path", ["/", "/shop/"])
async def test_a_page_sees_the_same_in_either_place(
    tmp_path: Path, path: str, method: str, url: str, headers: list[tuple[bytes, bytes]], body: list[bytes]
) -> None:
    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        await mirror({**scope, "headers": without_hearsay(end_to_end(scope["headers"]))}, receive, send)

    settings = GatewaySettings()
    here = Gateway(settings, lambda: (Slot(path, plain),), status)
    async with apart(mirror, tmp_path, path) as there:
        full = path.rstrip("/") + url
        decoded = unquote(full.partition("?")[0])
        asked = [await request(door, method, full, [HOST, *headers], body, path=decoded) for door in (here, there)]
    assert told(asked[0]) == told(asked[1])
    assert asked[1].json["client"] == "198.51.100.7"


async def test_a_page_that_fails_is_told_and_logged_where_it_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("the secret recipe")

    here = await request(gateway(fail), url="/cake")
    async with apart(fail, tmp_path) as door:
        there = await request(door, url="/cake")
    assert told(here) == told(there)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [f"GET /cake failed ({each.headers['x-request-id']})" for each in (here, there)]


async def test_a_module_that_does_not_serve_there_is_out_of_service_here(tmp_path: Path) -> None:
    here = await request(Gateway(GatewaySettings(), lambda: (Slot("/", None),), status))
    async with apart(None, tmp_path) as door:
        there = await request(door)
    assert told(here) == told(there)
    assert there.status == 503


@pytest.mark.parametrize(
    "url", ["/web/shop/", "/web/shop/../other/", "/web/%6fther/", "/web/shop/%2e%2e/other/", "/web/"]
)
async def test_another_modules_pages_are_not_had_by_a_way_round(url: str) -> None:
    arrivals = Arrivals(GatewaySettings(), {"other": hello}.get)
    assert (await request(arrivals, url=url, path=unquote(url))).status == 503
    assert (await request(arrivals, url="/web/other/")).status == 200


async def test_where_nothing_is_said_the_settings_hold() -> None:
    seen: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope, seconds=remaining(), id=current_context().request_id)
        await hello(scope, receive, send)

    headers = [HOST, (b"freestone-deadline", b"soon")]
    await request(Arrivals(GatewaySettings(request_deadline=10), {"shop": app}.get), url="/web/shop/", headers=headers)
    assert 0 < seen["seconds"] <= 9
    assert (len(seen["id"]), seen["scheme"], seen["client"], seen["root_path"]) == (16, "http", None, "")


async def test_the_calls_of_a_page_have_the_time_that_the_gateway_gives(tmp_path: Path) -> None:
    left: list[float | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        left.append(remaining())
        await hello(scope, receive, send)

    async with apart(app, tmp_path, settings=GatewaySettings(request_deadline=100)) as door:
        await request(door)
    assert left[0] is not None
    assert 0 < left[0] <= 90


async def test_a_page_that_takes_too_long_is_ended_where_it_runs(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with apart(app, tmp_path, settings=GatewaySettings(request_deadline=0.1)) as door:
        response = await request(door)
        await ended.wait()
    assert response.status == 504
