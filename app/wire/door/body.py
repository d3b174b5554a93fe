"""A request's body: JSON, as much of it as may be, within the time there is."""

from __future__ import annotations

import asyncio
import re

from starlette.types import Receive

from app.wire.door.problems import Refused
from app.wire.door.request import Request
from contracts.kit import InvalidArgument, Unavailable

CLOSE = (b"connection", b"close")
"""With a refusal that comes before the body's end: what is still on its way is no next request."""

_JSON = re.compile(r'application/json(?: *; *charset="?utf-8"?)?', re.IGNORECASE)


class ClientGone(Exception):
    """Nobody waits for an answer any more."""


class BodyReader:
    """Reads bodies of up to ``most`` bytes that arrive within ``patience`` seconds."""

    def __init__(self, most: int, patience: float) -> None:
        self._most = most
        self._patience = patience

    async def read(self, request: Request, receive: Receive, operation: str) -> bytes:
        """Return the body; `Refused` where it is too large, too slow or said to be something else than JSON.

        Pages of other sites cannot send this media type without asking the door first, and it does not let them.
        """
        if _JSON.fullmatch(request.text(b"content-type") or "") is None:
            raise _refused(415, operation, "The body's Content-Type is not application/json.")
        length = request.text(b"content-length")
        # int() refuses thousands of digits with a ValueError.
        if length is not None and length.isdecimal() and (len(length) > 18 or int(length) > self._most):
            raise self._too_large(operation)
        try:
            async with asyncio.timeout(self._patience):
                return await self._collect(receive, operation)
        except TimeoutError:
            late = Unavailable(operation=operation, reason="the arguments did not arrive in time")
            raise Refused(408, late, "The body took too long to arrive.", CLOSE) from None

    async def _collect(self, receive: Receive, operation: str) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            if len(body) > self._most:
                raise self._too_large(operation)
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self, operation: str) -> Refused:
        return _refused(413, operation, f"The body is larger than {self._most:,} bytes.", CLOSE)


def _refused(status: int, operation: str, sentence: str, *headers: tuple[bytes, bytes]) -> Refused:
    return Refused(status, InvalidArgument(where=operation, problem=sentence), sentence, *headers)
