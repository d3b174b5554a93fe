"""Who may come in: bearers of a token, programs on this machine, and nobody whom a browser or a proxy brings along."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from ipaddress import ip_address

from app.wire.door.problems import Refused
from app.wire.door.request import Request
from app.wire.hello import DOOR
from contracts.kit import PermissionDenied

REALM = b'Bearer realm="freestone"'
CALLER = b"freestone-caller"

_LOCAL_HOST = re.compile(rb"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_BEARER = re.compile(rb"bearer +([!-~]+)", re.IGNORECASE)
_PROXIES = frozenset({b"forwarded", b"via", b"x-real-ip"})
_OWN_SITE = (None, b"same-origin", b"none")


class Access:
    """The rules.

    ``tokens`` are the secrets by name: one that has a ``module``'s name lets that module in, any other whoever
    bears it. Without a token this machine's own programs are let in if ``local``. ``trusted`` lets everybody in,
    and believes which module it is: for a socket that nobody else can open.
    """

    def __init__(
        self, tokens: Mapping[str, str], modules: Collection[str], *, local: bool = True, trusted: bool = False
    ) -> None:
        self._digests = [(name, sha256(secret.encode()).digest()) for name, secret in tokens.items()]
        self._modules = frozenset(modules)
        self._local = local
        self._trusted = trusted

    def admit(self, request: Request) -> str:
        """Return in whose name calls are made; `Refused` for whom is not let in."""
        claimed = request.text(CALLER)
        if self._trusted:
            return claimed or DOOR
        if b"authorization" in request.headers:
            name = self._bearer(request)
            if name not in self._modules:
                return DOOR
            if claimed not in (None, name):
                raise Refused(
                    403, PermissionDenied(operation=request.path), f"The token is {name}'s, and of no other module."
                )
            return name
        if not (self._local and is_local(request)):
            raise _unauthorized(
                request,
                "Bring a token from [door] tokens as Authorization: Bearer; without one only programs of this "
                "machine are let in, where the settings allow it.",
            )
        return DOOR

    def _bearer(self, request: Request) -> str:
        found = _BEARER.fullmatch(request.headers[b"authorization"])
        name = None if found is None else self._name(found[1])
        if name is None:
            raise _unauthorized(request, "The token is unknown here.", b', error="invalid_token"')
        return name

    def _name(self, secret: bytes) -> str | None:
        """Compare with every token, so that the time this takes says nothing of any."""
        digest, found = sha256(secret).digest(), None
        for name, known in self._digests:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def is_local(request: Request) -> bool:
    """Say whether a request comes from a program of this machine, for itself.

    Not from a page of some site in a browser here, whatever name that site has given this address; and not
    from a proxy here, which brings others: one that names nobody is known by HTTP/1.0, which nginx speaks
    unless it is told otherwise, or not at all.
    """
    headers = request.headers
    if not _is_loopback(request.client) or request.version == "1.0":
        return False
    if any(name in _PROXIES or name.startswith(b"x-forwarded-") for name in headers):
        return False
    host = headers.get(b"host", b"")
    if _LOCAL_HOST.fullmatch(host) is None or headers.get(b"sec-fetch-site") not in _OWN_SITE:
        return False
    return headers.get(b"origin") in (None, b"http://" + host, b"https://" + host)


def _is_loopback(client: str | None) -> bool:
    try:
        address = ip_address(client or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _unauthorized(request: Request, sentence: str, more: bytes = b"") -> Refused:
    return Refused(401, PermissionDenied(operation=request.path), sentence, (b"www-authenticate", REALM + more))
