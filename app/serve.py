"""A host beside the main one: some modules in a process of their own, from its start to its stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from app.assembly import Assembly, assemble
from app.errors import LaunchRefused
from app.failpoints import failpoints
from app.keys import ACTOR, WIRE, private_key
from app.launch import DataFolder, bind
from app.opening import Opened, Place, door, open_host
from app.placement.runfolder import RunFolder
from app.setting_source import rather
from app.store import status_of
from app.wire.address import Address
from app.wire.credentials import HostIdentity, issue
from app.wire.door import InnerDoor
from app.wire.door.serving import serving, unix_socket


class ServeSpec(NamedTuple):
    """What `freestone serve` was told.

    ``replica`` is a number of its own where None; ``listen`` are addresses beside the sockets in the run folder;
    a host that is ``attended`` stops a few seconds after its supervisor is gone. ``identity`` is what the
    supervisor gave it; without one it makes its own, as who holds the data folder may.
    """

    modules: tuple[str, ...]
    name: str
    replica: int | None = None
    listen: tuple[Address, ...] = ()
    attended: bool = False
    identity: HostIdentity | None = None


async def serve_host(spec: ServeSpec, environ: Mapping[str, str]) -> int:
    """Serve until SIGINT, SIGTERM, a call of `Hosting.stop` or, where it is attended, the supervisor's end.

    Returns the process's exit code. `LaunchRefused` says why it cannot be.
    """
    assembly = assemble(environ)
    failpoints.arm(environ, production=assembly.settings.production)
    for name in spec.modules:
        if name not in assembly.modules:
            raise LaunchRefused(f"There is no module {name}{rather(name, assembly.modules)}")
    async with _opened(assembly, spec) as opened:
        gone = opened.attendance.gone
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, gone.set)
        if spec.attended:
            opened.attendance.depend()
        print(f"Host {spec.name} serves {', '.join(spec.modules)}.", flush=True)
        await gone.wait()
    return 0


@asynccontextmanager
async def _opened(assembly: Assembly, spec: ServeSpec) -> AsyncIterator[Opened]:
    settings, run = assembly.settings, RunFolder(assembly.settings.data)
    wires = tuple(each for each in spec.listen if each.scheme != "http")
    with DataFolder.prepare(settings.data):
        assembly.check_data(spec.modules)
        identity = spec.identity
        if identity is None and not any(each.scheme == "tcp" for each in wires):
            # On this machine; a host on another is sent the public keys, and proves itself by its certificate.
            private_key(settings.data, ACTOR)
            identity = issue(private_key(settings.data, WIRE), spec.name, spec.modules)
        with run.claim(spec.name, spec.replica) as claim:
            place = Place(spec.name, spec.modules, spec.modules, run, claim, identity, wires)
            async with open_host(assembly, place) as opened:
                host = opened.host
                slots = {name: slot for name, slot in host.slots.items() if name in host.runs}
                inner = InnerDoor(door(assembly, host, trusted=True), slots, partial(status_of, host), settings.gateway)
                async with AsyncExitStack() as doors:
                    await doors.enter_async_context(serving(inner, unix_socket(claim.door)))
                    for each in spec.listen:
                        if each.scheme == "http":
                            outer = InnerDoor(door(assembly, host), {}, partial(status_of, host), settings.gateway)
                            await doors.enter_async_context(serving(outer, _listen(each)))
                    doors.callback(host.end_feeds)  # first, since the doors wait for what is read there
                    yield opened


def _listen(address: Address) -> socket.socket:
    found = urlsplit(address.place)
    if found.scheme != "http" or found.path or found.hostname is None:
        raise LaunchRefused(
            f"{address} cannot be listened on; say http://host:port, and leave TLS to a proxy before it."
        )
    return bind(found.hostname, found.port or 80)
