"""Our wire, as two hosts use it: over a Unix socket, over TCP, and over TCP with mutual TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.runtime.identity import public_part
from app.wire.address import Address, unix
from app.wire.certificates import make_authority, make_certificate
from app.wire.handshake import Doorkeeper
from app.wire.server import WireServer
from bench.contestants import Place, Served
from bench.contestants.ours import (
    CALLER,
    FAR,
    MODULE,
    NEAR,
    SHAPES,
    SUPERVISOR,
    call,
    claims,
    contexts,
    exports,
    sweeping,
)

__all__ = ["call", "serve"]


@asynccontextmanager
async def serve(place: Place) -> AsyncIterator[Served]:
    """Serve the shelf at an address of the kind that the name says."""
    async with sweeping() as sweep:
        server = WireServer(exports(sweep), claims(), Doorkeeper(FAR, (MODULE,), SHAPES, public_part(SUPERVISOR)))
        if place.name == "wire_mtls":
            _certify(place.folder)
        where = unix(place.folder / "wire.sock") if place.name == "wire_unix" else Address("tcp", "127.0.0.1", 0)
        context = contexts(place.folder, FAR, MODULE).server if place.name == "wire_mtls" else None
        yield Served(str(await server.listen(where, context)))
        await server.stop(1.0)


def _certify(folder: Path) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    authority = make_authority(now)
    (folder / "authority.crt").write_bytes(authority.certificate)
    for host, module in ((FAR, MODULE), (NEAR, CALLER)):
        pair = make_certificate(authority, host, (module,), now)
        (folder / f"{host}.crt").write_bytes(pair.certificate)
        (folder / f"{host}.key").write_bytes(pair.key)
