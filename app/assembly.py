"""What a launch is made of: read and checked as a whole before anything is opened or written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

import contracts
from app.config import GatewaySettings, Settings, load
from app.data.addresses import place_of
from app.data.migrations import check
from app.data.places import follow
from app.errors import LaunchRefused
from app.placement.topology import Topology, make_topology
from app.runtime.part import Part
from app.runtime.plan import Plan, make_plan
from app.setting_source import rather
from app.wiring import find_modules
from contracts.kit import Message


class Assembly(NamedTuple):
    """The settings, the modules there are, who provides what to whom, where it runs, and what is stood in for."""

    settings: Settings
    plan: Plan
    topology: Topology
    fakes: frozenset[str] = frozenset()

    @property
    def modules(self) -> tuple[str, ...]:
        """All modules by name, providers first."""
        return tuple(part.name for part in self.plan.order)

    def check_data(self, modules: Collection[str]) -> None:
        """Refuse databases of these modules that this code cannot use; nothing is written."""
        for part in self.plan.order:
            if part.name in modules and part.failure is None and part.keeps_data:
                check(follow(place_of(part.name, self.settings)), part.migrations)

    def digest(self, host: str, modules: Collection[str]) -> str:
        """Return what a process of a host was launched to run, in short: its modules, the settings and the code."""
        roots = {Path(__file__).parent, *map(Path, contracts.__path__)}
        roots |= {part.folder for part in self.plan.order if part.folder is not None}
        newest = max((file.stat().st_mtime_ns for root in roots for file in root.rglob("*.py")), default=0)
        # Without what is the main host's alone, and a set, which each process would show in another order.
        settings = msgspec.structs.replace(self.settings, gateway=GatewaySettings(), file="", known=frozenset())
        said = [host, sorted(modules), msgspec.structs.asdict(settings), newest]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def assemble(environ: Mapping[str, str], *, only: Collection[str] = (), fake_rest: bool = False) -> Assembly:
    """Read the settings and find the modules.

    ``only`` names the modules to run, in one process whatever the topology says; the others are left out, or with
    ``fake_rest`` stood in for by their fakes, but for BFFs. `LaunchRefused` says why it cannot be.
    """
    parts = find_modules()
    settings = load(None, environ).check_modules([part.name for part in parts])
    for part in parts:
        if part.module is not None:
            settings.module_settings(part.name, part.module.settings or Message)
    topology = make_topology(settings, parts)
    _check_tls(settings, topology)
    if not only:
        return Assembly(settings, make_plan(parts), topology)
    known = {part.name: part for part in parts}
    for name in only:
        if name not in known:
            raise LaunchRefused(f"There is no module {name}{rather(name, known)}")
    fakes = frozenset(part.name for part in parts if fake_rest and part.name not in only and _has_contract(part))
    chosen = [part for part in parts if part.name in only or part.name in fakes]
    _check_needs(chosen, make_plan(parts).providers)
    return Assembly(settings, make_plan(chosen), Topology(), fakes)


def _check_needs(chosen: Collection[Part], providers: Mapping[str, Part]) -> None:
    for part in chosen:
        optional = () if part.module is None else part.module.optional
        for contract in part.needs:
            provider = providers.get(str(contract))
            if provider is not None and provider not in chosen and contract.protocol not in optional:
                raise LaunchRefused(
                    f"Module {part.name} needs {contract}, which {provider.name} provides: run that too with "
                    f"--only {provider.name}, or have all others stood in for with --fake-rest."
                )


def _check_tls(settings: Settings, topology: Topology) -> None:
    if settings.tls is None and topology.main is not None:
        raise LaunchRefused(f"{settings.file}, [freestone] address needs [tls]; make its files with freestone certify.")
    for entry in topology.hosts.values():
        if settings.tls is None and any(each.scheme == "tcp" for each in entry.addresses):
            raise LaunchRefused(
                f"{settings.file}, [hosts.{entry.name}]: a tcp address needs [tls]; "
                "make its files with freestone certify."
            )


def _has_contract(part: Part) -> bool:
    return part.module is not None and bool(part.module.provides)
