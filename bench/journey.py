"""What a purchase costs: in one process, with every module alone, and as FastAPI services that speak HTTP."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from bench.figures import Figure
from bench.goods import Goods, goods_of
from bench.processes import ROOT, free_port, running
from bench.shopper import Shopper
from bench.store import UVICORN, await_page, environment, seed

ROUNDS = 5
PURCHASES = 20
WARM = 3
IDLE = 1.5
SERVICES = ("accounts", "cart", "catalog", "inventory", "orders", "payments", "storefront")
ALONE = "".join(f'[hosts.{name}_host]\nmodules = ["{name}"]\n' for name in SERVICES)
TOPOLOGIES = {"one_process": "", "split": ALONE}
MEANINGS = {
    "one_process": "one process",
    "split": "every module alone",
    "http_services": "HTTP services",
}
ARGON2 = {"TIME_COST": "1", "MEMORY": "1024", "PARALLELISM": "1"}
"""What a password costs: cheap, so that the hash is not what is measured; the same for all."""


class Shop(NamedTuple):
    """A store that serves: where, and its processes."""

    url: str
    processes: list[psutil.Process]

    def cpu(self) -> float:
        """Return how many seconds of CPU all processes have used so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes)

    def memory(self) -> float:
        """Return the megabytes that all hold."""
        return sum(each.memory_info().rss for each in self.processes) / 1e6


class Values:
    """What was measured, a value a round; ``times`` has every purchase's seconds, by round."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.times: list[list[float]] = []
        self.idle: list[float] = []
        self.memory: list[float] = []

    @property
    def p50(self) -> list[float]:
        """The middle purchase's milliseconds in each round."""
        return [statistics.median(each) * 1e3 for each in self.times]

    @property
    def p99(self) -> float:
        """What one in a hundred purchases exceeds, in milliseconds, of all rounds."""
        everything = sorted(time_ for each in self.times for time_ in each)
        return everything[min(len(everything) - 1, round(len(everything) * 0.99))] * 1e3


def measure() -> list[Figure]:
    """Return CPU, p50 and p99 of a purchase in each of the three, and ours compared with the services."""
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
        data = {name: Path(folder, name, "data") for name in TOPOLOGIES}
        for name, each in data.items():
            each.parent.mkdir()
            each.with_name("freestone.toml").write_text(TOPOLOGIES[name])
        seed(data["one_process"], "S")
        shutil.copytree(data["one_process"], data["split"])
        with ours(data["one_process"]):
            goods = asyncio.run(goods_of(settings(data["one_process"])))
        shops: dict[str, Callable[[], AbstractContextManager[Shop]]] = {
            name: partial(ours, each) for name, each in data.items()
        }
        lacking = [each for each in ("fastapi", "httpx") if importlib.util.find_spec(each) is None]
        if lacking:
            print(f"{MEANINGS['http_services']} are left out: {lacking[0]} is not installed.", flush=True)
        else:
            shops["http_services"] = partial(theirs, Path(folder, "services"), goods)
        return list(_figures(_rounds(shops, goods)))


def _rounds(shops: dict[str, Callable[[], AbstractContextManager[Shop]]], goods: Goods) -> dict[str, Values]:
    """Measure one after the other in every round, each while the others do not run."""
    values = {name: Values() for name in shops}
    choices, bought = goods.choices(), 0
    for _ in range(ROUNDS):
        for name, open_shop in shops.items():
            with open_shop() as shop:
                before = shop.cpu()
                time.sleep(IDLE)
                values[name].idle.append((shop.cpu() - before) / IDLE * 100)
                asyncio.run(_buy(shop, choices, bought, WARM))
                before = shop.cpu()
                values[name].times.append(asyncio.run(_buy(shop, choices, bought + WARM, PURCHASES)))
                values[name].cpu.append((shop.cpu() - before) / PURCHASES * 1e3)
                values[name].memory.append(shop.memory())
        bought += WARM + PURCHASES
    return values


async def _buy(shop: Shop, choices: list[tuple[str, str]], first: int, count: int) -> list[float]:
    times = []
    for number in range(first, first + count):
        async with Shopper(shop.url) as shopper:
            began = time.perf_counter()
            await shopper.buy(*choices[number % len(choices)])
            times.append(time.perf_counter() - began)
    return times


@contextmanager
def ours(data: Path) -> Iterator[Shop]:
    """Serve the store as its topology says."""
    port = free_port()
    with running([*UVICORN, "--port", str(port)], settings(data), data.parent) as process:
        await_page(process, port)
        parent = psutil.Process(process.pid)
        yield Shop(f"http://127.0.0.1:{port}", [parent, *parent.children(recursive=True)])


def settings(data: Path) -> dict[str, str]:
    """Return the environment of a store of ours, with the topology beside its data."""
    cheap = {f"ACCOUNTS_ARGON2_{name}": value for name, value in ARGON2.items()}
    config = str(data.with_name("freestone.toml"))
    return environment(data, ACCOUNTS_REGISTRATIONS_PER_SOURCE="3600", CONFIG=config, **cheap)


@contextmanager
def theirs(folder: Path, goods: Goods) -> Iterator[Shop]:
    """Serve the same goods by seven services."""
    ports = {name: free_port() for name in SERVICES}
    urls = {f"STAND_IN_{name.upper()}": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environ = os.environ | urls | {"STAND_IN_FOLDER": str(folder), "STAND_IN_ARGON2": ",".join(ARGON2.values())}
    if not folder.exists():
        folder.mkdir()
        written = folder / "goods.json"
        written.write_bytes(msgspec.json.encode(goods))
        with running([sys.executable, "-m", "bench.stand_in.filling", str(written)], environ) as filling:
            if filling.wait(60) != 0:
                raise RuntimeError("the services' databases could not be filled")
    with ExitStack() as stack:
        processes = []
        for name, port in ports.items():
            command = [sys.executable, "-m", "uvicorn", f"bench.stand_in.{name}:app", "--port", str(port)]
            quiet = ["--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "600"]
            processes.append(stack.enter_context(running([*command, *quiet], environ, ROOT)))
        for name, process in zip(SERVICES, processes, strict=True):
            await_page(process, ports[name], "/" if name == "storefront" else "/openapi.json")
        yield Shop(urls["STAND_IN_STOREFRONT"], [psutil.Process(each.pid) for each in processes])


def _figures(values: dict[str, Values]) -> Iterator[Figure]:
    services = values.get("http_services")
    for name in TOPOLOGIES:
        if services is not None:
            what = f"a purchase: {MEANINGS[name]} / {MEANINGS['http_services']}"
            cpu = tuple(a / b for a, b in zip(values[name].cpu, services.cpu, strict=True))
            yield Figure(f"journey_cpu_{name}_vs_http_services", f"CPU of {what}", "x", cpu)
            p50 = tuple(a / b for a, b in zip(values[name].p50, services.p50, strict=True))
            yield Figure(f"journey_p50_{name}_vs_http_services", f"p50 of {what}", "x", p50)
    for name, taken in values.items():
        meaning = MEANINGS[name]
        yield Figure(f"journey_cpu_{name}", f"CPU of a purchase: {meaning}", "ms", tuple(taken.cpu))
        yield Figure(f"journey_p50_{name}", f"p50 of a purchase: {meaning}", "ms", tuple(taken.p50))
        yield Figure(f"journey_p99_{name}", f"p99 of a purchase, all rounds: {meaning}", "ms", (taken.p99,))
        yield Figure(f"journey_idle_cpu_{name}", f"CPU at rest, of one processor: {meaning}", "%", tuple(taken.idle))
        yield Figure(f"journey_rss_{name}", f"memory of all processes: {meaning}", "MB", tuple(taken.memory))
