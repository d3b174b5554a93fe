"""Calling one host itself, over a connection of its own: for supervision and the command line."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self

from app.placement.runfolder import RunFolder
from app.runtime.binding import Binding
from app.runtime.sweep import Sweep
from app.wire.address import Address, unix
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.handshake import Passport
from app.wire.hello import HOST
from app.wire.limits import Limits
from app.wire.link import Link
from app.wire.remote import envelope, remote_target
from contracts.kit import SYSTEM, Actor, Context, contract_of
from contracts.kit.context import root_scope
from contracts.kit.hosting import Hosting

HOSTING = str(contract_of(Hosting))
"""The key under which a host itself can be called."""

AS_HOST = Context(actor=Actor(id=HOST, roles=SYSTEM))
"""On whose behalf hosts call each other: the system's."""


def hosting_codec() -> ContractCodec:
    """Return the encoding of the contract that every host provides."""
    return ContractCodec(contract_of(Hosting), HOSTING, "hosting")


@asynccontextmanager
async def hosting_at(
    address: Address, passport: Passport, sweep: Sweep, *, host: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Hosting]:
    """Connect to a host and come to its `Hosting`, for calls on behalf of the host that asks; hang up at the end.

    Raises `Unreachable` or `Refused` as `Link.open` does. The passport must let its bearer call as the host.
    """
    link = await Link.open(address, passport, tls=tls, host=host, limits=Limits())
    codec = hosting_codec()
    binding = Binding(codec.contract, codec.name, sweep, reason="it is not connected")
    binding.bind(remote_target(codec, _LinkSender(link), Limits().calls))
    try:
        with root_scope(AS_HOST):
            yield binding.proxy(HOST)
    finally:
        binding.target.retired = True  # the sweep outlives it, and forgets it when its last call has ended
        await link.close("that was all")


class _LinkSender:
    def __init__(self, link: Link) -> None:
        self._link = link

    def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Awaitable[Any]:
        return self._link.call(operation, envelope(), key, arguments)

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        return self._link.stream(operation, envelope(), arguments)


class Attendants:
    """Connections to the replicas of this machine's hosts, for the one who supervises them; a context manager."""

    def __init__(self, run: RunFolder, passport: Passport) -> None:
        self._run = run
        self._passport = passport
        self._sweep = Sweep()

    def __enter__(self) -> Self:
        self._sweep.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._sweep.stop()

    def __call__(self, host: str, replica: int) -> AbstractAsyncContextManager[Hosting]:
        """Connect to a replica, as `hosting_at`."""
        return hosting_at(unix(self._run.wire(host, replica)), self._passport, self._sweep, host=host)
