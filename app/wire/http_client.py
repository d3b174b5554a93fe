"""The HTTP client behind everything that asks by HTTP: it sends what it is given, and hands on what it gets.

aiohttp takes a tenth of a second to import and some megabytes to hold: import this where something asks.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection

CONNECT = 2.0
"""Seconds that it may take to connect."""
KEPT = 2.0
"""Seconds for which an idle connection is kept: less than any server does, so that a request rarely meets a
connection which is just being closed, and for one that cannot be repeated that would be a failure."""
HEAD = 64 * 1024
"""Bytes of the longest header, and of the status line, that are taken from a server."""
HEADERS = 1000
"""How many headers are taken."""
LARGE = 256 * 1024
"""Bytes from which on a body is sent in parts: aiohttp would hand it over as one, and warns of that."""


class _Request(aiohttp.ClientRequest):
    """Does not let the task that sends a body fail when the connection is lost: the answer's reader is told."""

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        with suppress(aiohttp.ClientConnectionResetError):
            await super().write_bytes(writer, conn, content_length)


def open_session(socket: Path | None = None) -> aiohttp.ClientSession:
    """Return a client over a Unix socket, or over TCP.

    It has no memory for cookies, unpacks nothing, sends nothing twice, adds no headers but those that HTTP cannot do
    without, and goes by no proxy. Only connecting has a time limit.
    """
    session = aiohttp.ClientSession(
        connector=(
            aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT)
            if socket is None
            else aiohttp.UnixConnector(str(socket), limit=0, keepalive_timeout=KEPT)
        ),
        request_class=_Request,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT),
        max_line_size=HEAD,
        max_field_size=HEAD,
        max_headers=HEADERS,
    )
    # It would send idempotent requests again, to the same place; whether that is wise is known elsewhere.
    session._retry_connection = False
    return session


def payload(body: bytes) -> bytes | BytesIO:
    """Return a whole body as it is to be sent."""
    return body if len(body) < LARGE else BytesIO(body)


def is_unsent(error: aiohttp.ClientError) -> bool:
    """Say whether a request failed before any of it was sent: there was no connection."""
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


def reason_of(error: aiohttp.ClientError) -> str:
    """Say in a few words why a request failed."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection within {CONNECT:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "no connection could be made"
    if isinstance(error, aiohttp.ClientResponseError):
        return "it answered with something that is no HTTP"
    return "the connection was lost before the answer's end"
