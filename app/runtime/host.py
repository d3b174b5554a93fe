"""The host: builds each module alone, binds contracts, runs background work, closes everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self, TypeVar

from app.config import Settings
from app.errors import LaunchRefused
from app.events.keeping import Keeper
from app.events.subscription import Subscription
from app.runtime.auditing import Audits
from app.runtime.background import Background
from app.runtime.binding import Binding
from app.runtime.carrying import carrying
from app.runtime.exports import Exports
from app.runtime.fakes import fake_targets
from app.runtime.guard import TransactionGuard
from app.runtime.identity import Keys
from app.runtime.instance import Instance, build
from app.runtime.needs import codecs_of, modules_above, needs_by_module, outbox_key
from app.runtime.part import Part
from app.runtime.plan import Plan
from app.runtime.ports import SystemClock
from app.runtime.reach import Reach
from app.runtime.subscribing import subscribe
from app.runtime.supply import Supplier
from app.runtime.sweep import Sweep
from app.runtime.tasks import task_factory
from app.runtime.web import WebApp, WebSlot
from app.runtime.whereabouts import Whereabouts
from app.wire.claims import Claims
from contracts.kit import Clock, contract_of
from contracts.kit.module import Seed

T = TypeVar("T")
log = logging.getLogger("freestone.host")

GRACE = 10.0
"""Seconds that all calls under way together may take to end when the host stops."""
STOPPING = "the host is stopping"
NOT_YET = "it is not started yet"


class Host:
    """Runs some modules in this process, from `start` to `stop` (or as a context manager).

    A module that fails to build or start is quarantined: its contracts answer `Unavailable` with the
    reason, and the others serve. `LaunchRefused` stops the start, with everything closed again.

    ``runs`` are the modules that run here, without it all; the others are come to by ``reach``. Those in
    ``fakes`` are stood in for by their own fakes, which publish nothing.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        keys: Keys,
        *,
        runs: Collection[str] | None = None,
        reach: Reach | None = None,
        fakes: Collection[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.parts = plan.order
        self.settings = settings
        self.runs = frozenset(part.name for part in plan.order if runs is None or part.name in runs) - frozenset(fakes)
        self.guard = TransactionGuard(production=settings.production)
        self.sweep = Sweep(settings.patience)
        self.slots = {
            part.name: WebSlot(part.name, part.module.path) for part in self.parts if part.module and part.module.web
        }
        self.codecs = codecs_of(plan)
        self._carry = carrying(settings, self.codecs)
        self._needs = needs_by_module(plan)
        self.exports = Exports(self.codecs, self._needs)
        self._reach = reach
        self._fakes = frozenset(fakes)
        self._owners = {**plan.providers, **{outbox_key(part.name): part for part in plan.order}}
        self._bindings: dict[str, Binding] = {}
        self._supplier = Supplier(settings, clock or SystemClock(), keys, self._bindings)
        self.claims = Claims(self._supplier.identities, modules_above(plan))
        self._where = Whereabouts(
            self.parts, self.runs, self._fakes, self._owners, self._needs, self._bindings, reach, self.failure
        )
        self.audits = Audits((part for part in self.parts if part.name in self.runs), self.container)
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
                if part.name in self.runs:
                    await self._bring_up(part)
                elif part.name in self._fakes:
                    self._stand_in(part)
                elif self._reach is not None:
                    self._reach_out(part, self._reach)
            for name in list(self._instances):
                self._begin_background(name)
        except BaseException:
            await self.stop()
            raise

    def end_feeds(self) -> None:
        """End all reading of events from here, which would not end by itself; everything else goes on."""
        for instance in self._instances.values():
            if instance.outbox is not None:
                instance.outbox.retire()

    async def stop(self, grace: float = GRACE) -> None:
        """End background work, let calls under way end for a while, and close all modules, whatever fails."""
        until = asyncio.get_running_loop().time() + grace
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
        serving = [part.module for part in self.parts if part.module and part.name in self._instances]
        return {module.name: module.seed for module in serving if module.seed}

    def status(self) -> dict[str, str | None]:
        """Return every module with the reason why it does not serve, None where it does, here or elsewhere."""
        return self._where.status()

    def failure(self, part: Part) -> str | None:
        """Say why a module does not serve here: it could not be built, or its tables are too new for it to write."""
        database = self._instances[part.name].database if part.name in self._instances else None
        if database is None or database.oldest.refusal is None:
            return part.failure
        return f"module {part.name} writes no more: {database.oldest.refusal}"

    def lacking(self) -> list[str]:
        """Say what the modules that run here need and cannot reach now."""
        return self._where.lacking()

    def behind(self, key: str) -> tuple[str, str]:
        """Say what stands behind a contract: local, remote, fake or absent, and why where it is absent."""
        return self._where.behind(key)

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """Every contract's binding, by its key."""
        return self._bindings

    def everything(self) -> Exports:
        """Return the exports of all modules that are known, wherever they run: for the store's front door."""
        exports = Exports(self.codecs, self._needs)
        for key in self._owners.keys() & self._bindings.keys():
            exports.serve(key, self._bindings[key])
        return exports

    async def renew(self, module: str) -> None:
        """Replace a module's instance by a new one while calls go on; returns when the old one is closed.

        For a while both are at work, as two instances of a module always may be. `LookupError` for a module
        that does not serve.
        """
        if module not in self._instances:
            raise LookupError(f"Module {module} does not serve and cannot be renewed: start the host again.")
        before, background = self._instances[module], self._background[module]
        after = await build(before.part, self._supplier, self.settings.limit, self._carry)
        self._bind(after)
        self._begin_background(module)
        try:
            await background.stop()
        finally:
            await before.close()

    async def settled(self) -> None:
        """Wait until every subscription has handled what was published before now."""
        heads = {name: await each.outbox.head() for name, each in self._instances.items() if each.outbox}
        while behind := [each for each in self.subscriptions() if each.position < heads.get(each.publisher, 0)]:
            with suppress(TimeoutError):  # it may be replaced meanwhile
                async with asyncio.timeout(1.0):
                    await behind[0].reached(heads[behind[0].publisher])

    def subscriptions(self) -> list[Subscription]:
        """Return what the modules that run here read of others' events."""
        return [each for subscriptions in self._subscriptions.values() for each in subscriptions]

    def _make_bindings(self) -> None:
        for key, codec in self.codecs.items():
            owner = self._owners.get(key)
            reason = "no module provides it" if owner is None else owner.failure or NOT_YET
            binding = Binding(codec.contract, codec.name, self.sweep, reason=reason, guard=self.guard)
            self._bindings[key] = binding
            if owner is not None and owner.name in self.runs:
                self.exports.serve(key, binding)

    def _outbox(self, part: Part) -> Binding:
        return self._bindings[outbox_key(part.name)]

    def _reach_out(self, part: Part, reach: Reach) -> None:
        for key, owner in self._owners.items():
            if owner is part and key in self._bindings:
                self._bindings[key].bind(reach.target(part.name, self.codecs[key]))
        if part.name in self.slots:
            self.slots[part.name].app = WebApp(reach.web(part.name))

    def _stand_in(self, part: Part) -> None:
        for key, target in fake_targets(part, self.settings.limit, self._supplier).items():
            self._bindings[key].bind(self._carry(key, target))

    async def _bring_up(self, part: Part) -> None:
        if part.failure is None:
            try:
                self._bind(await build(part, self._supplier, self.settings.limit, self._carry))
            except LaunchRefused:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the other modules shall serve
                part.fail("could not be started", error)
                for contract in part.provides:
                    self._bindings[str(contract)].unbind(str(part.failure))
                self._outbox(part).unbind(str(part.failure))
        if part.name in self.slots and part.failure:
            self.slots[part.name].reason = part.failure

    def _bind(self, instance: Instance) -> None:
        """Put an instance behind its contracts; nothing waits in between."""
        name = instance.part.name
        for key, target in instance.targets.items():
            self._bindings[key].bind(target)
        if instance.feed is not None:
            self._outbox(instance.part).bind(instance.feed)
        if instance.web is not None:
            self.slots[name].app = instance.web
        self._instances[name] = instance

    async def _take_down(self, name: str, until: float) -> None:
        instance = self._instances.pop(name)
        for key in instance.targets:
            self._bindings[key].unbind(STOPPING)
        if instance.feed is not None:
            self._outbox(instance.part).unbind(STOPPING)
        if name in self.slots:
            self.slots[name].app, self.slots[name].reason = None, STOPPING
        await instance.close(max(0.0, until - asyncio.get_running_loop().time()))

    def _begin_background(self, name: str) -> None:
        instance, background = self._instances[name], Background(name)
        module = instance.part.module
        assert module is not None
        for work in module.background:
            background.start(getattr(work, "__name__", "work"), partial(work, instance.container))
        if instance.database is not None and instance.outbox is not None:
            kept = timedelta(days=self.settings.keep_events)
            background.start("housekeeping", Keeper(instance.database, instance.outbox.readers, kept).run)
        self._subscriptions[name] = subscribe(
            instance,
            (part for part in self.parts if part.name not in self._fakes),
            lambda publisher: self._bindings[outbox_key(publisher)].proxy(name),
        )
        for subscription in self._subscriptions[name]:
            background.start(f"events of {subscription.publisher}", subscription.run)
        self._background[name] = background
