"""The store as two processes, which can be killed and started again; the machine's own host runs no module."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.assembly import assemble
from app.keys import ACTOR, WIRE, private_key
from app.opening import Opened, Place, open_host
from app.placement.runfolder import RunFolder
from app.wire.credentials import issue
from app.wire.hello import HOST
from tests.guards import overhear
from tests.model.system import SETTINGS, System
from tests.serving import FREESTONE, PATIENCE, environment

HOSTS: Mapping[str, tuple[str, ...]] = {"till": ("payments", "orders"), "rest": ("catalog", "inventory", "cart")}
"""Who buys calls from one process into the other, and its events go there."""

HURRY: Mapping[str, Mapping[str, Any]] = {
    "orders": {"retry_seconds": 0.02, "lease_seconds": 0.5},
    "payments": {"sandbox_slow_seconds": 0.02, "settle_after_seconds": 0.2},
}
"""Nobody can wind a process's clock: what is late is so for a moment, and what a killed one left is soon taken up."""

HERE = "machine"


class Processes:
    """The hosts' processes over one data folder."""

    def __init__(self, data: Path, environ: Mapping[str, str]) -> None:
        self._data = data
        self._environ = environ
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a host."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                (*FREESTONE, "serve", *HOSTS[name], "--name", name),
                cwd=self._data.parent,
                env=self._environ,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """Kill a host where it stands."""
        self._running[name].kill()
        self._running[name].wait(PATIENCE)

    @contextmanager
    def all(self) -> Iterator[None]:
        """Run all hosts until the block ends, and let none of them go on after it."""
        try:
            for name in HOSTS:
                self.start(name)
            yield
        finally:
            for process in self._running.values():
                process.terminate()
            for process in self._running.values():
                try:
                    process.wait(PATIENCE)
                finally:
                    process.kill()
            for name in self._running:
                overhear(self.log(name))

    def log(self, name: str) -> Path:
        """Return the file with what a host says."""
        return self._data.with_name(f"{name}.log")

    def check(self) -> None:
        """Raise what a host says where one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} has ended: {self.log(name).read_text()}")


@asynccontextmanager
async def processes(folder: Path) -> AsyncIterator[System]:
    """Run the store as processes over a data folder of its own."""
    data = folder / "data"
    data.mkdir(0o700)
    (folder / "freestone.toml").write_text(_settings())
    environ = environment(data, CONFIG=str(folder / "freestone.toml"))
    assembly, run = assemble(environ), RunFolder(data)
    key, authority = private_key(data, ACTOR), private_key(data, WIRE)
    hosts = Processes(data, environ)
    with ExitStack() as stack:
        stack.enter_context(hosts.all())
        claim = stack.enter_context(run.claim(HERE))
        place = Place(HERE, (), (HOST,), run, claim, issue(authority, HERE, (HOST,)))
        async with open_host(assembly, place) as opened:
            await _connected(opened, hosts)

            async def kill(name: str) -> None:
                hosts.kill(name)
                await _until(lambda: opened.directory.trouble(HOSTS[name][0]) is not None)
                hosts.start(name)
                await _connected(opened, hosts)

            yield System(opened.host, key, None, kill=kill)


async def _connected(opened: Opened, hosts: Processes) -> None:
    until = time.monotonic() + PATIENCE
    while not await opened.directory.connected(HOSTS, 1.0):
        hosts.check()
        assert time.monotonic() < until, "the hosts do not come up"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # it is another process that ends


def _settings() -> str:
    tables: dict[str, Mapping[str, Any]] = {
        f"hosts.{name}": {"modules": list(modules), "start": False} for name, modules in HOSTS.items()
    }
    tables |= {f"modules.{name}": {**values, **HURRY.get(name, {})} for name, values in SETTINGS.items()}
    lines = []
    for title, values in tables.items():
        lines += [f"[{title}]", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
    return msgspec.json.encode(value).decode()
