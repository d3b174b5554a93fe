"""Where every other host is, and how this one's calls, streams and requests get there."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from app.placement.endpoint import Endpoint
from app.placement.neighbour import Neighbour
from app.placement.retrying import Retrying
from app.placement.runfolder import RunFolder
from app.placement.sender import WireSender
from app.placement.topology import MAIN, Topology
from app.runtime.target import Target
from app.wire.address import Address, unix
from app.wire.codec import ContractCodec
from app.wire.handshake import Passport
from app.wire.limits import Limits
from app.wire.remote import remote_target
from contracts.kit.module import ASGIApp

log = logging.getLogger("freestone.placement")

LOOK = 0.25
"""Seconds between two looks into the run folder: so long a new replica may be unknown."""


class Directory:
    """The hosts of a topology that are not this one, from `start` to `stop`; a `Reach` for its host.

    Hosts of this machine are found in the run folder, others under the addresses that the settings give.
    ``modules`` are all there are, ``me`` is the name of the host that asks.
    """

    def __init__(
        self,
        me: str,
        modules: Iterable[str],
        topology: Topology,
        run: RunFolder,
        passport: Passport,
        *,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        limit: int = 1000,
    ) -> None:
        self._topology = topology
        self._run = run
        self._passport = passport
        self._tls = tls
        self._limits = limits or Limits()
        self._limit = limit
        self._neighbours: dict[str, Neighbour] = {}
        self._providers: dict[str, str] = {}
        self._doors: dict[str, Sequence[Path]] = {}
        self._listed: Sequence[tuple[str, int]] | None = None
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._watching: asyncio.Task[None] | None = None
        self._said = ""
        by_host: dict[str, set[str]] = {}
        for module in modules:
            by_host.setdefault(topology.host_of(module), set()).add(module)
        for name, theirs in by_host.items():
            if name != me and not self._base(name):
                self._neighbours[name] = self._neighbour(name, frozenset(theirs))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to look for the others and to connect to them."""
        await self._look()
        self._watching = asyncio.get_running_loop().create_task(self._watch(), name="directory")

    async def stop(self) -> None:
        """Close every connection."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        endpoints = [each for neighbour in self._neighbours.values() for each in neighbour.endpoints.values()]
        await asyncio.gather(*(each.stop() for each in endpoints), *(close() for close in self._closing))

    async def connected(self, hosts: Iterable[str], patience: float) -> bool:
        """Wait until a replica of each of these hosts is connected, or for so many seconds; say whether they are."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while any(self._neighbours[name].trouble for name in hosts if name in self._neighbours):
                    await self._look()
                    await asyncio.sleep(0.02)
                return True
        return False

    def target(self, module: str, codec: ContractCodec) -> Target:
        """See `Reach`."""
        self._providers[codec.key] = module
        host = self._topology.host_of(module)
        base = self._base(host)
        if base is None:
            neighbour = self._neighbours[host]
            return remote_target(codec, Retrying(WireSender(neighbour, module), neighbour.nudge), self._limit)
        from app.wire.http import HttpSender  # here, since few hosts need an HTTP client, and it takes 0.1 s to import

        sender = HttpSender(base, token=self._topology.hosts[host].token)
        self._closing.append(sender.close)
        return remote_target(codec, Retrying(sender, lambda: None), self._limit)

    def web(self, module: str) -> ASGIApp:
        """See `Reach`."""
        from app.gateway.upstream import Upstream

        host = self._topology.host_of(module)
        upstream = Upstream(module, lambda: self._doors.get(host, ()))
        self._closing.append(upstream.close)
        return upstream

    def host_of(self, module: str) -> str:
        """See `Reach`."""
        return self._topology.host_of(module)

    def trouble(self, module: str) -> str | None:
        """See `Reach`; of a host that is come to by HTTP nothing is known beforehand."""
        neighbour = self._neighbours.get(self._topology.host_of(module))
        if neighbour is None:
            return None
        theirs = [key for key, provider in self._providers.items() if provider == module]
        return neighbour.trouble or neighbour.misfit_of(theirs)

    def misfits(self, key: str) -> Mapping[str, str]:
        """Return the operations of a contract, and the events, that cannot be asked for now, each with the reason.

        They are known by their paths. Where nobody is connected, none is.
        """
        module = self._providers.get(key)
        neighbour = None if module is None else self._neighbours.get(self._topology.host_of(module))
        return {} if neighbour is None else neighbour.misfits((key,))

    def failure(self, module: str) -> str | None:
        """See `Reach`."""
        neighbour = self._neighbours.get(self._topology.host_of(module))
        return None if neighbour is None else neighbour.failure_of(module)

    def _base(self, host: str) -> str | None:
        """Return the base URL of a host that speaks HTTP, None for the others."""
        entry = self._topology.hosts.get(host)
        addresses = () if entry is None else entry.addresses
        return next((str(each) for each in addresses if each.scheme == "http"), None)

    def _neighbour(self, name: str, modules: frozenset[str]) -> Neighbour:
        entry = self._topology.hosts.get(name)
        fixed = () if entry is None else entry.addresses

        def find() -> list[Address]:
            if fixed:
                return list(fixed)
            listed = self._run.all() if self._listed is None else self._listed
            replicas = [replica for host, replica in listed if host == name]
            self._doors[name] = [self._run.door(name, each) for each in replicas]
            here = [unix(self._run.wire(name, each)) for each in replicas]
            away = self._topology.main if name == MAIN else None
            return [away] if away is not None and not here else here

        def make(address: Address) -> Endpoint:
            tls = self._tls if address.scheme == "tcp" else None
            return Endpoint(address, self._passport, modules, host=name, tls=tls, limits=self._limits)

        return Neighbour(name, find, make)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may do better
                self._complain(repr(error))
            else:
                self._said = ""

    def _complain(self, trouble: str) -> None:
        """Log what is wrong, once for as long as it stays the same."""
        if trouble != self._said:
            self._said = trouble
            log.warning("other hosts cannot be looked for: %s", trouble)

    async def _look(self) -> None:
        self._listed = self._run.all()  # once for all of them
        try:
            gone = [each for neighbour in self._neighbours.values() for each in neighbour.look()]
        finally:
            self._listed = None
        for each in gone:
            await each.stop()
