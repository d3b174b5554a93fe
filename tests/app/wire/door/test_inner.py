"""On a host's own socket: its health, its door, and its BFFs as the gateway would serve them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.gateway.health import ModuleStatus, Status
from app.runtime.web import WebApp, WebSlot
from app.setting_tables import GatewaySettings
from app.wire.door import InnerDoor
from contracts.kit import remaining
from contracts.kit.context import current_context
from tests.app.gateway.door import Response, request
from tests.app.runtime.builders import House
from tests.app.wire.door.builders import post, stage

READY = Status(ready=True, modules=(ModuleStatus("mobile_api", "serving"),))


def inner(house: House, app: ASGIApp | None = None) -> InnerDoor:
    """An inner door with one BFF, or with none behind its slot."""
    slot = WebSlot("mobile_api", "/api")
    slot.app = None if app is None else WebApp(app)
    return InnerDoor(stage(house, trusted=True).door, {"mobile_api": slot}, lambda: READY, GatewaySettings())


async def show(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what a BFF sees."""
    seen: dict[str, Any] = {name: scope[name] for name in ("path", "root_path", "scheme", "client")}
    seen["raw_path"] = scope["raw_path"].decode()
    seen["headers"] = [(name.decode(), value.decode()) for name, value in scope["headers"]]
    seen["request"], seen["seconds"] = current_context().request_id, remaining()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


async def asked(door: InnerDoor, url: str, *headers: tuple[bytes, bytes], **options: Any) -> Response:
    """Ask as the gateway does."""
    return await request(door, "GET", url, headers, client=None, **options)


async def test_a_bff_sees_the_request_as_it_came_to_the_gateway(house: House) -> None:
    response = await asked(
        inner(house, show),
        "/web/mobile_api/api/products/a%2Fb?q=1",
        (b"host", b"shop.example"),
        (b"cookie", b"a=b"),
        (b"x-forwarded-for", b"203.0.113.1"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"shop.example"),
        (b"x-request-id", b"from-gateway.1"),
        (b"freestone-deadline", b"5.5"),
        (b"freestone-root", b"/api"),
        path="/web/mobile_api/api/products/a/b",
    )
    seen = response.json
    assert 0 < seen.pop("seconds") <= 5.5
    assert seen == {
        "path": "/api/products/a/b",
        "raw_path": "/api/products/a%2Fb",
        "root_path": "/api",
        "scheme": "https",
        "client": ["203.0.113.1", 0],
        "headers": [["host", "shop.example"], ["cookie", "a=b"]],
        "request": "from-gateway.1",
    }
    assert "content-security-policy" not in response.headers  # the gateway adds it


@pytest.mark.parametrize("url", ["/", "/api", "/web", "/webx/mobile_api/", "/healthz/"])
async def test_any_other_address_is_nowhere(house: House, url: str) -> None:
    assert (await asked(inner(house, show), url)).status == 404


@pytest.mark.parametrize("module", ["mobile_api", "other"])
async def test_a_bff_that_is_not_there_is_a_problem(house: House, module: str) -> None:
    response = await asked(inner(house), f"/web/{module}/api", (b"accept", b"application/json"))
    assert (response.status, response.headers["content-type"]) == (503, "application/problem+json")


async def test_health_is_told(house: House) -> None:
    door = inner(house)
    assert (await asked(door, "/healthz")).body == b"ok\n"
    assert (await asked(door, "/readyz")).json["ready"] is True
    assert (await request(door, "POST", "/readyz", client=None)).status == 405


async def test_the_door_is_there_and_trusts_its_visitors(house: House) -> None:
    door = inner(house)
    assert (await post(door, "/rpc/errand.v1/run", client=None)).json == "done"
    assert (await asked(door, "/metrics")).body == b"metrics 1\n"
    assert (await asked(door, "/rpc/")).status == 200


async def test_other_protocols_are_not_served(house: House) -> None:
    async def never(*_: object) -> Any:
        raise AssertionError

    with pytest.raises(RuntimeError, match="serves no websocket"):
        await inner(house)({"type": "websocket", "path": "/web/mobile_api/", "headers": []}, never, never)
