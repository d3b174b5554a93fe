"""What our carriers have in common: the whole pipeline at both ends, who asks, and the way there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from app.placement.directory import Directory
from app.placement.runfolder import RunFolder
from app.placement.topology import HostEntry, Topology
from app.runtime.binding import Binding
from app.runtime.exports import Exports
from app.runtime.guard import TransactionGuard
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.ports import SystemClock
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from app.runtime.tasks import task_factory
from app.wire import tls
from app.wire.address import parse
from app.wire.agreement import shapes
from app.wire.claims import Claims
from app.wire.codec import ContractCodec
from app.wire.credentials import issue
from app.wire.handshake import Passport
from bench.contestants import Calls, CannotRun, Place
from bench.shelf import ANN, ONE, PAGE, Products, Shelf
from contracts.kit import Context, contract_of
from contracts.kit.context import scope

CALLER, MODULE = "bench", "shelf"
NEAR, FAR = "near", "far"
ACTORS, SUPERVISOR = bytes(range(32)), bytes(range(1, 33))
"""The private keys of actor assertions and of hosts' credentials."""
TOKEN = "what-the-bench-shows-at-the-door"
CODEC = ContractCodec(contract_of(Shelf), "shelf.v1", MODULE)
SHAPES = shapes({CODEC.key: CODEC}, [CODEC.key])
LIMIT = 1000
PATIENCE = 10.0


@asynccontextmanager
async def sweeping() -> AsyncIterator[Sweep]:
    """Make the running loop one of a host: with its tasks and its sweep."""
    asyncio.get_running_loop().set_task_factory(task_factory)
    sweep = Sweep()
    sweep.start()
    try:
        yield sweep
    finally:
        sweep.stop()


def exports(sweep: Sweep) -> Exports:
    """Return what the callee serves."""
    binding = _binding(sweep)
    binding.bind(Target(Products(), LIMIT))
    served = Exports({CODEC.key: CODEC}, {CALLER: frozenset({CODEC.key})})
    served.serve(CODEC.key, binding)
    return served


def claims() -> Claims:
    """Return what tells the callee on whose behalf it is called."""
    return Claims(Identities(public_part(ACTORS), SystemClock()), {CALLER: frozenset()})


@asynccontextmanager
async def call(place: Place, address: str) -> AsyncIterator[Calls]:
    """Call as a module of another host does: found by the topology, with balancing, retries and deadlines."""
    passport = Passport(NEAR, (CALLER,), SHAPES, issue(SUPERVISOR, NEAR, (CALLER,)))
    directory = Directory(
        NEAR,
        (CALLER, MODULE),
        Topology({each.name: each for each in (HostEntry(name=NEAR, modules=(CALLER,)), _entry(address))}),
        RunFolder(place.folder),
        passport,
        tls=contexts(place.folder, NEAR, CALLER).client if place.name == "wire_mtls" else None,
        limit=LIMIT,
    )
    async with sweeping() as sweep, directory:
        if not await directory.connected((FAR,), PATIENCE):
            raise CannotRun(f"{directory.trouble(MODULE)}")
        binding = _binding(sweep)
        binding.bind(directory.target(MODULE, CODEC))
        proxy: Shelf = binding.proxy(CALLER)
        with _asking():
            yield Calls(lambda: proxy.get_product(ONE), lambda: proxy.get_products(PAGE))


def contexts(folder: Path, host: str, module: str) -> tls.Contexts:
    """Return a host's TLS contexts."""
    return tls.load(folder / f"{host}.crt", folder / f"{host}.key", folder / "authority.crt", host, (module,))


def _entry(address: str) -> HostEntry:
    return HostEntry(name=FAR, modules=(MODULE,), addresses=(parse(address),), token=TOKEN)


@contextmanager
def _asking() -> Iterator[None]:
    """Make the calls in the block on behalf of a customer, proved by a signed assertion."""
    assertion = AssertionSigner(ACTORS, SystemClock()).sign(ANN, timedelta(hours=1))
    with scope(context=Context(request_id="0123456789abcdef", actor=ANN, assertion=assertion)):
        yield


def _binding(sweep: Sweep) -> Binding:
    guard = TransactionGuard(production=True)
    return Binding(CODEC.contract, MODULE, sweep, reason="it is not there yet", guard=guard)
