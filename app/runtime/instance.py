"""A module built alone: its container with everything it declares, and what it opened for that."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from dependency_injector import providers

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from app.events.outbox import StoredOutbox
from app.runtime.binding import check_provider
from app.runtime.carrying import Carry
from app.runtime.needs import outbox_key
from app.runtime.part import Part, dependencies
from app.runtime.supply import Supplier
from app.runtime.target import Once, Target
from app.runtime.web import WebApp
from app.wire.hello import DOOR, HOST
from contracts.kit import Contract, ContractError

log = logging.getLogger("freestone.host")

CLEAN_UP = 1.0
"""Seconds that calls which are cut off may take to clean up."""


class Instance(msgspec.Struct, eq=False):
    """One running instance of a module: what it provides, ``feed`` (its outbox) included, and what it opened."""

    part: Part
    container: Any
    stack: AsyncExitStack
    database: ModuleDatabase | None
    targets: dict[str, Target]
    outbox: StoredOutbox | None
    feed: Target | None
    web: WebApp | None

    async def close(self, grace: float | None = None) -> None:
        """Wait for the calls, streams and requests that began here, then close what was opened, the latest first.

        All its targets are retired. What is under way after ``grace`` seconds is cancelled.
        """
        if self.outbox is not None:
            self.outbox.retire()
        try:
            async with asyncio.timeout(grace):
                await self._drain()
        except TimeoutError:
            log.warning("module %s still has calls under way after %g s; they are cut off", self.part.name, grace)
            await self._cut_off()
        finally:
            await self.stack.aclose()

    @property
    def _served(self) -> tuple[Target, ...]:
        return (*self.targets.values(), *((self.feed,) if self.feed else ()))

    async def _drain(self) -> None:
        for target in self._served:
            await target.drain()
        if self.web is not None:
            await self.web.drain()

    async def _cut_off(self) -> None:
        tasks = {frame.task for target in self._served for frame in target.calls if frame.task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLEAN_UP)


async def build(part: Part, supplier: Supplier, limit: int, carry: Carry) -> Instance:
    """Build a module: make its container, hand in each dependency ready, resolve what it provides.

    ``carry`` is given each target with the key of its contract, and returns what is to be bound instead. Raises
    whatever goes wrong, after closing what was opened.
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
        for contract in part.provides:
            check_provider(contract, targets[str(contract)].provider)
        targets = {key: carry(key, target) for key, target in targets.items()}
        web = None if module.web is None else WebApp(module.web(container))
        outbox = None if database is None else StoredOutbox(database, strangers=(HOST, DOOR))
        feed = None if outbox is None else carry(outbox_key(part.name), Target(outbox, limit))
        return Instance(part, container, stack.pop_all(), database, targets, outbox, feed, web)


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
    if not getattr(found[0].cls, "__final__", False):
        raise ContractError(
            f"{found[0].cls.__name__} provides {contract} and is not @final; mark it, so that mypy sees what it lacks."
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
