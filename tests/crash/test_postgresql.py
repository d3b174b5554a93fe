"""A PostgreSQL server that is restarted, and crashes, while a store's customers shop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.data.addresses import own_address
from app.data.postgresql import Schema
from app.data.roles import prepare
from app.wiring import find_modules
from tests.cluster import cluster
from tests.crash.harness import PATIENCE, under_fire
from tests.crash.rounds import audited, look, shopping
from tests.crash.table import count, is_full

LIMIT = 5.0
"""Seconds after which purchases go through again."""

pytestmark = pytest.mark.timeout(1800 if is_full() else 240)


async def test_a_server_that_comes_back_finds_nothing_lost(
    tmp_path: Path, row: Callable[[str, str, int, str], None]
) -> None:
    with cluster() as server:
        url = f"postgresql://shop:secret@127.0.0.1:{server.port}/postgres"
        modules = [part.name for part in find_modules() if part.keeps_data]
        prepare(server.admin, [Schema(module, own_address(module, url)) for module in modules])
        back, repeats = list[float](), list[int]()
        async with under_fire(tmp_path, "one process", DATABASE_URL=url) as store:
            before = store.pid
            async with shopping(store, limit=PATIENCE) as made:
                await made.until(count(few=5, all_=50))
                for how in ("fast", "immediate") * count(few=1, all_=5):
                    asked = made.repeats
                    await asyncio.to_thread(server.stop, how)
                    await asyncio.to_thread(server.start)
                    began = time.monotonic()
                    async with asyncio.timeout(PATIENCE):
                        await made.go_on()
                    back.append(time.monotonic() - began)
                    repeats.append(made.repeats - asked)
                    await made.until(len(made.purchases) + count(few=5, all_=50))
            assert store.pid == before
            await store.stop()
            assert look(store, made.purchases) == []
            assert audited(store) == []
    row(
        "checkouts on PostgreSQL",
        f"its server restarted and crashed, {len(back)} times",
        len(made.purchases),
        f"lost = stuck = twice = 0; {max(repeats)} calls repeated at most; what was under way was done "
        f"{max(back):.1f} s after the server was back, at most (aim {LIMIT:g})",
    )
