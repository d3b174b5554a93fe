"""What the gateway looks at of a request."""

from __future__ import annotations

from random import getrandbits
from urllib.parse import quote

from starlette.types import Scope

_READ = frozenset(
    {
        b"accept",
        b"content-length",
        b"cookie",
        b"host",
        b"origin",
        b"referer",
        b"sec-fetch-site",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-request-id",
    }
)


class Request:
    """A request's line and those headers that matter at the door; ``str()`` is for the log, without the query.

    ``headers`` are by lower-case name; one that is repeated is joined by commas, as RFC 9110, section 5.3,
    has it, so that one which must be single is no longer valid. ``count`` and ``size`` (bytes) are of all
    headers. ``id`` is fresh: what a client says its request is called is not believed.
    """

    __slots__ = ("count", "headers", "id", "method", "path", "query", "raw_path", "size")

    def __init__(self, scope: Scope) -> None:
        self.id = f"{getrandbits(64):016x}"
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: bytes = scope.get("raw_path") or quote(self.path).encode()
        self.query: bytes = scope["query_string"]
        headers: dict[bytes, bytes] = {}
        size = 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            name = name.lower()
            if name in _READ:
                headers[name] = headers[name] + b", " + value if name in headers else value
        self.headers = headers
        self.count = len(scope["headers"])
        self.size = size

    def __str__(self) -> str:
        return f"{self.method} {self.raw_path[:500].decode('ascii', 'backslashreplace')}"
