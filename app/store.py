"""The composition root: what was assembled, its main host, the hosts beside it, and the gateway, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

from app.assembly import Assembly, assemble
from app.failpoints import failpoints
from app.gateway import Gateway, ModuleStatus, Status
from app.keys import ACTOR, WIRE, private_key
from app.launch import DataFolder
from app.opening import Opened, Place, door, open_host
from app.placement.child import Processes
from app.placement.directory import Directory
from app.placement.election import SupervisorLock
from app.placement.hosting import Attendants
from app.placement.runfolder import RunFolder
from app.placement.supervisor import Supervisor
from app.placement.topology import MAIN, HostEntry, Topology
from app.runtime.host import Host
from app.runtime.tasks import task_factory
from app.wire.credentials import HostIdentity, issue
from app.wire.handshake import Passport
from app.wire.hello import DOOR, HOST

PATIENCE = 20.0
"""Seconds for which the hosts beside the main one are waited for, before it serves without them."""
LOOK = 0.05
"""Seconds between two looks whether they are there."""


class Store(NamedTuple):
    """A running store: its host, and the front door to it."""

    host: Host
    gateway: Gateway


@asynccontextmanager
async def open_store(
    environ: Mapping[str, str], *, only: Collection[str] = (), fake_rest: bool = False
) -> AsyncIterator[Store]:
    """Open the store that the settings describe; ``only`` and ``fake_rest`` are as for `assemble`.

    `LaunchRefused` says why it cannot be. Whatever there is, is checked before anything is written.
    """
    assembly = assemble(environ, only=only, fake_rest=fake_rest)
    async with _main_host(assembly, environ) as opened:
        host = opened.host
        yield Store(
            host,
            Gateway(
                assembly.settings.gateway, host.slots.values, partial(status_of, host), door(assembly, host, front=True)
            ),
        )


@asynccontextmanager
async def open_alone(environ: Mapping[str, str]) -> AsyncIterator[Host]:
    """Run every module whose data lies here in one process, with nobody else at work on the data folder."""
    assembly = assemble(environ)
    elsewhere = [entry.name for entry in assembly.topology.hosts.values() if entry.addresses]
    modules = tuple(each for each in assembly.modules if assembly.topology.host_of(each) not in elsewhere)
    with DataFolder.prepare(assembly.settings.data, alone=True):
        async with _opened(assembly, modules) as opened:
            await opened.directory.connected(elsewhere, PATIENCE)
            yield opened.host


@asynccontextmanager
async def _main_host(assembly: Assembly, environ: Mapping[str, str]) -> AsyncIterator[Opened]:
    settings, topology = assembly.settings, assembly.topology
    failpoints.arm(environ, production=settings.production)
    with DataFolder.prepare(settings.data):
        async with AsyncExitStack() as stack:
            modules = topology.modules_of(MAIN, assembly.modules)
            if not topology.owned:
                yield await stack.enter_async_context(_opened(assembly, modules))
                return
            supervisor = await stack.enter_async_context(_supervisor(assembly, environ))
            opened = await stack.enter_async_context(_opened(assembly, modules))
            await _until_up(supervisor, opened.directory, topology)
            yield opened


@asynccontextmanager
async def _opened(assembly: Assembly, modules: tuple[str, ...]) -> AsyncIterator[Opened]:
    data = assembly.settings.data
    assembly.check_data(modules)
    private_key(data, ACTOR)
    # Whoever bears a module's token comes in here, wherever the module itself runs.
    visiting = (each for each in assembly.modules if each in assembly.settings.door.tokens and each not in modules)
    callers = (*modules, *visiting, HOST, DOOR)
    identity = issue(private_key(data, WIRE), MAIN, callers)
    run = RunFolder(data)
    with run.claim(MAIN) as claim:
        # One replica alone can listen there.
        listen = (assembly.topology.main,) if assembly.topology.main is not None and claim.replica == 1 else ()
        async with open_host(assembly, Place(MAIN, modules, callers, run, claim, identity, listen)) as opened:
            yield opened


@asynccontextmanager
async def _supervisor(assembly: Assembly, environ: Mapping[str, str]) -> AsyncIterator[Supervisor]:
    """Start the hosts that are owned, or stand by where another process does, until the block ends."""
    data = assembly.settings.data
    for entry in assembly.topology.owned:
        assembly.check_data(entry.modules)
    private_key(data, ACTOR)
    authority, run = private_key(data, WIRE), RunFolder(data)

    def identity(entry: HostEntry) -> HostIdentity:
        return issue(authority, entry.name, entry.modules)

    asyncio.get_running_loop().set_task_factory(task_factory)
    passport = Passport(MAIN, (HOST,), {}, issue(authority, MAIN, (HOST,)))
    with Attendants(run, passport) as reach:
        supervisor = Supervisor(
            assembly.topology,
            SupervisorLock(data),
            Processes(run, identity, environ),
            reach,
            lambda entry: assembly.digest(entry.name, entry.modules),
        )
        async with supervisor:
            yield supervisor


async def _until_up(supervisor: Supervisor, directory: Directory, topology: Topology) -> None:
    """Wait until every replica serves and reaches what it needs, or has failed once, or for `PATIENCE`.

    Where one has failed, others that need it never reach it, so it is enough that they are connected.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while True:
                failing = {each.host for each in supervisor.state if each.restarts}
                hosts = [entry.name for entry in topology.owned if entry.name not in failing]
                if await directory.connected(hosts, LOOK):
                    modules = (module for entry in topology.owned for module in entry.modules)
                    if failing or any(map(directory.failure, modules)) or all(each.ready for each in supervisor.state):
                        return
                    await asyncio.sleep(LOOK)


def status_of(host: Host) -> Status:
    """Return whether a host is ready, and its modules.

    Ready means that every module serves: an upgrade that breaks one shall not replace what works.
    """
    failures = host.status()
    modules = (
        ModuleStatus(name, "quarantined" if failure else "serving", failure) for name, failure in failures.items()
    )
    return Status(not any(failures.values()), tuple(modules))
