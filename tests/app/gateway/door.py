"""A gateway around a tiny application, and a client that speaks plain ASGI to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import GatewaySettings
from app.gateway import Gateway, ModuleStatus, Status

HOST = (b"host", b"shop.example")
DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass
class Slot:
    """A route: what is served below a path."""

    path: str
    app: ASGIApp | None


@dataclass
class Response:
    """What came back; ``complete`` says whether the response was ended."""

    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        pairs = [(name.decode(), value.decode()) for name, value in self.messages[0]["headers"]]
        assert len(dict(pairs)) == len(pairs), "a header came twice"
        return dict(pairs)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def complete(self) -> bool:
        last = self.messages[-1] if self.messages else {}
        return last.get("type") == "http.response.body" and not last.get("more_body", False)


def serving() -> Status:
    return Status(ready=True, modules=(ModuleStatus("catalog", "serving"),))


def gateway(app: ASGIApp, settings: GatewaySettings | None = None) -> Gateway:
    """A gateway with one application at its root."""
    slots = (Slot("/", app),)
    return Gateway(settings or GatewaySettings(), lambda: slots, serving)


async def request(
    app: ASGIApp,
    method: str = "GET",
    url: str = "/",
    headers: Sequence[tuple[bytes, bytes]] = (HOST,),
    body: Iterable[bytes | Message] = (b"",),
    **scope: Any,
) -> Response:
    """Send one request and return what came back; the body's last part ends it, but for a message as it is.

    When everything is received, the client waits, like one that listens for the answer.
    """
    response = Response()
    parts = list(body)
    incoming = [
        part if not isinstance(part, bytes) else {"type": "http.request", "body": part, "more_body": n < len(parts)}
        for n, part in enumerate(parts, 1)
    ]

    async def receive() -> Message:
        if incoming:
            return incoming.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        response.messages.append(message)

    raw_path, _, query = url.encode("latin-1").partition(b"?")
    full: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path.decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("198.51.100.7", 40000),
        "server": ("127.0.0.1", 8000),
        **scope,
    }
    await app(full, receive, send)
    return response


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """The smallest application."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends back what it received."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
