"""HTTP clients compared: JSON calls and streamed bodies against one uvicorn server, in one interleaved run.

`python -m bench.http_clients` prints the table in docs/decisions/0008-http-client.md: medians, and least and most. The
floor is a client that does no more than these very requests need.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table
from starlette.types import Receive, Scope, Send

from bench.figures import machine
from bench.http_clients_under_test import CLIENTS, Client

ROUNDS = 7
SECONDS = 0.5
PART = b"x" * 65536
PARTS = 256
ANSWER = b'{"product_id": "%s", "name": "Mug"}' % (b"p" * 368)
ROOT = Path(__file__).parent.parent

Values = dict[str, list[float]]
"""What was measured, by client."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a call with 400 bytes, /down with a long body in parts, /up with the length of what came."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/down":
        for _ in range(PARTS):
            await send({"type": "http.response.body", "body": PART, "more_body": True})
        await send({"type": "http.response.body"})
    else:
        await send({"type": "http.response.body", "body": b"%d" % size if scope["path"] == "/up" else ANSWER})


async def parts() -> AsyncIterator[bytes]:
    """Yield the body of an upload."""
    for _ in range(PARTS):
        yield PART


async def calls_per_second(client: Client, callers: int) -> float:
    """Call over and over from some callers at once."""
    until, count = time.perf_counter() + SECONDS, 0

    async def load() -> None:
        nonlocal count
        while time.perf_counter() < until:
            if await client.call() != ANSWER:
                raise RuntimeError("the answer is not what was sent")
            count += 1

    began = time.perf_counter()
    await asyncio.gather(*(load() for _ in range(callers)))
    return count / (time.perf_counter() - began)


async def processor_per_call(client: Client) -> float:
    """Return this process's CPU microseconds for a call, all its threads together."""
    began, count = time.process_time(), 0
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        await asyncio.gather(*(client.call() for _ in range(16)))
        count += 16
    return (time.process_time() - began) / count * 1e6


async def megabytes_per_second(move: Callable[[], Awaitable[int]]) -> float:
    """Move one long body, which must be whole."""
    began = time.perf_counter()
    if await move() != PARTS * len(PART):
        raise RuntimeError("the body is not what was sent")
    return PARTS * len(PART) / 1e6 / (time.perf_counter() - began)


MEASURES: Mapping[str, Callable[[Client], Awaitable[float]]] = {
    "calls/s, 1 caller": lambda client: calls_per_second(client, 1),
    "calls/s, 64 callers": lambda client: calls_per_second(client, 64),
    "CPU µs a call": processor_per_call,
    "MB/s received": lambda client: megabytes_per_second(client.download),
    "MB/s sent": lambda client: megabytes_per_second(lambda: client.upload(parts())),
}


async def compare(base: str, path: str) -> dict[str, Values]:
    """Measure all clients, one after the other in every round; the first round warms up."""
    made = {name: make(base, path) for name, make in CLIENTS.items()}
    found: dict[str, Values] = {measure: {name: [] for name in made} for measure in MEASURES}
    for _ in range(ROUNDS + 1):
        for measure, take in MEASURES.items():
            for name, client in made.items():
                found[measure][name].append(await take(client))
    for client in made.values():
        await client.close()
    return {measure: {name: each[1:] for name, each in by_client.items()} for measure, by_client in found.items()}


def cost_of_having() -> dict[str, Values]:
    """Measure what each client adds to a process that serves: time to import and make it, memory held then."""
    code = (
        "import asyncio, msgspec, psutil, ssl, time, starlette.applications, uvicorn.protocols.http.httptools_impl\n"
        "own = psutil.Process()\nbefore, began = own.memory_info().rss, time.perf_counter()\n"
        "from bench.http_clients_under_test import CLIENTS\n"
        "async def run(): await CLIENTS[{name!r}]('http://127.0.0.1:1', '/nowhere').close()\n"
        "asyncio.run(run())\n"
        "print((time.perf_counter() - began) * 1e3, (own.memory_info().rss - before) / 1e6)"
    )
    times: Values = {name: [] for name in CLIENTS}
    sizes: Values = {name: [] for name in CLIENTS}
    for _ in range(ROUNDS):
        for name in CLIENTS:
            command = [sys.executable, "-c", code.format(name=name)]
            took, held = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
            times[name].append(float(took))
            sizes[name].append(float(held))
    return {"ms to import": times, "MB held": sizes}


@contextmanager
def serving(family: socket.AddressFamily, address: object, *where: str) -> Iterator[None]:
    """Serve the application at an address, until the block ends."""
    command = [sys.executable, "-m", "uvicorn", "bench.http_clients:app", "--timeout-keep-alive", "600"]
    process = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning", *where], cwd=ROOT)
    try:
        for _ in range(1000):
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:  # type: ignore[arg-type]  # of whichever family it is
                    break
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait(10)


def told(values: Sequence[float]) -> str:
    """Say a median, and the least and most."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def main() -> None:
    """Compare and print."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
        path = f"{folder}/http.sock"
        with (
            serving(socket.AF_UNIX, path, "--uds", path),
            serving(socket.AF_INET, ("127.0.0.1", port), "--port", str(port)),
        ):
            found = uvloop.run(compare(f"http://127.0.0.1:{port}", path))
    found |= cost_of_having()
    table = Table(title=machine(), title_justify="left", box=None, header_style="bold")
    table.add_column("client")
    for measure in found:
        table.add_column(measure, justify="right")
    for name in CLIENTS:
        table.add_row(name, *(told(by_client[name]) for by_client in found.values()))
    Console(width=190).print(table)


if __name__ == "__main__":
    main()
