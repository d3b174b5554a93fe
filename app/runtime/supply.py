"""What a host hands in to a module, by the type that its container's dependency names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from app.config import Settings
from app.data.database import ModuleDatabase
from app.runtime.binding import Binding
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.part import Part
from app.runtime.ports import Threads
from contracts.kit import Acting, Blocking, Clock, ContractError, Database, Signer, contract_of
from contracts.kit.contract import is_contract

THREADS = 2
"""Threads a module has for blocking work: more would only take time from the event loop."""


class Supplier:
    """Hands in proxies for contracts, ports for ports, and a module's own settings."""

    def __init__(self, settings: Settings, clock: Clock, key: bytes, bindings: Mapping[str, Binding]) -> None:
        self._settings = settings
        self._bindings = bindings
        self._shared: dict[type, object] = {
            Clock: clock,
            Signer: AssertionSigner(key, clock),
            Acting: Identities(public_part(key), clock),
        }

    async def supply(self, part: Part, wanted: type, stack: AsyncExitStack) -> Any:
        """Return what a module gets for a dependency of this type; what must be closed goes on the stack."""
        module = part.module
        assert module is not None
        if is_contract(wanted):
            return self._bindings[str(contract_of(wanted))].proxy(part.name)
        if wanted is Database:
            return await self._open_database(part, stack)
        if wanted is Blocking:
            threads = Threads(part.name, THREADS)
            stack.callback(threads.close)
            return threads
        if wanted in self._shared:
            return self._shared[wanted]
        if wanted is module.settings:
            return self._settings.module_settings(part.name, module.settings)
        raise ContractError(
            f"Module {part.name} asks for {getattr(wanted, '__name__', wanted)}, which no host hands in."
        )

    async def _open_database(self, part: Part, stack: AsyncExitStack) -> ModuleDatabase:
        events = [event for contract in part.provides for event in contract.events]
        database = await ModuleDatabase.open(part.name, self._settings.data, migrations=part.migrations, events=events)
        stack.push_async_callback(database.close)
        return database
