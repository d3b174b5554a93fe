"""Modules moved to a PostgreSQL server and back, by a command that is killed, while a store's customers shop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.books import until_right
from tests.crash.harness import PATIENCE, Store, under_fire
from tests.crash.rounds import audited, look, shopping
from tests.crash.table import is_full
from tests.databases import Places
from tests.serving import FREESTONE

MODULES = ("orders", "payments", "inventory", "cart", "accounts", "catalog")
TURNS = 3
_WAITED = re.compile(r"writes waited +([0-9.]+) s", re.IGNORECASE)

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not is_full(), reason="takes minutes: make crash; tests/app/data/moving is short"),
]


async def freestone(store: Store, *arguments: str, killed_after: float | None = None) -> str:
    """Run a command beside the store; return what it said, after it has ended well or was killed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *FREESTONE, *arguments, env=store.shop.environ, cwd=store.shop.data.parent, stdout=pipe, stderr=pipe
    )
    if killed_after is not None:
        await asyncio.sleep(killed_after)
        if process.returncode is None:
            process.kill()
    out, err = await process.communicate()
    assert process.returncode == (0 if killed_after is None else process.returncode), err.decode()
    return out.decode()


async def test_nothing_is_lost_on_the_way_nor_in_a_backup(
    tmp_path: Path, places: Places, row: Callable[[str, str, int, str], None]
) -> None:
    """Every purchase comes to its end; and a store that is restored from a backup made meanwhile is sound as well."""
    url = Places("postgresql", tmp_path).prepared(*MODULES)
    waited = []
    async with under_fire(tmp_path, "one process") as store:
        before = store.pid
        async with shopping(store, limit=PATIENCE) as made:
            await made.until(5)
            for turn in range(TURNS):
                for module in MODULES:
                    for to in (url, "sqlite"):
                        kill = 1.5 + 0.25 * turn if to == url else None
                        if kill is not None:
                            await freestone(store, "data", "move", module, "--to", to, killed_after=kill)
                        said = await freestone(store, "data", "move", module, "--to", to)
                        waited += [float(each) for each in _WAITED.findall(said)]
                said = await freestone(store, "data", "backup", "--to", str(tmp_path / f"backup {turn}"))
                waited += [float(each) for each in _WAITED.findall(said)]
                await made.go_on()
        assert store.pid == before
        await store.stop()
        assert look(store, made.purchases) == []
        assert audited(store) == []
        for turn in range(TURNS):
            await freestone(store, "data", "restore", "--replace", "--from", str(tmp_path / f"backup {turn}"))
            await store.launch()
            await until_right(lambda: audited(store), PATIENCE)  # type: ignore[arg-type, return-value]
            await store.stop()
    row(
        "checkouts while modules are moved and backed up",
        f"{len(MODULES)} modules there and back {TURNS} times, the command killed on each way there",
        len(made.purchases),
        f"lost = stuck = twice = 0, each backup restored is sound; writes waited {max(waited):.2f} s at most (aim 1)",
    )
