"""Which host runs which modules, how many replicas of it there are, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

import msgspec

from app.config import HostTable, Settings
from app.errors import LaunchRefused
from app.runtime.part import Part
from app.setting_source import rather
from app.wire.address import Address
from app.wire.address import parse as parse_address

MAIN = "main"
"""The host that serves the gateway and runs every module that no other host does."""

NAME_SIZE = 32
"""Characters that a host's name may have: it is part of a socket's path, which the kernel keeps short."""
NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{NAME_SIZE - 1}}}")


class HostEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One host beside the main one.

    With ``addresses`` it runs elsewhere. Without, it is on this machine: one that is ``owned`` is started by
    whoever supervises, ``replicas`` times; another one somebody starts by `freestone serve`.
    """

    name: str
    modules: tuple[str, ...]
    replicas: int = 1
    owned: bool = True
    addresses: tuple[Address, ...] = ()
    token: str | None = None


class Topology(msgspec.Struct, frozen=True):
    """Every host beside the main one, by name; none: everything is in one process.

    ``main`` is where hosts on other machines find the main one, None where there are no such hosts.
    """

    hosts: Mapping[str, HostEntry] = {}
    main: Address | None = None

    @property
    def owned(self) -> tuple[HostEntry, ...]:
        """The hosts that this launch starts and supervises."""
        return tuple(entry for entry in self.hosts.values() if entry.owned)

    def host_of(self, module: str) -> str:
        """Return the name of the host that runs a module."""
        for entry in self.hosts.values():
            if module in entry.modules:
                return entry.name
        return MAIN

    def modules_of(self, host: str, all_modules: Iterable[str]) -> tuple[str, ...]:
        """Return the modules that a host runs, in the order of ``all_modules``."""
        return tuple(module for module in all_modules if self.host_of(module) == host)


def make_topology(settings: Settings, parts: Iterable[Part]) -> Topology:
    """Read the [hosts] tables for a store of these modules; `LaunchRefused` in one sentence for what cannot be."""
    known = {part.name: part for part in parts}
    hosts = {name: _entry(settings.file, name, table, known) for name, table in settings.hosts.items()}
    placed: dict[str, str] = {}
    for entry in hosts.values():
        for module in entry.modules:
            other = placed.setdefault(module, entry.name)
            if other != entry.name:
                raise LaunchRefused(
                    f"{settings.file}: module {module} is in [hosts.{other}] and in [hosts.{entry.name}]; "
                    "a module has one host: take it out of one of them."
                )
    return Topology(hosts, _main(settings))


def check_name(place: str, name: str) -> None:
    """Refuse what cannot be the name of a host beside the main one."""
    if name == MAIN:
        _refuse(place, "main is the process that serves the gateway; give this host another name")
    if not NAME.fullmatch(name):
        _refuse(place, f"a host's name is in snake case, such as {MAIN}, with at most {NAME_SIZE} characters")


def _main(settings: Settings) -> Address | None:
    if settings.address is None:
        return None
    place = f"{settings.file}, [freestone] address"
    try:
        address = parse_address(settings.address)
    except LaunchRefused as refusal:
        raise LaunchRefused(f"{place}: {refusal}") from None
    if address.scheme != "tcp":
        _refuse(place, "other machines find the main host by TCP; say tcp://host:port")
    return address


def _entry(file: str, name: str, table: HostTable, known: Mapping[str, Part]) -> HostEntry:
    place = f"{file}, [hosts.{name}]"
    check_name(place, name)
    if not table.modules:
        _refuse(place, "modules is empty; name those that shall run there, or remove the table")
    for module in table.modules:
        if module not in known:
            raise LaunchRefused(f"{place}: there is no module {module}{rather(module, known)}")
        if table.modules.count(module) > 1:
            _refuse(place, f"module {module} is named twice; once is enough")
    if table.addresses:
        return _elsewhere(place, name, table, known)
    if table.token is not None:
        _refuse(place, "token is for a host with an http address; leave it out")
    owned = table.start is not False
    if not owned and table.replicas is not None:
        _refuse(place, "replicas is how many are started, and start = false says that none is; leave one of them out")
    return HostEntry(name=name, modules=table.modules, replicas=table.replicas or 1, owned=owned)


def _elsewhere(place: str, name: str, table: HostTable, known: Mapping[str, Part]) -> HostEntry:
    if table.start:
        _refuse(place, "start = true is for hosts on this machine, and addresses for others; leave one of them out")
    if table.replicas is not None:
        _refuse(place, "each of its addresses is a replica; leave replicas out")
    for module in table.modules:
        manifest = known[module].module
        if manifest is not None and manifest.web is not None:
            _refuse(
                place,
                f"module {module} has pages, which the gateway fetches from hosts on this machine alone; "
                "leave addresses out, or the module",
            )
    addresses = []
    for text in table.addresses:
        try:
            address = parse_address(text)
        except LaunchRefused as refusal:
            raise LaunchRefused(f"{place} addresses: {refusal}") from None
        if address in addresses:
            _refuse(place, f"the address {address} is named twice; once is enough")
        addresses.append(address)
    is_http = any(address.scheme == "http" for address in addresses)
    if len(addresses) > 1 and is_http:
        _refuse(place, "an http address stands alone; leave the others out, or name a balancer's")
    if table.token is not None and not is_http:
        _refuse(place, "token is for a host with an http address; leave it out")
    return HostEntry(name=name, modules=table.modules, owned=False, addresses=tuple(addresses), token=table.token)


def _refuse(place: str, why: str) -> NoReturn:
    raise LaunchRefused(f"{place}: {why}.")
