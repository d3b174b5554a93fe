"""What a host hands in to a module, by the type that its container's dependency names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from app.config import Settings
from app.data.addresses import place_of
from app.data.database import ModuleDatabase
from app.runtime.binding import Binding
from app.runtime.identity import AssertionSigner, Identities, Keys
from app.runtime.message_guard import check_event
from app.runtime.part import Part
from app.runtime.ports import Threads
from contracts.kit import Acting, Blocking, Clock, ContractError, Database, Signer, contract_of
from contracts.kit.contract import is_contract

THREADS = 2
"""Threads a module has for blocking work: more would only take time from the event loop."""


class Supplier:
    """Hands in proxies for contracts, ports for ports, and a module's own settings."""

    def __init__(self, settings: Settings, clock: Clock, keys: Keys, bindings: Mapping[str, Binding]) -> None:
        self.identities = Identities(keys.public, clock)
        self._settings = settings
        self._bindings = bindings
        self.shared: dict[type, object] = {Clock: clock, Acting: self.identities}
        if keys.private is not None:
            self.shared[Signer] = AssertionSigner(keys.private, clock)

    async def supply(self, part: Part, wanted: type, stack: AsyncExitStack) -> Any:
        """Return what a module gets for a dependency of this type; what must be closed goes on the stack."""
        if wanted is Database:
            return await self._open_database(part, stack)
        if wanted is Blocking:
            threads = Threads(part.name, THREADS)
            stack.callback(threads.close)
            return threads
        return self.lend(part, wanted)

    def lend(self, part: Part, wanted: type) -> Any:
        """Return what a module gets of this type and nobody has to close: all but its database and threads."""
        module = part.module
        assert module is not None
        if is_contract(wanted):
            return self._bindings[str(contract_of(wanted))].proxy(part.name)
        if wanted in self.shared:
            return self.shared[wanted]
        if wanted is module.settings:
            return self._settings.module_settings(part.name, module.settings)
        raise ContractError(
            f"Module {part.name} asks for {getattr(wanted, '__name__', wanted)}, which no host hands in."
        )

    async def _open_database(self, part: Part, stack: AsyncExitStack) -> ModuleDatabase:
        events = [event for contract in part.provides for event in contract.events]
        database = await ModuleDatabase.open(
            place_of(part.name, self._settings),
            migrations=part.migrations,
            events=events,
            guard=None if self._settings.production else check_event,
        )
        stack.push_async_callback(database.close)
        return database
