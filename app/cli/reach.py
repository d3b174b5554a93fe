"""How a command comes to a store that runs: over the wire, as the host that the data folder's owner is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple, TypeVar

from app.assembly import Assembly, assemble
from app.errors import LaunchRefused
from app.keys import WIRE, private_key
from app.opening import contexts_of
from app.placement.directory import Directory
from app.placement.hosting import hosting_at
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN
from app.runtime.binding import Binding
from app.runtime.sweep import Sweep
from app.runtime.tasks import task_factory
from app.wire.address import Address, unix
from app.wire.agreement import shapes
from app.wire.codec import ContractCodec
from app.wire.credentials import issue
from app.wire.handshake import Passport, Refused
from app.wire.hello import HOST
from contracts.kit import CallError, Contract, contract_of
from contracts.kit.hosting import Hosting, HostState

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds to wait for a connection."""


class Seen(NamedTuple):
    """A replica of a host where it should be, and its state, or why it does not tell."""

    host: str
    replica: int
    address: Address
    state: HostState | None
    trouble: str = ""


class CliReach:
    """A running store's hosts and contracts."""

    def __init__(self, assembly: Assembly, run: RunFolder, passport: Passport, directory: Directory) -> None:
        self.assembly = assembly
        self._run = run
        self._passport = passport
        self._directory = directory
        self._sweep = Sweep(assembly.settings.patience)
        self._sweep.start()

    async def proxy(self, protocol: type[T]) -> T:
        """Return a contract of the running store, wherever its module runs; `LaunchRefused` where nothing does."""
        contract = contract_of(protocol)
        key = str(contract)
        part = self.assembly.plan.providers.get(key)
        if part is None:
            raise LaunchRefused(f"No module provides {key}.")
        if not await self._directory.connected((self._directory.host_of(part.name),), PATIENCE):
            raise LaunchRefused(f"{key} cannot be called: {self._directory.trouble(part.name)}.")
        binding = Binding(contract, contract.name, self._sweep, reason="it is not connected")
        binding.bind(self._directory.target(part.name, ContractCodec(contract, key, contract.name)))
        proxy: T = binding.proxy(HOST)
        return proxy

    async def hosts(self) -> list[Seen]:
        """Look at every host whose socket is in the run folder or whose address the settings give."""
        places = [(host, replica, unix(self._run.wire(host, replica))) for host, replica in self._run.all()]
        for name, entry in self.assembly.topology.hosts.items():
            wires = [each for each in entry.addresses if each.scheme == "tcp"]
            places += [(name, number, each) for number, each in enumerate(wires, 1)]
        return list(await asyncio.gather(*(self._look(*each) for each in places)))

    def hosting(self, host: str, address: Address) -> AbstractAsyncContextManager[Hosting]:
        """Come to a replica of a host itself; raises and hangs up as `hosting_at` does."""
        tls = contexts_of(self.assembly.settings, MAIN, (HOST,)) if address.scheme == "tcp" else None
        client = None if tls is None else tls.client
        return hosting_at(address, self._passport, self._sweep, host=host, tls=client)

    async def _look(self, host: str, replica: int, address: Address) -> Seen:
        try:
            async with asyncio.timeout(PATIENCE), self.hosting(host, address) as hosting:
                return Seen(host, replica, address, await hosting.describe())
        except TimeoutError:
            return Seen(host, replica, address, None, "it does not answer")
        except (OSError, Refused, CallError, LaunchRefused) as error:
            return Seen(host, replica, address, None, str(error).replace(f"{address} ", "it ", 1))

    def close(self) -> None:
        """Stop watching deadlines."""
        self._sweep.stop()


@asynccontextmanager
async def connect_cli(environ: Mapping[str, str], *contracts: Contract) -> AsyncIterator[CliReach]:
    """Come to the store that runs on the data folder of the settings; `LaunchRefused` where none has ever run.

    The store may be of another release: of these ``contracts`` it is asked only for what fits.
    """
    assembly = assemble(environ)
    settings = assembly.settings
    if not (settings.data / f"{WIRE}.key").exists():
        raise LaunchRefused("No store runs on this data folder.")
    asyncio.get_running_loop().set_task_factory(task_factory)
    run = RunFolder(settings.data)
    codecs = {str(each): ContractCodec(each, str(each), each.name) for each in contracts}
    identity = issue(private_key(settings.data, WIRE), MAIN, (HOST,))
    passport = Passport(MAIN, (HOST,), shapes(codecs, codecs), identity)
    tls = contexts_of(settings, MAIN, (HOST,)) if any(e.addresses for e in assembly.topology.hosts.values()) else None
    directory = Directory(
        "",
        assembly.modules,
        assembly.topology,
        run,
        passport,
        tls=None if tls is None else tls.client,
        limit=settings.limit,
    )
    async with directory:
        reach = CliReach(assembly, run, passport, directory)
        try:
            yield reach
        finally:
            reach.close()
