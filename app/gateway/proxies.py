"""What reverse proxies say of the client: believed only of those that the settings trust."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

from app.gateway.request import Request

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Proxies:
    """The proxies that are trusted, by address."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(each) for each in networks]
        self._trusts = lru_cache(1024)(self._is_within)

    def apply(self, scope: Scope, request: Request) -> None:
        """Where a trusted proxy brings the request, put the real client, scheme and request id in their places."""
        client = scope.get("client")
        if not self._networks or client is None or not self._trusts(client[0]):
            return
        headers = request.headers
        scheme = headers.get(b"x-forwarded-proto")
        if scheme in {b"http", b"https"}:
            scope["scheme"] = scheme.decode()
        address = self._client(headers.get(b"x-forwarded-for", b""))
        if address is not None:
            scope["client"] = (address, 0)
        request_id = headers.get(b"x-request-id", b"")
        if _REQUEST_ID.fullmatch(request_id):
            request.id = request_id.decode()

    def _client(self, forwarded: bytes) -> str | None:
        """The last address that no trusted proxy has: those before it are the client's own word."""
        found = None
        for entry in reversed(forwarded.split(b",")):
            address = _address(entry.decode("latin-1"))
            if address is None:
                break
            found = str(address)
            if not self._trusts(found):
                break
        return found

    def _is_within(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port; an IPv4 address that came by an IPv6 socket is itself."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
