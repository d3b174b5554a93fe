"""A stream's items as lines of JSON, each sent as it comes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import msgspec
from starlette.types import Send

from app.runtime.streams import StreamCall
from app.wire.door.problems import problem, unforeseen
from app.wire.door.request import Request, begin
from contracts.kit import Error

MEDIA = b"application/x-ndjson"
"""Lines that are JSON objects: ``{"item": …}``, or as the last one ``{"problem": …}`` where the stream failed."""

_END = object()


class Stalled(Exception):
    """The client does not take what is sent; its answer stays incomplete."""


class StreamAnswer:
    """Answers with a stream's items; a client may take ``patience`` seconds to take each."""

    def __init__(self, patience: float) -> None:
        self._patience = patience

    async def give(self, request: Request, send: Send, items: StreamCall, name: str) -> None:
        """Send what a stream yields until it ends, and close it whatever happens.

        A failure before the first item is an answer of its own, and raised.
        """
        async with aclosing(items):
            line = await _next(items, request, name)
            await begin(request, send, 200, MEDIA)
            while line:
                await self._send(send, line)
                try:
                    line = await _next(items, request, name)
                except Error as error:
                    await self._send(send, b'{"problem":%b}\n' % msgspec.json.encode(problem(error, request.id)))
                    break
            await send({"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, line: bytes) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await send({"type": "http.response.body", "body": line, "more_body": True})
        except TimeoutError:
            raise Stalled from None


async def _next(items: StreamCall, request: Request, name: str) -> bytes:
    """Return the next line, nothing at the end."""
    item = await anext(items, _END)
    if item is _END:
        return b""
    try:
        return b'{"item":%b}\n' % msgspec.json.encode(item)
    except Exception as error:  # noqa: BLE001 - whatever it is, the item cannot be told
        raise unforeseen(error, name, request.id) from None
