"""What goes along between the gateway and a BFF in another process, and what ends at each connection."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

PREFIX = "/web/"
"""On a host's HTTP socket its BFF's pages lie below `/web/<module>`."""

CLIENT, SCHEME, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
REQUEST_ID, DEADLINE, ROOT = b"x-request-id", b"freestone-deadline", b"freestone-root"
"""The gateway's own knowledge: who asks for what, under which id, how many seconds are left, and below which path
the BFF lies for those outside."""

Pair = tuple[bytes, bytes]

_HOP = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
"""RFC 9110, section 7.6.1; with all that begin with Proxy-, some of which older agents send."""
_OURS = frozenset({b"expect", b"forwarded", b"via", b"x-real-ip", REQUEST_ID})
"""What others may not say instead of us; what is expected, the server before the gateway has answered."""
_OUR_PREFIXES = (b"x-forwarded-", b"freestone-")
_SERVERS = frozenset({b"date", b"server"})
"""What the server before the gateway says itself."""


def end_to_end(headers: Iterable[Pair]) -> list[Pair]:
    """Return the headers that go on past a connection, in small letters and in their order, repeated ones too."""
    found = [(name.lower(), value) for name, value in headers]
    named = {each.strip().lower() for name, value in found if name == b"connection" for each in value.split(b",")}
    gone = _HOP | named
    return [pair for pair in found if pair[0] not in gone and not pair[0].startswith(b"proxy-")]


def without_hearsay(headers: Iterable[Pair]) -> list[Pair]:
    """Return a request's headers without those that only the gateway may write."""
    return [pair for pair in headers if pair[0] not in _OURS and not pair[0].startswith(_OUR_PREFIXES)]


def request_headers(scope: Scope, request_id: str, seconds: float | None) -> list[Pair]:
    """Return the headers of a request as they are passed on to a BFF."""
    host = [value for name, value in scope["headers"] if name.lower() == b"host"]
    headers = [pair for pair in without_hearsay(end_to_end(scope["headers"])) if pair[0] != b"host"]
    headers += [(name, value) for name in (b"host", HOST) for value in host]
    headers += [(SCHEME, scope["scheme"].encode()), (REQUEST_ID, request_id.encode())]
    if scope.get("client"):
        headers.append((CLIENT, scope["client"][0].encode()))
    if seconds is not None:
        headers.append((DEADLINE, b"%.6f" % seconds))
    if scope.get("root_path"):
        headers.append((ROOT, scope["root_path"].encode()))
    return headers


def response_headers(headers: Iterable[Pair], status: int) -> list[Pair]:
    """Return the headers of a BFF's response as they are passed back."""
    gone = _SERVERS | {b"content-length"} if status in (204, 304) else _SERVERS
    return [pair for pair in end_to_end(headers) if pair[0] not in gone]
