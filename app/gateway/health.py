"""Whether the process lives, and whether it is ready to serve."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from app.gateway.refusal import not_allowed
from app.gateway.request import Request

ALIVE = "/healthz"
READY = "/readyz"
PATHS = frozenset({ALIVE, READY})


class ModuleStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """A module's state in a word, and the reason where it does not serve."""

    name: str
    state: str
    reason: str | None = None


class Status(msgspec.Struct, frozen=True):
    """Whether requests should be sent here, and how the modules are."""

    ready: bool
    modules: tuple[ModuleStatus, ...]


def answer(request: Request, status: Callable[[], Status]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body for one of the two paths; `Refusal` for what is no GET or HEAD."""
    if request.method not in {"GET", "HEAD"}:
        raise not_allowed("GET", "HEAD")
    if request.path == ALIVE:
        return _response(200, b"text/plain; charset=utf-8", b"ok\n")
    found = status()
    return _response(200 if found.ready else 503, b"application/json", msgspec.json.encode(found))


def _response(status: int, kind: bytes, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    length = str(len(body)).encode()
    return status, [(b"content-type", kind), (b"content-length", length), (b"cache-control", b"no-store")], body
