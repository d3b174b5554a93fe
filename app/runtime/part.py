"""One module as a host finds it: its manifest, its container, its needs, or why there are none."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
from dependency_injector import providers

from contracts.kit import Contract, Database, Module, contract_of
from contracts.kit.contract import is_contract

log = logging.getLogger("freestone.host")


class Part(msgspec.Struct, eq=False):
    """One module as it was found.

    ``folder`` is where its files lie; ``failure`` says why it cannot be built; ``needs`` are the contracts
    among its container's dependencies; one that asks for a `Database` ``keeps_data``.
    """

    name: str
    folder: Path | None = None
    module: Module | None = None
    failure: str | None = None
    needs: tuple[Contract, ...] = ()
    keeps_data: bool = False

    @property
    def provides(self) -> tuple[Contract, ...]:
        """The contracts it provides, as far as they are known."""
        return () if self.module is None else tuple(contract_of(each) for each in self.module.provides)

    @property
    def migrations(self) -> Path | None:
        """The folder with its database's history, None where it has none."""
        folder = None if self.folder is None else self.folder / "migrations"
        return folder if folder is not None and folder.is_dir() else None

    def fail(self, what: str, error: BaseException) -> None:
        """Note, and log, why this module is out of service."""
        self.failure = f"module {self.name} {what}: {type(error).__name__}: {error}"
        log.error(self.failure, exc_info=error)


def make_part(module: Module, folder: Path | None = None) -> Part:
    """Read a module's needs from a container of its own, made for this only."""
    part = Part(module.name, folder, module)
    try:
        container = module.container()
        part.needs = needs_of(container)
        part.keeps_data = any(each.instance_of is Database for each in dependencies(container).values())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the other modules shall serve
        part.fail("could not be built", error)
    return part


def dependencies(container: Any) -> dict[str, Any]:
    """Return a container's dependencies: name → dependency-injector's `Dependency`."""
    return {
        name: provider for name, provider in container.providers.items() if isinstance(provider, providers.Dependency)
    }


def needs_of(container: Any) -> tuple[Contract, ...]:
    """Return the contracts that a container declares as its needs."""
    types = [provider.instance_of for provider in dependencies(container).values()]
    return tuple(contract_of(each) for each in types if is_contract(each))
