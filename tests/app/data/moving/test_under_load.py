"""A move, there and back, while processes write, read, and listen: none of them notices more than a moment's wait."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.places import copy_at
from app.data.sqlite_place import SqliteFile
from app.events.outbox import StoredOutbox
from app.events.subscription import Subscription
from contracts.kit import Work
from tests.app.data.moving.conftest import Ends, Sold, any_way, ask, do
from tests.app.events.conftest import running

ROOT = Path(__file__).parents[4]
_HAMMER = (sys.executable, "-m", "tests.app.data.moving.hammer")


@asynccontextmanager
async def hammered(ends: Ends, count: int) -> AsyncIterator[dict[str, int]]:
    """Have so many processes at work for as long as the block lasts; then what they did is known."""
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            *_HAMMER, ends.source.address, f"p{number}-", stdin=pipe, stdout=pipe, cwd=ROOT
        )
        for number in range(count)
    ]
    done: dict[str, int] = {}
    try:
        for process in processes:
            assert process.stdout is not None
            assert (await process.stdout.readline()).strip() == b"started"
        yield done
        for process in processes:
            out, _ = await process.communicate(b"")
            assert process.returncode == 0
            done |= json.loads(out)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                await process.wait()


@asynccontextmanager
async def listening(shop: ModuleDatabase, folder: Path) -> AsyncIterator[ModuleDatabase]:
    """Another module, which writes down every event of the shop in the order in which it is handled."""
    mail = await ModuleDatabase.open(SqliteFile("mail", folder), migrations=None)
    await do(mail, "CREATE TABLE sent (place INTEGER PRIMARY KEY, sku TEXT, number INTEGER)")

    async def send(event: Sold, work: Work[Any]) -> None:
        said = {"sku": event.sku, "number": event.number}
        await work.session.execute(text("INSERT INTO sent (sku, number) VALUES (:sku, :number)"), said)

    async with running(Subscription("mail", "shop", StoredOutbox(shop), mail, {Sold: send})):
        yield mail
    await mail.close()


@any_way
async def test_nobody_notices(shop: ModuleDatabase, ends: Ends, tmp_path: Path) -> None:
    """No operation fails, no write is lost or done twice, none is read late, and events come once and in order."""
    await do(shop, "INSERT INTO kinds (id, whole) VALUES (:id, 0)", id=b"")
    async with listening(shop, tmp_path) as mail:
        async with hammered(ends, 2) as done:
            await asyncio.sleep(0.3)
            there = await ends.move()
            await asyncio.sleep(0.3)
            back = await ends.mover(back=True).move()
            await asyncio.sleep(0.3)
        total = sum(done.values())
        while await ask(mail, "SELECT count(*) FROM sent") != [(total,)]:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
        heard = defaultdict(list)
        for sku, number in await ask(mail, "SELECT sku, number FROM sent ORDER BY place"):
            heard[sku].append(number)
    assert heard == {name: list(range(count)) for name, count in done.items()}
    assert {owner for (owner,) in await ask(shop, "SELECT owner FROM baskets")} == {
        f"{name}-{number}" for name, count in done.items() for number in range(count)
    }
    assert await ask(shop, "SELECT whole FROM kinds") == [(total,)]
    assert min(there.changes, back.changes) > 0
    states = [copy_at(place).state for place in ends]  # type: ignore[union-attr]
    assert states == ["serving", "moved"]
