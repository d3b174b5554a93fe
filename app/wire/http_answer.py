"""An answer by HTTP: what it says it is, and what it holds, as much of that as may be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import msgspec

from app.wire.codec import OperationCodec
from contracts.kit import Error

RESULT = ("application/json",)
LINES = ("application/x-ndjson", "application/jsonl")
PROBLEM = ("application/problem+json",)


class TooLarge(Exception):
    """There is more than is taken."""


class Problem(msgspec.Struct):
    """What a program needs of an error's problem details."""

    code: str
    fields: msgspec.Raw = msgspec.Raw(b"{}")

    def error(self, operation: OperationCodec) -> Error:
        """Return the error as an operation raises it."""
        return operation.error_json(self.code, self.fields)


class Line(msgspec.Struct):
    """One line of a stream: an item, or as the last one the error with which it ended."""

    item: msgspec.Raw = msgspec.Raw()
    problem: Problem | None = None


def is_of(response: aiohttp.ClientResponse, media: tuple[str, ...]) -> bool:
    """Say whether a response is of one of these media types."""
    return "content-type" in response.headers and response.content_type.lower() in media


def is_delimited(response: aiohttp.ClientResponse) -> bool:
    """Say whether a response says itself where it ends (RFC 9112, section 6.3), so that one cut off shows."""
    headers = response.headers
    return "content-length" in headers or headers.get("transfer-encoding", "").lower().endswith("chunked")


async def whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return a body of up to ``most`` bytes."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


async def lines(response: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
    """Yield a body's lines, each of up to ``most`` bytes, as they come; empty ones are no lines."""
    begun, size = list[bytes](), 0
    async for part in response.content.iter_any():
        *ended, rest = part.split(b"\n")
        for end in ended:
            line = b"".join((*begun, end))
            if len(line) > most:
                raise TooLarge
            begun.clear()
            size = 0
            if line:
                yield line
        begun.append(rest)
        size += len(rest)
        if size > most:
            raise TooLarge
    if line := b"".join(begun):
        yield line
