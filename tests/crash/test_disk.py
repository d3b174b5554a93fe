"""A disk that is full: what was said to be done is, who only looks around is served, and it goes on by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from tests.crash.books import LIMIT
from tests.crash.harness import PATIENCE, under_fire
from tests.crash.rounds import look, shopping
from tests.crash.table import count, is_full

SIZE = "96m"
"""Several times what the write-ahead logs come to: each grows to 4 MiB ("PRAGMA wal_autocheckpoint")."""
PAGES = ("/", "/search?q=crash", "/categories/things", "/products/crash-1", "/cart")
"""What somebody sees who only looks around."""

pytestmark = pytest.mark.timeout(600 if is_full() else 240)
Tell = Callable[[str, str, int, str], None]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have a folder be a disk of its own that is soon full; skip the test where that is not permitted."""
    is_required = bool(os.environ.get("FREESTONE_REQUIRE_DISK"))
    sudo = ("sudo", "-n") if is_required and os.geteuid() != 0 else ()
    options = ("-t", "tmpfs", "-o", f"size={SIZE},mode=700,uid={os.geteuid()}")
    done = subprocess.run((*sudo, "mount", *options, "tmpfs", folder), capture_output=True, text=True, check=False)
    if not folder.is_mount():
        problem = f"a small disk cannot be mounted: {done.stderr.strip()}"
        pytest.fail(problem) if is_required else pytest.skip(problem)
    try:
        yield
    finally:
        subprocess.run((*sudo, "umount", "--lazy", folder), check=True)


@asynccontextmanager
async def full(folder: Path) -> AsyncIterator[None]:
    """Leave no room on a folder's disk, nor what becomes free, until the block ends."""
    filler, over = folder / "filler", asyncio.Event()

    async def keep_full() -> None:
        while not over.is_set():
            await asyncio.sleep(0.05)
            await asyncio.to_thread(_take_room, filler)

    await asyncio.to_thread(_take_room, filler)
    keeping = asyncio.create_task(keep_full())
    try:
        yield
    finally:
        over.set()
        await keeping
        await asyncio.to_thread(filler.unlink)


def _take_room(filler: Path) -> None:
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass


async def test_a_full_disk_loses_nothing_and_stops_nobody_who_looks_around(tmp_path: Path, row: Tell) -> None:
    async with under_fire(tmp_path, "one process", disk=small_disk) as store:
        before = store.pid
        async with shopping(store) as made:
            await made.until(count(few=5, all_=200))
            repeats, served = made.repeats, 0
            async with full(store.shop.data), httpx2.AsyncClient() as guest, asyncio.timeout(PATIENCE):
                while (refused := made.repeats - repeats) < count(few=10, all_=300):
                    for page in PAGES:
                        assert (await guest.get(store.url + page)).status_code == 200, page
                        served += 1
            async with asyncio.timeout(LIMIT if is_full() else PATIENCE):
                await made.go_on()
            await made.until(len(made.purchases) + count(few=5, all_=200))
        assert store.pid == before
        await store.ready()
        await store.stop()
        assert look(store, made.purchases) == []
    row(
        "checkouts, with a disk that gets full and is emptied",
        "ENOSPC",
        len(made.purchases),
        f"lost = stuck = twice = 0; {refused} calls refused meanwhile, {served} pages served; "
        f"right {made.right:.1f} s after the last order",
    )
