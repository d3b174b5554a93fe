"""The host that is called: the real wire around `Desk`, the keys of a store, and who may call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from app.runtime.exports import Exports
from app.runtime.identity import Identities
from app.runtime.ports import SystemClock
from app.wire.address import unix
from app.wire.agreement import shapes
from app.wire.claims import Claims
from app.wire.codec import ContractCodec
from app.wire.handshake import Doorkeeper
from app.wire.server import WireServer
from contracts.kit import contract_of
from tests.app.runtime.builders import House
from tests.docs.wire_caller import credential, public
from tests.docs.wire_desk import Clerk, Desk

SUPERVISOR, SIGNER, HOST_KEY = bytes(range(32)), b"s" * 32, bytes(range(32, 64))
"""The private keys: `wire.key`, `actor.key`, and that of the calling host."""

MODULES = ["cart", "storefront"]
"""Those of the calling host; the first needs the desk, and the second the first."""

CREDENTIAL = credential(SUPERVISOR, "shop", MODULES, HOST_KEY)


class Stand(NamedTuple):
    """A real host's wire, what stands behind it, and the idempotency keys that came there."""

    server: WireServer
    clerk: Clerk
    keys: list[str | None]
    socket: Path

    @property
    def fingerprints(self) -> dict[str, str]:
        """What it says of its contracts."""
        return self.server.doorkeeper.agreement.fingerprints


@asynccontextmanager
async def standing(socket: Path) -> AsyncIterator[Stand]:
    """Serve `Desk` at a Unix socket."""
    clerk, keys = Clerk(), list[str | None]()

    async def once(_frame: object, key: str | None, _target: object, _arguments: object) -> int:
        keys.append(key)
        return len(keys)

    async with House() as house:
        bound = house.bind(Desk, clerk, name="desk", once={"count": once})
        codec = ContractCodec(contract_of(Desk), "desk.v1", "desk")
        exports = Exports({"desk.v1": codec}, {"cart": frozenset({"desk.v1"})})
        exports.serve("desk.v1", bound.binding)
        claims = Claims(Identities(public(SIGNER), SystemClock()), {"cart": frozenset({"storefront"})})
        doorkeeper = Doorkeeper("shelf", ["desk"], shapes({"desk.v1": codec}, ["desk.v1"]), public(SUPERVISOR))
        server = WireServer(exports, claims, doorkeeper)
        await server.listen(unix(socket))
        try:
            yield Stand(server, clerk, keys, socket)
        finally:
            await server.stop(0)
