"""The store as a process: time to its first page, memory at rest, pages a second."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.http import get, pages_per_second

STARTS = 5
ROUNDS = 5
SECONDS = 2.0
CALLERS = 16
ROOT = Path(__file__).parent.parent


def measure() -> list[Figure]:
    """Return start, memory and pages a second, at sizes S and M."""
    figures: list[Figure] = []
    for size in ("S", "M"):
        with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
            print(f"Seeding size {size} …", flush=True)
            seeding = _seed(folder, size)
            figures.append(Figure(f"seed_{size.lower()}_s", f"freestone seed --size {size}", "s", (seeding,)))
            if size == "S":
                figures += _starts(folder)
            with serving(folder) as (port, _):
                figures += asyncio.run(_pages(port, size))
    return figures


def _starts(folder: str) -> list[Figure]:
    times, memory = [], []
    for _ in range(STARTS + 1):
        with serving(folder) as (_, started):
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


class Started:
    """A served store: its process, and how long it took to its first page."""

    def __init__(self, pid: int, milliseconds: float) -> None:
        self.pid = pid
        self.milliseconds = milliseconds


@contextmanager
def serving(folder: str) -> Iterator[tuple[int, Started]]:
    """Serve a data folder by uvicorn on a free port, until the block ends."""
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "app.main:app",
            "--port",
            str(port),
            "--no-access-log",
            "--log-level",
            "warning",
        ],
        cwd=ROOT,
        env=_environment(folder),
    )
    try:
        status = asyncio.run(_first_page(process, port))
        if status != 200:
            raise RuntimeError(f"the first page answered {status}")
        yield port, Started(process.pid, (time.perf_counter() - began) * 1000)
    finally:
        process.terminate()
        process.wait(30)


async def _first_page(process: subprocess.Popen[bytes], port: int) -> int:
    for _ in range(3000):
        try:
            status, _ = await get(port, "/")
        except ConnectionError:
            if process.poll() is not None:
                raise RuntimeError(f"the store ended with {process.returncode}") from None
            await asyncio.sleep(0.01)
        else:
            return status
    raise RuntimeError("the store did not answer within 30 s")


def _seed(folder: str, size: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "seed", "--size", size],
        cwd=ROOT,
        env=_environment(folder),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def _environment(folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREESTONE_")}
    return {**kept, "FREESTONE_DATA": folder}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
