"""The way to the BFFs: routes, headers, health, the gateway's own pages, the access log."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import GatewaySettings
from app.gateway import Gateway, ModuleStatus, Status
from app.setting_types import Network, PublicUrl
from tests.app.gateway.door import HOST, Slot, gateway, hello, request, serving

HTTPS = GatewaySettings(public_url=PublicUrl("https://shop.example"))
BEHIND_PROXY = GatewaySettings(trusted_proxies=(Network("10.0.0.0/8"), Network("fd00::/8")))


def named(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"{name} {scope['root_path']}")(scope, receive, send)

    return app


def house(*slots: Slot) -> Gateway:
    return Gateway(GatewaySettings(), lambda: slots, serving)


async def show(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"{scope['scheme']} {scope['client'][0]}")(scope, receive, send)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", b"store "),
        ("/apis", b"store "),
        ("/api", b"api /api"),
        ("/api/", b"api /api"),
        ("/api/products", b"api /api"),
        ("/api/v2/products", b"api2 /api/v2"),
        ("/API", b"store "),
    ],
)
async def test_the_longest_path_that_fits_wins(path: str, answer: bytes) -> None:
    door = house(Slot("/api", named("api")), Slot("/", named("store")), Slot("/api/v2/", named("api2")))
    assert (await request(door, url=path)).body == answer


async def test_a_bff_knows_its_own_paths_only() -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(str(request.url_for("product", id=7)))

    app = Starlette(routes=[Route("/products/{id}", page, name="product")])
    response = await request(house(Slot("/api", app)), url="/api/products/7")
    assert response.body == b"http://shop.example/api/products/7"


async def test_nothing_at_an_address_is_a_page() -> None:
    assert (await request(house(Slot("/api", hello)), url="/")).status == 404


async def test_nothing_at_an_address_may_be_a_bff_that_is_not_even_known() -> None:
    slots = (Slot("/api", hello),)
    door = Gateway(GatewaySettings(), lambda: slots, lambda: Status(ready=False, modules=()))
    assert (await request(door, url="/")).status == 503
    assert (await request(door, url="/api")).status == 200


async def test_a_bff_out_of_service_is_a_page_and_routes_may_come_and_go() -> None:
    slot = Slot("/", None)
    door = house(slot)
    assert (await request(door)).status == 503
    slot.app = hello
    assert (await request(door)).status == 200


async def test_every_response_tells_the_browser_what_is_allowed() -> None:
    headers = (await request(gateway(hello))).headers
    assert headers["content-type"] == "text/plain"
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


async def test_the_gateways_own_pages_tell_it_too() -> None:
    for url in ("/missing", "/healthz", "/readyz"):
        headers = (await request(house(), url=url)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_https_is_insisted_on_where_people_come_by_it() -> None:
    assert "strict-transport-security" in (await request(gateway(hello, HTTPS))).headers
    plain = GatewaySettings(public_url=PublicUrl("http://shop.example"))
    assert "strict-transport-security" not in (await request(gateway(hello, plain))).headers


async def test_a_bff_may_say_otherwise() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"Content-Security-Policy", b"img-src *")]}
        )
        await send({"type": "http.response.body"})

    headers = (await request(gateway(app))).headers
    assert headers["Content-Security-Policy"] == "img-src *"
    assert "content-security-policy" not in headers
    assert "x-content-type-options" in headers


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/html; charset=utf-8"),
        (b"*/*", "text/html; charset=utf-8"),
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        (b"application/json", "application/problem+json"),
        (b"application/problem+json", "application/problem+json"),
        (b"text/html;q=0.5, application/json", "application/problem+json"),
        (b"application/*;q=0.9, text/*;q=0.8", "application/problem+json"),
        (b"*/*, text/html;q=0", "application/problem+json"),
        (b"application/json;q=nonsense", "text/html; charset=utf-8"),
        (b";;q=,,\xff", "text/html; charset=utf-8"),
    ],
)
async def test_a_page_is_html_unless_json_is_preferred(accept: bytes | None, kind: str) -> None:
    headers = [HOST] if accept is None else [HOST, (b"Accept", accept)]
    response = await request(house(), headers=headers)
    assert response.headers["content-type"] == kind
    assert int(response.headers["content-length"]) == len(response.body)


async def test_a_problem_says_what_happened() -> None:
    response = await request(house(), headers=[HOST, (b"accept", b"application/json")])
    assert response.json == {
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "request_id": response.headers["x-request-id"],
    }


async def test_a_page_is_complete_in_itself_and_its_style_allowed() -> None:
    response = await request(house())
    page = response.body.decode()
    style = re.search(r"<style>(.*)</style>", page)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in response.headers["content-security-policy"]
    assert '<html lang="en">' in page
    assert "There is nothing at this address." in page
    assert response.headers["x-request-id"] in page
    assert "src=" not in page


async def test_a_head_request_gets_the_pages_headers_alone() -> None:
    response = await request(house(), "HEAD")
    assert (response.status, response.body, response.complete) == (404, b"", True)
    assert int(response.headers["content-length"]) > 0


async def test_alive_is_answered_whatever_the_host_is_called() -> None:
    response = await request(gateway(hello, HTTPS), url="/healthz", headers=[])
    assert (response.status, response.body) == (200, b"ok\n")
    assert (await request(house(), "POST", "/healthz")).status == 405


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_ready_lists_the_modules_with_their_reasons(ready: bool, status: int) -> None:
    modules = (
        ModuleStatus("cart", "quarantined", "module cart could not be built: x"),
        ModuleStatus("catalog", "serving"),
    )
    door = Gateway(GatewaySettings(), lambda: (), lambda: Status(ready, modules))
    response = await request(door, url="/readyz", headers=[])
    assert (response.status, response.headers["content-type"]) == (status, "application/json")
    assert response.json == {
        "ready": ready,
        "modules": [
            {"name": "cart", "state": "quarantined", "reason": "module cart could not be built: x"},
            {"name": "catalog", "state": "serving"},
        ],
    }


async def test_a_clients_word_on_ids_and_addresses_is_not_believed() -> None:
    claims = [
        HOST,
        (b"x-request-id", b"mine"),
        (b"x-forwarded-for", b"203.0.113.1"),
        (b"x-forwarded-proto", b"https"),
    ]
    for settings in (GatewaySettings(), BEHIND_PROXY):
        response = await request(gateway(show, settings), headers=claims)
        assert response.body == b"http 198.51.100.7"
        assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"])
async def test_a_trusted_proxys_word_is_believed(peer: str) -> None:
    headers = [
        HOST,
        (b"X-Request-ID", b"from-proxy.1"),
        (b"X-Forwarded-For", b"203.0.113.1"),
        (b"X-Forwarded-Proto", b"https"),
    ]
    response = await request(gateway(show, BEHIND_PROXY), headers=headers, client=(peer, 1))
    assert response.body == b"https 203.0.113.1"
    assert response.headers["x-request-id"] == "from-proxy.1"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([b"6.6.6.6, 203.0.113.1"], b"203.0.113.1"),
        ([b"6.6.6.6", b"203.0.113.1, 10.9.9.9"], b"203.0.113.1"),
        ([b"10.8.8.8, 10.9.9.9"], b"10.8.8.8"),
        ([b"203.0.113.1:5000"], b"203.0.113.1"),
        ([b"[2001:db8::1]:5000"], b"2001:db8::1"),
        ([b"203.0.113.1, garbage"], b"10.1.2.3"),
        ([b"garbage, 10.9.9.9"], b"10.9.9.9"),
        ([], b"10.1.2.3"),
    ],
)
async def test_the_client_is_the_last_address_that_no_trusted_proxy_has(forwarded: list[bytes], client: bytes) -> None:
    headers = [HOST, *[(b"x-forwarded-for", each) for each in forwarded]]
    response = await request(gateway(show, BEHIND_PROXY), headers=headers, client=("10.1.2.3", 1))
    assert response.body == b"http " + client


@pytest.mark.parametrize("request_id", [b"", b"a b", b"x" * 65, b"a\nb", b"\xff"])
async def test_an_odd_request_id_is_not_taken_even_from_a_proxy(request_id: bytes) -> None:
    headers = [HOST, (b"x-request-id", request_id)]
    response = await request(gateway(show, BEHIND_PROXY), headers=headers, client=("10.1.2.3", 1))
    assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])


async def test_a_server_that_names_no_client_is_served() -> None:
    assert (await request(gateway(hello, BEHIND_PROXY), client=None)).status == 200


async def test_pages_know_that_people_come_by_https() -> None:
    assert (await request(gateway(show, HTTPS))).body == b"https 198.51.100.7"


async def test_the_access_log_has_a_line_a_request_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    response = await request(gateway(hello), url="/search%0Aforged?q=secret")
    (record,) = caplog.records
    assert record.name == "freestone.access"
    line = rf"GET /search%0Aforged 200 \d+\.\d ms {response.headers['x-request-id']}"
    assert re.fullmatch(line, record.getMessage())


async def test_probes_do_not_fill_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await request(house(), url="/healthz")
    assert not caplog.records


async def test_a_websocket_is_closed_with_a_reason() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "websocket", "path": "/", "headers": []}
    await house(Slot("/", hello))(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "There are no WebSockets here."}]


async def test_other_protocols_are_not_served() -> None:
    async def never(*_: object) -> Any:
        raise AssertionError

    with pytest.raises(RuntimeError, match="The gateway serves no lifespan"):
        await house()({"type": "lifespan"}, never, never)
