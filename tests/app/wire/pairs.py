"""A caller and a callee in one process, with a real connection and the whole pipeline on both sides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar

from app.runtime.binding import Binding
from app.runtime.exports import Exports
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.ports import SystemClock
from app.runtime.sweep import Sweep
from app.runtime.target import Once, Target
from app.runtime.tasks import task_factory
from app.wire.address import Address, unix
from app.wire.agreement import shapes
from app.wire.claims import Claims
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.credentials import HostIdentity, issue
from app.wire.handshake import Doorkeeper, Passport
from app.wire.limits import Limits
from app.wire.link import Link
from app.wire.remote import envelope, remote_target
from app.wire.server import WireServer
from contracts.kit import contract_of

T = TypeVar("T")

CALLER = "tester"
"""The module that calls."""
STRANGER = "stranger"
"""A module that runs beside it and declares no need."""
ACTORS, SUPERVISOR = bytes(range(32)), bytes(range(1, 33))
"""The private keys of actor assertions and of hosts' credentials."""

signer = AssertionSigner(ACTORS, SystemClock())


class LinkSender:
    """Sends over one link, for as long as it lives."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Awaitable[Any]:
        return self.link.call(operation, envelope(), key, arguments)

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        return self.link.stream(operation, envelope(), arguments)


@dataclass
class Callee(Generic[T]):
    """A contract served over a Unix socket; ``address`` is where."""

    protocol: type[T]
    codec: ContractCodec
    binding: Binding
    server: WireServer
    address: Address
    sweep: Sweep


@dataclass
class Pair(Callee[T]):
    """What `wired` makes: the callee with one link to it.

    ``near`` is the caller's own binding and ``proxy`` what its module holds.
    """

    link: Link
    near: Binding
    proxy: T
    ended: list[str]


def identity(host: str = "near", modules: tuple[str, ...] = (CALLER, STRANGER)) -> HostIdentity:
    """Return what a supervisor hands to a host."""
    return issue(SUPERVISOR, host, modules)


def passport(host: str = "near", modules: tuple[str, ...] = (CALLER, STRANGER)) -> Passport:
    """Return what a host shows where it calls."""
    return Passport(host, modules, {}, identity(host, modules))


def server_of(codec: ContractCodec, binding: Binding, limits: Limits | None = None) -> WireServer:
    """Return a server that lets `CALLER` call a contract."""
    exports = Exports({codec.key: codec}, {CALLER: frozenset({codec.key})})
    exports.serve(codec.key, binding)
    claims = Claims(Identities(public_part(ACTORS), SystemClock()), {CALLER: frozenset({STRANGER})})
    doorkeeper = Doorkeeper("far", ["errand"], shapes({codec.key: codec}, [codec.key]), public_part(SUPERVISOR))
    return WireServer(exports, claims, doorkeeper, limits=limits)


@asynccontextmanager
async def callee(
    protocol: type[T],
    provider: T,
    *,
    name: str = "errand",
    limit: int = 1000,
    once: Mapping[str, Once] | None = None,
    limits: Limits | None = None,
    address: Address | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Callee[T]]:
    """Serve a contract until the block ends; on a Unix socket of its own unless an address is given."""
    asyncio.get_running_loop().set_task_factory(task_factory)
    contract, sweep = contract_of(protocol), Sweep()
    sweep.start()
    codec = ContractCodec(contract, str(contract), name)
    binding = Binding(contract, name, sweep, reason="it is away")
    binding.bind(Target(provider, limit, once=once))
    server = server_of(codec, binding, limits)
    with TemporaryDirectory() as folder:
        listening = await server.listen(address or unix(Path(folder) / "far.sock"), tls)
        try:
            yield Callee(protocol, codec, binding, server, listening, sweep)
        finally:
            await server.stop(0)
            sweep.stop()
            asyncio.get_running_loop().set_task_factory(None)


@asynccontextmanager
async def linked(
    far: Callee[T],
    *,
    limits: Limits | None = None,
    caller: str = CALLER,
    tls: ssl.SSLContext | None = None,
    shown: Passport | None = None,
) -> AsyncIterator[Pair[T]]:
    """Link a caller to a callee until the block ends."""
    ended: list[str] = []
    link = await Link.open(
        far.address,
        shown or passport(),
        tls=tls,
        expected=frozenset({"errand"}),
        limits=limits,
        on_end=lambda _, reason: ended.append(reason),
    )
    near = Binding(far.codec.contract, far.codec.name, far.sweep, reason="it is away")
    near.bind(remote_target(far.codec, LinkSender(link), 100_000))
    try:
        yield Pair(
            far.protocol,
            far.codec,
            far.binding,
            far.server,
            far.address,
            far.sweep,
            link=link,
            near=near,
            proxy=near.proxy(caller),
            ended=ended,
        )
    finally:
        await link.close("the test is over")


@asynccontextmanager
async def wired(
    protocol: type[T],
    provider: T,
    *,
    limits: Limits | None = None,
    far_limits: Limits | None = None,
    caller: str = CALLER,
    **options: Any,
) -> AsyncIterator[Pair[T]]:
    """Serve a contract and link a caller to it, until the block ends; options are those of `callee`."""
    async with (
        callee(protocol, provider, limits=far_limits or limits, **options) as far,
        linked(far, limits=limits, caller=caller) as pair,
    ):
        yield pair
