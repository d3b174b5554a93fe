"""The store as a process: time to its first page, memory at rest, pages a second."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.figures import Figure
from bench.http import get, pages_per_second
from bench.processes import free_port, running
from bench.store import UVICORN, await_page, environment, seed

STARTS = 5
ROUNDS = 5
SECONDS = 2.0
CALLERS = 16


def measure() -> list[Figure]:
    """Return start, memory and pages a second, at sizes S and M."""
    figures: list[Figure] = []
    for size in ("S", "M"):
        with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
            data = Path(folder, "data")
            print(f"Seeding size {size} …", flush=True)
            figures.append(Figure(f"seed_{size.lower()}_s", f"freestone seed --size {size}", "s", (seed(data, size),)))
            if size == "S":
                figures += _starts(data)
            with serving(data) as started:
                figures += asyncio.run(_pages(started.port, size))
    return figures


def _starts(data: Path) -> list[Figure]:
    times, memory = [], []
    for _ in range(STARTS + 1):
        with serving(data) as started:
            times.append(started.milliseconds)
            time.sleep(1.0)
            memory.append(psutil.Process(started.pid).memory_info().rss / 1e6)
    return [
        Figure("startup_ms", "uvicorn app.main:app to its first page, warm", "ms", tuple(times[1:]), "≤ 2,500"),
        Figure("idle_rss_mb", "resident memory after its first page", "MB", tuple(memory[1:])),
    ]


async def _pages(port: int, size: str) -> list[Figure]:
    product = await _some_product(port)
    paths = {"home": "/", "search": "/search?q=mug", "product": product}
    rates: dict[str, list[float]] = {name: [] for name in paths}
    for path in paths.values():
        await pages_per_second(port, path, callers=CALLERS, seconds=0.5)  # templates, statements and pages are warm
    for _ in range(ROUNDS):
        for name, path in paths.items():
            rates[name].append(await pages_per_second(port, path, callers=CALLERS, seconds=SECONDS))
    return [
        Figure(
            f"pages_{name}_{size.lower()}",
            f"GET {paths[name]} at size {size}, {CALLERS} callers",
            "pages/s",
            tuple(values),
        )
        for name, values in rates.items()
    ]


async def _some_product(port: int) -> str:
    _, body = await get(port, "/search?q=mug")
    start = body.index(b'href="/products/') + len('href="')
    return body[start : body.index(b'"', start)].decode()


class Started(NamedTuple):
    """A served store: where, its process, and how long it took to its first page."""

    port: int
    pid: int
    milliseconds: float


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Started]:
    """Serve a data folder by uvicorn on a free port, until the block ends."""
    port = free_port()
    began = time.perf_counter()
    with running([*UVICORN, "--port", str(port)], environment(data, **settings), data.parent) as process:
        await_page(process, port)
        yield Started(port, process.pid, (time.perf_counter() - began) * 1000)
