"""A door over one contract whose provider does as it is told, and requests to it in plain ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp, Message

from app.runtime.exports import Exports
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.ports import SystemClock
from app.runtime.target import Once
from app.wire.claims import Claims
from app.wire.codec import ContractCodec
from app.wire.door import Door
from contracts.kit import Actor, Role, contract_of
from tests.app.gateway.door import Response, request
from tests.app.runtime.builders import Bound, Do, Errand, House, Yield, done, three

KEY = bytes(range(32))
TOKENS = {"orders": "the-token-of-orders", "media": "the-token-of-media", "partner": "the-token-of-a-partner"}
MODULES = frozenset({"orders", "media", "errand"})
LOCAL = ("127.0.0.1", 50000)
ABROAD = ("198.51.100.7", 50000)
JSON = (b"content-type", b"application/json")
HOST = (b"host", b"localhost:8000")


def assertion(*roles: Role) -> str:
    """Return a signed assertion for Ada, in these roles."""
    signer = AssertionSigner(KEY, SystemClock())
    return signer.sign(Actor(id="ada", roles=frozenset(roles)), timedelta(minutes=5))


@dataclass
class Set:
    """A door, and what stands behind it."""

    door: Door
    exports: Exports
    bound: Bound[Errand]

    async def post(self, operation: str = "run", body: object = None, **options: Any) -> Response:
        """Call an operation from a program of this machine; ``headers`` are added."""
        return await post(self.door, f"/rpc/errand.v1/{operation}", body, **options)


def stage(
    house: House,
    do: Do = done,
    items: Yield = three,
    *,
    limit: int = 1000,
    once: Mapping[str, Once] | None = None,
    max_body: int = 1024,
    patience: float = 20.0,
    **options: Any,
) -> Set:
    """Make a door to an `Errand` that does ``do``; the module ``orders`` needs it, ``media`` does not."""
    bound = house.errand(do, items, limit=limit, once=once)
    codec = ContractCodec(contract_of(Errand), "errand.v1", "errand")
    exports = Exports({"errand.v1": codec}, {"orders": frozenset({"errand.v1"}), "media": frozenset()})
    exports.serve("errand.v1", bound.binding)
    claims = Claims(
        Identities(public_part(KEY), SystemClock()), {"orders": frozenset({"cart"}), "media": frozenset({"media"})}
    )
    door = Door(
        exports,
        claims,
        TOKENS,
        lambda: b"metrics 1\n",
        modules=MODULES,
        max_body=max_body,
        patience=patience,
        **options,
    )
    return Set(door, exports, bound)


async def post(
    app: ASGIApp,
    url: str,
    body: object = None,
    *,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    client: tuple[str, int] | None = LOCAL,
    **scope: Any,
) -> Response:
    """Send a body by POST: bytes as they are, anything else as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return await request(app, "POST", url, (HOST, JSON, *headers), [sent], client=client, **scope)


async def get(app: ASGIApp, url: str, method: str = "GET", **scope: Any) -> Response:
    """Ask for a page from this machine."""
    return await request(app, method, url, (HOST,), client=LOCAL, **scope)


@dataclass
class Leaver:
    """A client that says when it leaves; ``messages`` are what it was sent."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[Message] = field(default_factory=list)
    _asked: bool = False

    async def call(self, app: ASGIApp, url: str, body: bytes = b"{}") -> None:
        """Call an operation, and stay until `left` is set."""
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": url,
            "headers": [HOST, JSON],
            "client": LOCAL,
        }

        async def receive() -> Message:
            if not self._asked:
                self._asked = True
                return {"type": "http.request", "body": body}
            await self.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.messages.append(message)

        await app(scope, receive, send)
