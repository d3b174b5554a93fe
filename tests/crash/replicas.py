"""A store whose stock and orders run twice, each replica a process that may be killed at any time."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager, suppress
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from app.cli.reach import CliReach
from app.keys import ACTOR, private_key
from app.runtime.binding import Binding
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.ports import SystemClock
from app.runtime.sweep import Sweep
from app.wire.codec import ContractCodec
from app.wire.hello import HOST
from app.wire.http import HttpSender
from app.wire.remote import remote_target
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Actor, Overloaded, Role, TimedOut, Unavailable, contract_of
from contracts.orders import Orders
from contracts.payments import Payments
from tests.crash.table import is_full
from tests.faults.stores import Shop, looking_on, shop
from tests.serving import FREESTONE, serving

T = TypeVar("T")

IS_FULL = is_full()
"""Whether as much is to be tried as `make crash` does; otherwise as much as is soon done."""
PATIENCE = 120.0 if IS_FULL else 60.0
"""Seconds within which a caller who asks again and again has an answer, however many replicas are killed."""
LIMIT = pytest.mark.timeout(600 if IS_FULL else 120)
"""For one test, on a machine that has much else to do."""
REPLICAS = (1, 2)
STOCK, DESK = "stock", "desk"
TOPOLOGY = f"""
    [hosts.{STOCK}]
    modules = ["inventory"]
    replicas = {len(REPLICAS)}
    [hosts.{DESK}]
    modules = ["orders"]
    replicas = {len(REPLICAS)}
    """
SETTINGS = {
    "ORDERS_LEASE_SECONDS": "1",
    "PAYMENTS_SANDBOX_SLOW_SECONDS": "1",
    "PAYMENTS_SETTLE_AFTER_SECONDS": "0.5",
}
"""What others were doing when they were killed is taken up sooner than in a store that nobody waits for."""
CONTRACTS: tuple[type, ...] = (Catalog, Inventory, Orders, Payments)
LIFETIME = timedelta(hours=1)


class Store(NamedTuple):
    """The store that runs: what it is made of, and the ways to its contracts."""

    shop: Shop
    reach: CliReach
    proxies: Mapping[type, object]
    doors: Doors
    signer: AssertionSigner
    identities: Identities

    def contract(self, protocol: type[T]) -> T:
        """Return a contract of the store, wherever its module runs, and whether it does just now or not."""
        proxy = self.proxies[protocol]
        assert isinstance(proxy, protocol)
        return proxy

    def acting(self, name: str, role: Role) -> AbstractContextManager[Actor]:
        """Make the calls in the block on somebody's behalf."""
        actor = Actor(id=name, roles=frozenset({role}))
        return self.identities.acting(self.signer.sign(actor, LIFETIME))

    async def ready(self, *hosts: str) -> None:
        """Wait until every replica of these hosts answers, and so meets what is done next."""
        wanted = {(host, number) for host in hosts for number in REPLICAS}

        async def found() -> set[tuple[str, int]]:
            return {(each.host, each.replica) for each in await self.reach.hosts() if each.state is not None}

        async with asyncio.timeout(PATIENCE):
            while not wanted <= await found():  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.05)

    def kill(self, host: str, replica: int) -> bool:
        """End a replica by force; say whether there was one."""
        pid = self.shop.pid(host, replica)
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, signal.SIGKILL)
        return bool(pid)


class Doors:
    """The ways to single replicas, by HTTP, for those who want to choose for themselves whom they ask."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._sweep = Sweep()
        self._sweep.start()
        self._senders: list[HttpSender] = []

    def proxy(self, protocol: type[T], host: str, replica: int) -> T:
        """Return a contract as one replica provides it, over its own socket; nothing is sent twice."""
        contract = contract_of(protocol)
        sender = HttpSender("http://localhost", socket=self._shop.run.door(host, replica))
        self._senders.append(sender)
        binding = Binding(contract, contract.name, self._sweep, reason="it is not connected")
        binding.bind(remote_target(ContractCodec(contract, str(contract), contract.name), sender, 1000))
        proxy: T = binding.proxy(HOST)
        return proxy

    async def close(self) -> None:
        """Close every connection."""
        self._sweep.stop()
        for sender in self._senders:
            await sender.close()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """Serve the store until the end of the block, and see it through."""
    with (
        shop(folder, TOPOLOGY, **SETTINGS) as made,
        serving(*FREESTONE, "run", data=made.data, environ=made.environ),
    ):
        async with looking_on(made) as reach:
            proxies: dict[type, object] = {each: await reach.proxy(each) for each in CONTRACTS}
            doors, key, clock = Doors(made), private_key(made.data, ACTOR), SystemClock()
            signer, identities = AssertionSigner(key, clock), Identities(public_part(key), clock)
            store = Store(made, reach, proxies, doors, signer, identities)
            try:
                await store.ready(STOCK, DESK)
                yield store
            finally:
                await doors.close()


async def persist(ask: Callable[[int], Awaitable[T]]) -> T:
    """Ask until there is an answer, as a client does who will know it; ``ask`` is told how often it was asked before.

    What counts as none: nobody was there, or who was there ended, or was too busy, or too late.
    """
    async with asyncio.timeout(PATIENCE):
        tries = 0
        while True:
            try:
                return await ask(tries)
            except (Unavailable, Overloaded, TimedOut):
                tries += 1
                await asyncio.sleep(random.uniform(0.05, 0.3))
    raise AssertionError("unreachable")


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Let nobody write to a database in the block."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()


class Killer:
    """Kills replicas of these hosts in turn, one at random each time; ``killed`` counts them by host."""

    def __init__(self, store: Store, hosts: Iterable[str], pauses: tuple[float, float]) -> None:
        self.killed: Counter[str] = Counter()
        self._store = store
        self._hosts = tuple(hosts)
        self._pauses = pauses

    async def run(self, times: int) -> None:
        """Kill so many; what is started again is soon killed again, and both of a host may be gone at once."""
        hosts = cycle(self._hosts)
        while self.killed.total() < times:
            await asyncio.sleep(random.uniform(*self._pauses))
            host = next(hosts)
            if self._store.kill(host, random.choice(REPLICAS)):
                self.killed[host] += 1
