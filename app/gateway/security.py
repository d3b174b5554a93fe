"""What a browser is told with every response."""

from __future__ import annotations

from collections.abc import Iterable

from app.config import GatewaySettings

Pairs = Iterable[tuple[bytes, bytes]]

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_HTTPS = (b"strict-transport-security", b"max-age=31536000")


def security_headers(settings: GatewaySettings) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that every response has, unless its BFF says otherwise."""
    secure = settings.public_url is not None and settings.public_url.secure
    return (*_ALWAYS, _HTTPS) if secure else _ALWAYS


def completed(headers: Pairs, defaults: Pairs) -> list[tuple[bytes, bytes]]:
    """Return a response's headers with those defaults that it does not set itself."""
    found = list(headers)
    own = {name.lower() for name, _ in found}
    found += [pair for pair in defaults if pair[0] not in own]
    return found
