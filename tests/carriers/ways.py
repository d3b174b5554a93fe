"""Every way in which a call can travel, each with the kitchen and the pantry at its far end."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from app.config import DoorSettings, GatewaySettings, TlsSettings
from app.launch import bind
from app.opening import door, open_host
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.wire.address import Address
from app.wire.certificates import make_authority, make_certificate
from app.wire.door.serving import serving
from app.wire.http import HttpSender
from app.wire.remote import remote_target
from tests.builders import KEY
from tests.carriers.carriers import Carrier
from tests.carriers.house import CALLER, COOKHOUSE, MODULES, assembly, furnish, place
from tests.carriers.process import launched

PATIENCE = 20.0
"""Seconds until a kitchen that cannot be reached is given up."""
ROOM = 1000
"""How many calls to the kitchen its callers may have under way: more than the kitchen."""


@asynccontextmanager
async def direct(folder: Path, **settings: Any) -> AsyncIterator[Carrier]:
    """Caller and kitchen in one host."""
    found = assembly(folder, **settings)
    async with Host(found.plan, found.settings, both_keys(KEY)) as host:
        yield Carrier("strict" if found.settings.strict else "direct", host)


def strict(folder: Path, **settings: Any) -> AbstractAsyncContextManager[Carrier]:
    """The same, but through the codec, and twice."""
    return direct(folder, strict=True, **settings)


@asynccontextmanager
async def unix(folder: Path, **settings: Any) -> AsyncIterator[Carrier]:
    """Two hosts on one machine, here in one process."""
    async with cookhouse(folder / "data", **settings), main_host(folder / "data", **settings) as host:
        yield Carrier("unix", host)


@asynccontextmanager
async def tcp(folder: Path) -> AsyncIterator[Carrier]:
    """Two hosts that prove to each other by certificates who they are."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = Address("tcp", "127.0.0.1", free.getsockname()[1])
    certificates = _certificates(folder)
    furnish(folder / "near")
    async with (
        cookhouse(folder / "far", address, tls=certificates[COOKHOUSE]),
        main_host(folder / "near", address, tls=certificates[MAIN]) as host,
    ):
        yield Carrier("tcp", host)


@asynccontextmanager
async def http(folder: Path, **settings: Any) -> AsyncIterator[Carrier]:
    """A client of the door, as a module written in any language would be one."""
    token = "of-sixteen-letters-or-more"
    settings |= {"door": DoorSettings(tokens={CALLER: token}), "gateway": GatewaySettings(max_body=4 << 20)}
    found = assembly(folder / "near")
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(cookhouse(folder / "data", **settings))
        listener = stack.enter_context(bind("127.0.0.1", 0))
        outside = door(assembly(folder / "data", **settings), host)
        await stack.enter_async_context(serving(outside, listener))
        sender = HttpSender(f"http://127.0.0.1:{listener.getsockname()[1]}", token=token)
        stack.push_async_callback(sender.close)
        near = await stack.enter_async_context(Host(found.plan, found.settings, both_keys(KEY), runs=MODULES[MAIN]))
        for key in host.exports.bindings.keys() & near.bindings.keys():
            near.bindings[key].bind(remote_target(near.codecs[key], sender, ROOM))
        yield Carrier("http", near)


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Carrier]:
    """Two processes, as they are launched."""
    furnish(folder / "data")
    with launched(folder / "data") as child:
        async with main_host(folder / "data") as host:
            yield Carrier("process", host, child.log)


WAYS: Mapping[str, Callable[..., AbstractAsyncContextManager[Carrier]]] = {
    each.__name__: each for each in (direct, strict, unix, tcp, http, process)
}


class Ways:
    """The ways that are open, each opened when it is asked for first, with the same settings; closed together."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._open: dict[str, Carrier] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self, name: str, make_folder: Callable[[str], Path]) -> Carrier:
        """Return the way of a name; its files are in a folder of its own."""
        if name not in self._open:
            self._open[name] = await self._stack.enter_async_context(WAYS[name](make_folder(name), **self._settings))
        return self._open[name]


@asynccontextmanager
async def cookhouse(data: Path, *listen: Address, **settings: Any) -> AsyncIterator[Host]:
    """Run the cookhouse in this process, over a data folder that is made for it."""
    furnish(data)
    with RunFolder(data).claim(COOKHOUSE) as claim:
        there = place(data, claim, COOKHOUSE, *listen, proves="tls" not in settings)
        async with open_host(assembly(data, **settings), there) as opened:
            yield opened.host


@asynccontextmanager
async def main_host(data: Path, *addresses: Address, **settings: Any) -> AsyncIterator[Host]:
    """Run the main host, connected to a cookhouse that runs, at these addresses or on this machine."""
    with RunFolder(data).claim(MAIN) as claim:
        here = place(data, claim, MAIN, proves="tls" not in settings)
        async with open_host(assembly(data, *addresses, **{"limit": ROOM} | settings), here) as opened:
            assert await opened.directory.connected([COOKHOUSE], PATIENCE), opened.directory.trouble("kitchen")
            yield opened.host


def _certificates(folder: Path) -> Mapping[str, TlsSettings]:
    now = datetime.now(UTC)
    authority = make_authority(now)
    (folder / "authority.pem").write_bytes(authority.certificate)
    made = {}
    for name, modules in MODULES.items():
        pair = make_certificate(authority, name, modules, now)
        files = TlsSettings(
            certificate=folder / f"{name}.pem", key=folder / f"{name}.key", authority=folder / "authority.pem"
        )
        files.certificate.write_bytes(pair.certificate)
        files.key.write_bytes(pair.key)
        made[name] = files
    return made
