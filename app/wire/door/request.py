"""What the door looks at of a request, and how it answers."""

from __future__ import annotations

import re
from random import getrandbits

from starlette.types import Scope, Send

_PLAIN_ID = re.compile(rb"[!-~](?:[ -~]{0,126}[!-~])?")

Header = tuple[bytes, bytes]


class Request:
    """A request without its body.

    ``headers`` are by lower-case name; one that is repeated is joined by commas, as RFC 9110, section 5.3, has
    it. ``id`` is the client's own where it gave a short one of printable ASCII, else a fresh one. ``client`` is the
    address of the other end, None where that is no network's.
    """

    __slots__ = ("client", "headers", "id", "method", "path", "version")

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.version: str = scope.get("http_version", "1.1")
        client = scope.get("client")
        self.client: str | None = client[0] if client else None
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            name = name.lower()
            headers[name] = headers[name] + b", " + value if name in headers else value
        self.headers = headers
        given = headers.get(b"x-request-id", b"")
        self.id = given.decode() if _PLAIN_ID.fullmatch(given) else f"{getrandbits(64):016x}"

    def __str__(self) -> str:
        return f"{self.method} {self.path[:500].encode('unicode_escape').decode()}"

    def text(self, name: bytes) -> str | None:
        """Return a header's value, None where there is none."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1").strip()


async def begin(request: Request, send: Send, status: int, kind: bytes, *headers: Header) -> None:
    """Send the head of an answer; nobody may keep it, or take it for something that it is not."""
    head = [
        (b"content-type", kind),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request.id.encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})


async def reply(request: Request, send: Send, status: int, kind: bytes, body: bytes, *headers: Header) -> None:
    """Send a whole answer; a HEAD request gets its head alone."""
    await begin(request, send, status, kind, (b"content-length", str(len(body)).encode()), *headers)
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
