"""Every way in which a call can travel, each with the kitchen and the pantry at its far end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import uvicorn

from app.config import TlsSettings
from app.launch import bind
from app.opening import open_host
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.wire.address import Address
from app.wire.certificates import make_authority, make_certificate
from app.wire.door.door import Door
from app.wire.http import HttpSender
from app.wire.remote import remote_target
from tests.builders import KEY
from tests.carriers.carriers import Carrier
from tests.carriers.house import COOKHOUSE, MODULES, assembly, furnish, place

ROOM = 1000
"""How many calls to the kitchen its callers may have under way: more than the kitchen."""
PATIENCE = 20.0
"""Seconds until a kitchen that does not open is given up."""


@asynccontextmanager
async def direct(folder: Path, *, strict: bool = False) -> AsyncIterator[Carrier]:
    """Caller and kitchen in one host."""
    found = assembly(folder, strict=strict)
    async with Host(found.plan, found.settings, both_keys(KEY)) as host:
        yield Carrier("strict" if strict else "direct", host)


def strict(folder: Path) -> AbstractAsyncContextManager[Carrier]:
    """The same, but through the codec, and twice."""
    return direct(folder, strict=True)


@asynccontextmanager
async def unix(folder: Path) -> AsyncIterator[Carrier]:
    """Two hosts on one machine, here in one process."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_cookhouse(folder / "data"))
        yield Carrier("unix", await stack.enter_async_context(_main(folder / "data")))


@asynccontextmanager
async def tcp(folder: Path) -> AsyncIterator[Carrier]:
    """Two hosts that prove to each other by certificates who they are."""
    address = Address("tcp", "127.0.0.1", _free_port())
    authority = make_authority(datetime.now(UTC))
    (folder / "authority.pem").write_bytes(authority.certificate)
    tls = {}
    for name, modules in MODULES.items():
        pair = make_certificate(authority, name, modules, datetime.now(UTC))
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        tls[name] = TlsSettings(certificate=certificate, key=key, authority=folder / "authority.pem")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_cookhouse(folder / "far", address, tls=tls[COOKHOUSE]))
        furnish(folder / "near")
        yield Carrier("tcp", await stack.enter_async_context(_main(folder / "near", address, tls=tls[MAIN])))


@asynccontextmanager
async def http(folder: Path) -> AsyncIterator[Carrier]:
    """A client of the door, as a module written in any language would be one."""
    tokens = {"diner": "a secret of sixteen letters or more".replace(" ", "-")}
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(_cookhouse(folder / "data"))
        door = Door(
            host.exports,
            host.claims,
            tokens,
            bytes,
            modules=["diner"],
            max_body=4 << 20,
            patience=PATIENCE,
            local=False,
        )
        port = await stack.enter_async_context(_served(door))
        sender = HttpSender(f"http://127.0.0.1:{port}", token=tokens["diner"])
        stack.push_async_callback(sender.close)
        found = assembly(folder / "near")
        near = Host(found.plan, found.settings, both_keys(KEY), runs=MODULES[MAIN])
        await stack.enter_async_context(near)
        for key in host.exports.bindings:
            if key in near.bindings:
                near.bindings[key].bind(remote_target(near.codecs[key], sender, ROOM))
        yield Carrier("http", near)


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Carrier]:
    """Two processes."""
    data, log = folder / "data", folder / "cookhouse.log"
    furnish(data)
    with _launched(data, log):
        async with _main(data) as host:
            yield Carrier("process", host, log)


WAYS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Carrier]]] = {
    each.__name__: each for each in (direct, strict, unix, tcp, http, process)
}


class Ways:
    """The ways that are open, each opened when it is asked for first; closed together."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._open: dict[str, Carrier] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self, name: str, make_folder: Callable[[str], Path]) -> Carrier:
        """Return the way of a name; its files are in a folder of its own."""
        if name not in self._open:
            self._open[name] = await self._stack.enter_async_context(WAYS[name](make_folder(name)))
        return self._open[name]


@asynccontextmanager
async def _cookhouse(data: Path, *listen: Address, tls: TlsSettings | None = None) -> AsyncIterator[Host]:
    furnish(data)
    with RunFolder(data).claim(COOKHOUSE) as claim:
        there = place(data, claim, COOKHOUSE, *listen, proves=tls is None)
        async with open_host(assembly(data, tls=tls), there) as opened:
            yield opened.host


@contextmanager
def _launched(data: Path, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        command = [sys.executable, "-m", "tests.carriers.process", str(data)]
        cookhouse = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        cookhouse.communicate(timeout=PATIENCE)  # it stops when its input ends


@asynccontextmanager
async def _main(data: Path, *addresses: Address, tls: TlsSettings | None = None) -> AsyncIterator[Host]:
    with RunFolder(data).claim(MAIN) as claim:
        here = place(data, claim, MAIN, proves=tls is None)
        async with open_host(assembly(data, *addresses, tls=tls, limit=ROOM), here) as opened:
            assert await opened.directory.connected([COOKHOUSE], PATIENCE), opened.directory.trouble("kitchen")
            yield opened.host


@asynccontextmanager
async def _served(door: Door) -> AsyncIterator[int]:
    config = uvicorn.Config(door, http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
