"""The host: builds each module alone, binds contracts, runs background work, closes everything."""

from __future__ import annotations

import asyncio
import logging
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
from app.runtime.target import Target
from app.runtime.tasks import task_factory
from app.runtime.web import WebSlot
from contracts.kit import Clock, Contract, contract_of
from contracts.kit.module import Seed
from contracts.kit.outbox import Outbox

T = TypeVar("T")
log = logging.getLogger("freestone.host")

GRACE = 10.0
"""Seconds that calls under way may take to end when the host stops."""


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
        asyncio.get_running_loop().set_task_factory(task_factory)
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
        """End background work, let calls under way end for a while, and close all modules."""
        for background in self._background.values():
            await background.stop()
        self._background.clear()
        for name in reversed(list(self._instances)):
            await self._take_down(name, "the host is stopping")
        self.sweep.stop()
        asyncio.get_running_loop().set_task_factory(None)

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
        """Replace a module's instance by a new one while calls go on; returns when the old one is closed."""
        before = self._instances[module]
        after = await build(before.part, self._supplier, self.settings.limit)
        await self._background.pop(module).stop()
        retired = self._bind(after)
        if before.outbox is not None:
            before.outbox.retire()
        self._begin_background(module)
        for target in retired:
            await target.drain()
        await before.close()

    async def settled(self) -> None:
        """Wait until every subscription has handled what was published before now."""
        heads = {name: await each.outbox.head() for name, each in self._instances.items() if each.outbox}
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                await subscription.reached(heads.get(subscription.publisher, 0))

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

    def _bind(self, instance: Instance) -> list[Target]:
        """Put an instance behind its contracts; return the retired targets."""
        name = instance.part.name
        retired = [self._bindings[key].bind(target) for key, target in instance.targets.items()]
        if instance.outbox is not None:
            retired.append(self._outboxes[name].bind(Target(instance.outbox, self.settings.limit)))
        if instance.web is not None:
            self.slots[name].app = instance.web
        self._instances[name] = instance
        return retired

    async def _take_down(self, name: str, reason: str) -> None:
        instance = self._instances.pop(name)
        bindings = [self._bindings[key] for key in instance.targets]
        if instance.outbox is not None:
            instance.outbox.retire()
            bindings.append(self._outboxes[name])
        retired = [binding.unbind(reason) for binding in bindings]
        try:
            async with asyncio.timeout(GRACE):
                for target in retired:
                    await target.drain()
        except TimeoutError:
            log.warning("module %s still had calls under way after %g s; they are cut off", name, GRACE)
        await instance.close()

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
