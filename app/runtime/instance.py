"""A module built alone: its container with everything it declares, and what it opened for that."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import msgspec
from dependency_injector import providers

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from app.events.outbox import StoredOutbox
from app.runtime.part import Part, dependencies
from app.runtime.supply import Supplier
from app.runtime.target import Once, Target
from contracts.kit import Contract, ContractError
from contracts.kit.module import ASGIApp


class Instance(msgspec.Struct, eq=False):
    """One running instance of a module; `close` gives back what it opened."""

    part: Part
    container: Any
    stack: AsyncExitStack
    database: ModuleDatabase | None
    outbox: StoredOutbox | None
    targets: dict[str, Target]
    web: ASGIApp | None

    async def close(self) -> None:
        """Close everything that was opened for this instance, the latest first."""
        await self.stack.aclose()


async def build(part: Part, supplier: Supplier, limit: int) -> Instance:
    """Build a module: make its container, hand in each dependency ready, resolve what it provides.

    Raises whatever goes wrong, after closing what was opened.
    """
    module = part.module
    assert module is not None
    async with AsyncExitStack() as stack:
        container: Any = module.container()
        database = None
        for dependency in dependencies(container).values():
            handed = await supplier.supply(part, dependency.instance_of, stack)
            if isinstance(handed, ModuleDatabase):
                database = handed
            dependency.override(providers.Object(handed))
        if module.listens and database is None:
            raise ContractError(f"Module {part.name} listens to events, but declares no database to keep its place in.")
        targets = {
            str(contract): Target(_provider(container, contract), limit, once=_repeaters(contract, database, part.name))
            for contract in part.provides
        }
        web = None if module.web is None else module.web(container)
        outbox = None if database is None else StoredOutbox(database)
        return Instance(part, container, stack.pop_all(), database, outbox, targets, web)


def _provider(container: Any, contract: Contract) -> object:
    """Resolve the one provider of a container whose class provides a contract by name."""
    found = [
        provider
        for provider in container.providers.values()
        if contract.protocol in getattr(getattr(provider, "cls", None), "__mro__", ())
    ]
    if len(found) != 1:
        raise ContractError(
            f"{type(container).__name__} has {len(found)} providers of {contract}; it takes exactly one, "
            f"e.g. providers.Singleton of a class that inherits {contract.protocol.__name__}."
        )
    return found[0]()


def _repeaters(contract: Contract, database: ModuleDatabase | None, module: str) -> dict[str, Once]:
    repeatable = [each for each in contract.operations.values() if each.semantics.repeat is not None]
    if repeatable and database is None:
        raise ContractError(
            f"{contract}.{repeatable[0].name} is repeatable, but module {module} has no database to keep its keys; "
            "declare database = providers.Dependency(instance_of=Database)."
        )
    return {each.name: Repeater(database, f"{contract.name}.{each.name}", each) for each in repeatable if database}
