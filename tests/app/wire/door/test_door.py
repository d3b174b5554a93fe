"""Where each address of the door leads, and what it says where it leads nowhere."""

from __future__ import annotations

import json

import pytest

from app.gateway import Gateway, Status
from app.runtime.exports import Exports
from app.setting_tables import GatewaySettings
from tests.app.gateway.door import request
from tests.app.runtime.builders import House
from tests.app.wire.door.builders import HOST, JSON, LOCAL, get, post, stage


@pytest.mark.parametrize(
    ("path", "handled"),
    [
        ("/rpc/errand.v1/run", True),
        ("/rpc/", True),
        ("/rpc", True),
        ("/rpc/openapi.json", True),
        ("/metrics", True),
        ("/rpcs", False),
        ("/metrics/", False),
        ("/", False),
        ("/healthz", False),
    ],
)
async def test_the_doors_addresses_are_known(house: House, path: str, handled: bool) -> None:
    assert stage(house).door.handles(path) is handled


async def test_the_metrics_are_text_for_prometheus(house: House) -> None:
    response = await get(stage(house).door, "/metrics")
    assert (response.status, response.body) == (200, b"metrics 1\n")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_page_has_one_address(house: House) -> None:
    response = await get(stage(house).door, "/rpc")
    assert (response.status, response.headers["location"]) == (308, "/rpc/")


@pytest.mark.parametrize("path", ["/rpc/", "/rpc/openapi.json", "/metrics"])
async def test_pages_are_got(house: House, path: str) -> None:
    door = stage(house).door
    whole, head = await get(door, path), await get(door, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"] == str(len(whole.body))
    assert whole.headers["x-content-type-options"] == "nosniff"
    posted = await post(door, path)
    assert (posted.status, posted.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
async def test_operations_are_posted(house: House, method: str) -> None:
    response = await get(stage(house).door, "/rpc/errand.v1/run", method)
    assert (response.status, response.headers["allow"]) == (405, "POST")
    assert response.json["detail"] == "This address: it takes POST alone."
    assert "access-control-allow-origin" not in response.headers


async def test_a_fault_of_the_door_is_a_problem_too(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def find(*_: object) -> None:
        raise LookupError("secret")

    monkeypatch.setattr(Exports, "find", find)
    response = await stage(house).post()
    assert (response.status, response.json["code"]) == (500, "call.internal")
    assert b"secret" not in response.body
    assert response.json["fields"]["incident"] in caplog.text


async def test_what_the_gateway_around_it_refuses_stays_refused(house: House) -> None:
    settings = GatewaySettings(max_body=1024)
    gateway = Gateway(settings, lambda: (), lambda: Status(ready=True, modules=()), stage(house, max_body=2048).door)
    arguments = json.dumps({"what": "!" * 1500}).encode()
    url, headers = "/rpc/errand.v1/once", (HOST, JSON, (b"accept", b"application/json"))
    response = await request(gateway, "POST", url, headers, [arguments[:1000], arguments[1000:]], client=LOCAL)
    assert (response.status, response.headers["content-type"]) == (413, "application/problem+json")
    assert (await request(gateway, "POST", url, headers, [b'{"what":""}'], client=LOCAL)).json == "done "
