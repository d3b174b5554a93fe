"""A host beside the main one serves until it is told to stop, and then ends well."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx2

from app.keys import WIRE, private_key
from app.placement.hosting import hosting_at
from app.placement.runfolder import RunFolder
from app.runtime.sweep import Sweep
from app.serve import ServeSpec, serve_host
from app.wire.address import unix
from app.wire.credentials import issue
from app.wire.handshake import Passport
from app.wire.hello import HOST
from tests.app.runtime.builders import until
from tests.builders import UNHURRIED


async def stop(run: RunFolder, data: Path) -> None:
    """Ask the host to stop, as its supervisor does."""
    sweep, passport = Sweep(UNHURRIED), Passport("main", (HOST,), {}, issue(private_key(data, WIRE), "main", (HOST,)))
    async with hosting_at(unix(run.wire("shelves", 1)), passport, sweep) as hosting:
        await hosting.stop()


async def test_who_reads_events_at_its_door_sees_their_end_when_it_stops(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    serving = asyncio.create_task(serve_host(ServeSpec(("catalog",), "shelves"), {"FREESTONE_DATA": str(tmp_path)}))
    await until(lambda: serving.done() or run.door("shelves", 1).exists())
    assert not serving.done()
    door = httpx2.AsyncHTTPTransport(uds=str(run.door("shelves", 1)))
    async with (
        httpx2.AsyncClient(transport=door, base_url="http://host", timeout=60) as client,
        client.stream(
            "POST",
            "/rpc/catalog.outbox.v1/pull",
            json={"after": 0, "codes": []},
            headers={"freestone-caller": "inventory", "freestone-system": "1"},
        ) as answer,
    ):
        lines = answer.aiter_lines()
        assert json.loads(await anext(lines)) == {"item": {"records": [], "head": 0}}
        await stop(run, tmp_path)
        assert [line async for line in lines if "item" not in json.loads(line)] == []
    assert await serving == 0
    assert not run.path.exists()
