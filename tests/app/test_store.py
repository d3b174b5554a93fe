"""The store's front door leads to every module, wherever it runs, for whoever bears a module's token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.serve import ServeSpec, serve_host
from app.store import open_store

TOKEN = "a-token-of-the-inventory"
ONE = f"""
[door]
tokens = {{inventory = "{TOKEN}"}}
"""
CUT_OUT = f"""
{ONE}
[hosts.shelves]
modules = ["catalog"]
start = false
[hosts.stock]
modules = ["inventory"]
start = false
"""


@pytest.fixture(params=[ONE, CUT_OUT], ids=["one process", "the catalogue and its caller cut out"])
async def inventory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A program that is the module inventory, at the front door of a store whose catalogue runs here or elsewhere."""
    file = tmp_path / "settings.toml"
    file.write_text(request.param)
    environ = {"FREESTONE_CONFIG": str(file), "FREESTONE_DATA": str(tmp_path / "data")}
    shelves = None
    async with open_store(environ) as store:
        if request.param is CUT_OUT:
            shelves = asyncio.create_task(serve_host(ServeSpec(("catalog",), "shelves"), environ))
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(store.gateway),
            base_url="http://store.example",
            headers={"authorization": f"Bearer {TOKEN}"},
        ) as client:
            yield client
    if shelves is not None:
        shelves.cancel()
        await asyncio.wait([shelves])


async def answered(client: httpx2.AsyncClient, path: str, arguments: object, **headers: str) -> httpx2.Response:
    """Return an answer, of a host that may only just be starting."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.post(f"/rpc/{path}", json=arguments, headers=headers)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.05)


async def test_a_modules_token_calls_what_it_needs(inventory: httpx2.AsyncClient) -> None:
    event = {"after": 0, "codes": []}
    answer = await answered(
        inventory, "catalog.outbox.v1/pull", event, **{"freestone-system": "1", "freestone-deadline": "0.5"}
    )
    assert answer.status_code == 200
    first, *_, last = map(json.loads, answer.text.splitlines())
    assert first == {"item": {"records": [], "head": 0}}
    assert last["problem"]["code"] == "call.timed_out"
    answer = await answered(inventory, "payments.v1/get_payment", {"order_id": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "call.permission_denied")
