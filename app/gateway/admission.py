"""Which requests are let in: the rules that hold before a BFF sees anything."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from app.config import GatewaySettings
from app.gateway.refusal import Refusal, not_allowed, too_large
from app.gateway.request import Request

LONGEST_URL = 8 * 1024
MOST_HEADERS = 100
LARGEST_HEADERS = 32 * 1024
"""In bytes, all together."""

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED = frozenset(METHODS)
_KNOWN = frozenset({"TRACE", "CONNECT"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(rb"(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(rb"(https?)://([^/?#]+)")
_DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}


class Admission:
    """Refuses what is malformed, too large, meant for another host, or sent by another site's page."""

    def __init__(self, settings: GatewaySettings) -> None:
        url = settings.public_url
        self._max_body = settings.max_body
        self._origin = None if url is None else url.encode()
        self._scheme = b"" if url is None else url.encode().partition(b":")[0]
        self._authority = None if url is None else url.authority.encode()

    def check(self, request: Request) -> None:
        """Raise `Refusal` for a request that is not let in."""
        method, headers = request.method, request.headers
        if method not in _ALLOWED:
            raise not_allowed(*METHODS) if method in _KNOWN else Refusal(501, "This kind of request is unknown here.")
        if len(request.raw_path) + len(request.query) > LONGEST_URL:
            raise Refusal(414, "The address is too long.")
        if request.count > MOST_HEADERS or request.size > LARGEST_HEADERS:
            raise Refusal(431, "The request brings too much beside its content; perhaps too many cookies.")
        _check_text(request.raw_path)
        _check_text(request.query)
        host = headers.get(b"host", b"")
        if _HOST.fullmatch(host) is None:
            raise Refusal(400, "The request does not say clearly which host it is for.")
        if self._authority is not None and _authority(self._scheme, host) != self._authority:
            raise Refusal(421, "The request is for another host than this one.")
        if b"content-length" in headers:
            self._check_length(headers[b"content-length"])
        if method not in _SAFE and not self._is_own(headers, host):
            raise Refusal(403, "This was sent from another site's page. Go back, reload the page and send it again.")

    def _check_length(self, length: bytes) -> None:
        if not length.isdigit():
            raise Refusal(400, "The request's length is not a number.")
        # int() refuses thousands of digits with a ValueError.
        if len(length) > 18 or int(length) > self._max_body:
            raise too_large(self._max_body)

    def _is_own(self, headers: dict[bytes, bytes], host: bytes) -> bool:
        """Say whether an unsafe request comes from a page of this site, or from no browser.

        Browsers since 2023 send Sec-Fetch-Site to a trustworthy address, and no page can forge it; older ones,
        and all to plain http, send Origin, or at least Referer.
        """
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site in {b"same-origin", b"none"}
        source = headers.get(b"origin", headers.get(b"referer"))
        if source is None:
            return b"cookie" not in headers
        match = _ORIGIN.match(source.lower())
        if match is None:
            return False
        scheme, authority = match.groups()
        if self._origin is not None:
            return scheme + b"://" + _authority(scheme, authority) == self._origin
        return _authority(scheme, authority) == _authority(scheme, host)


def _check_text(raw: bytes) -> None:
    if b"%" not in raw and raw.isascii():
        return
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Refusal(400, "The address is not valid UTF-8.") from None
    if "\0" in text:
        raise Refusal(400, "The address contains a character that no address can have.")


def _authority(scheme: bytes, host: bytes) -> bytes:
    """The host in lower case, without the port that its scheme has anyway."""
    return host.lower().removesuffix(_DEFAULT_PORTS[scheme])
