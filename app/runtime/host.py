"""The host: builds each module alone, binds contracts, runs background work, closes everything."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any, Self, TypeVar

from app.config import Settings
from app.data.housekeeping import keep_house
from app.errors import LaunchRefused
from app.events.subscription import Subscription
from app.runtime.background import Background
from app.runtime.binding import Binding
from app.runtime.guard import TransactionGuard
from app.runtime.instance import Instance, build
from app.runtime.part import Part
from app.runtime.plan import Plan, publisher_of
from app.runtime.ports import SystemClock
from app.runtime.supply import Supplier
from app.runtime.sweep import Sweep
from app.runtime.tasks import task_factory
from app.runtime.web import WebSlot
from contracts.kit import Clock, Contract, contract_of
from contracts.kit.module import Seed
from contracts.kit.outbox import Outbox

T = TypeVar("T")
log = logging.getLogger("freestone.host")

GRACE = 10.0
"""Seconds that all calls under way together may take to end when the host stops."""
STOPPING = "the host is stopping"


class Host:
    """Runs some modules in this process, from `start` to `stop` (or as a context manager).

    A module that fails to build or start is quarantined: its contracts answer `Unavailable` with the
    reason, and the others serve. `LaunchRefused` stops the start, with everything closed again.
    """

    def __init__(self, plan: Plan, settings: Settings, key: bytes, *, clock: Clock | None = None) -> None:
        self.parts = plan.order
        self.settings = settings
        self.guard = TransactionGuard(production=settings.production)
        self.sweep = Sweep()
        self.slots = {
            part.name: WebSlot(part.name, part.module.path) for part in self.parts if part.module and part.module.web
        }
        self._providers = plan.providers
        self._bindings: dict[str, Binding] = {}
        self._supplier = Supplier(settings, clock or SystemClock(), key, self._bindings)
        self._outboxes: dict[str, Binding] = {}
        self._instances: dict[str, Instance] = {}
        self._background: dict[str, Background] = {}
        self._subscriptions: dict[str, list[Subscription]] = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Build all modules, providers first, and begin their background work."""
        asyncio.get_running_loop().set_task_factory(task_factory)  # and leave it: it does no harm without a host
        self._make_bindings()
        self.sweep.start()
        try:
            for part in self.parts:
                await self._bring_up(part)
            for name in list(self._instances):
                self._begin_background(name)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End background work, let calls under way end for a while, and close all modules, whatever fails."""
        until = asyncio.get_running_loop().time() + GRACE
        async with AsyncExitStack() as stack:
            stack.callback(self.sweep.stop)
            for name in self._instances:
                stack.push_async_callback(self._take_down, name, until)
            for background in self._background.values():
                stack.push_async_callback(background.stop)

    def proxy(self, protocol: type[T], caller: str = "host") -> T:
        """Return a contract for the host's own use: command line, tests, seeds."""
        contract = contract_of(protocol)
        if str(contract) not in self._bindings:
            raise LaunchRefused(f"No module here provides or needs {contract}.")
        proxy: T = self._bindings[str(contract)].proxy(caller)
        return proxy

    def container(self, module: str) -> Any:
        """Return a running module's container; for its own commands and background work."""
        return self._instances[module].container

    @property
    def seeded(self) -> dict[str, Seed]:
        """The modules that serve and can fill themselves with demonstration data, providers first."""
        serving = [part.module for part in self.parts if part.module and not part.failure]
        return {module.name: module.seed for module in serving if module.seed}

    def status(self) -> dict[str, str | None]:
        """Return every module with the reason why it does not serve, None where it does."""
        return {part.name: part.failure for part in self.parts}

    async def renew(self, module: str) -> None:
        """Replace a module's instance by a new one while calls go on; returns when the old one is closed.

        For a while both are at work, as two instances of a module always may be. `LookupError` for a module
        that does not serve.
        """
        if module not in self._instances:
            raise LookupError(f"Module {module} does not serve and cannot be renewed: start the host again.")
        before, background = self._instances[module], self._background[module]
        after = await build(before.part, self._supplier, self.settings.limit)
        self._bind(after)
        self._begin_background(module)
        try:
            await background.stop()
        finally:
            await before.close()

    async def settled(self) -> None:
        """Wait until every subscription has handled what was published before now."""
        heads = {name: await each.outbox.head() for name, each in self._instances.items() if each.outbox}
        while behind := [each for each in self._listening() if each.position < heads.get(each.publisher, 0)]:
            with suppress(TimeoutError):  # it may be replaced meanwhile
                async with asyncio.timeout(1.0):
                    await behind[0].reached(heads[behind[0].publisher])

    def _listening(self) -> list[Subscription]:
        return [each for subscriptions in self._subscriptions.values() for each in subscriptions]

    def _make_bindings(self) -> None:
        known = {str(each): each for part in self.parts for each in (*part.provides, *part.needs)}
        for key, contract in known.items():
            provider = self._providers.get(key)
            reason = "no module provides it" if provider is None else provider.failure or "it is not started yet"
            self._bindings[key] = self._binding(contract, contract.name, reason)
        for part in self.parts:
            reason = part.failure or "it is not started yet"
            self._outboxes[part.name] = self._binding(contract_of(Outbox), f"{part.name}.outbox", reason)

    def _binding(self, contract: Contract, name: str, reason: str) -> Binding:
        return Binding(contract, name, self.sweep, reason=reason, guard=self.guard)

    async def _bring_up(self, part: Part) -> None:
        if part.failure is None:
            try:
                self._bind(await build(part, self._supplier, self.settings.limit))
            except LaunchRefused:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the other modules shall serve
                part.fail("could not be started", error)
                for contract in part.provides:
                    self._bindings[str(contract)].unbind(str(part.failure))
                self._outboxes[part.name].unbind(str(part.failure))
        if part.name in self.slots and part.failure:
            self.slots[part.name].reason = part.failure

    def _bind(self, instance: Instance) -> None:
        """Put an instance behind its contracts; nothing waits in between."""
        name = instance.part.name
        for key, target in instance.targets.items():
            self._bindings[key].bind(target)
        if instance.feed is not None:
            self._outboxes[name].bind(instance.feed)
        if instance.web is not None:
            self.slots[name].app = instance.web
        self._instances[name] = instance

    async def _take_down(self, name: str, until: float) -> None:
        instance = self._instances.pop(name)
        for key in instance.targets:
            self._bindings[key].unbind(STOPPING)
        if instance.feed is not None:
            self._outboxes[name].unbind(STOPPING)
        if name in self.slots:
            self.slots[name].app, self.slots[name].reason = None, STOPPING
        await instance.close(max(0.0, until - asyncio.get_running_loop().time()))

    def _begin_background(self, name: str) -> None:
        instance, background = self._instances[name], Background(name)
        module = instance.part.module
        assert module is not None
        for work in module.background:
            background.start(getattr(work, "__name__", "work"), partial(work, instance.container))
        if instance.database is not None:
            background.start("housekeeping", partial(keep_house, instance.database))
        self._subscriptions[name] = self._subscribe(instance)
        for subscription in self._subscriptions[name]:
            background.start(f"events of {subscription.publisher}", subscription.run)
        self._background[name] = background

    def _subscribe(self, instance: Instance) -> list[Subscription]:
        part, module = instance.part, instance.part.module
        assert module is not None
        by_publisher: dict[str, dict[Any, Any]] = {}
        for event, handler in module.listens.items():
            publisher = publisher_of(event, self.parts)
            if publisher is None:
                log.warning("module %s listens to %s, which no module here publishes", part.name, event.code)
            else:
                by_publisher.setdefault(publisher.name, {})[event] = handler
        return [
            Subscription(part.name, name, self._outboxes[name].proxy(part.name), instance.database, handlers)
            for name, handlers in by_publisher.items()
            if instance.database is not None
        ]
