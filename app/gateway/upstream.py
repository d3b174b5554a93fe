"""The reverse proxy: a BFF that runs in another process answers as if it ran in this one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from random import random
from urllib.parse import quote

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from app.gateway.hop import PREFIX, request_headers, response_headers
from app.gateway.passage import Passage
from app.gateway.refusal import Refusal, dropped, garbled, not_running
from app.wire.http_client import is_unsent, open_session, payload, reason_of
from contracts.kit import current_context, remaining

log = logging.getLogger("freestone.gateway")

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Requests that may be sent again (RFC 9110, section 9.2.2)."""


class Upstream:
    """An ASGI application that stands for a module's pages on another host.

    ``sockets`` is asked at every request which HTTP sockets that host has now; the least busy is taken. Where
    nothing was sent, the others are tried; where an idempotent request got no answer it is sent once more, to
    another one if there is. What fails is raised as a `Refusal`; an answer that has begun then stays incomplete.
    """

    def __init__(self, module: str, sockets: Callable[[], Sequence[Path]]) -> None:
        self._module = module
        self._sockets = sockets
        self._lines: dict[Path, _Line] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passage = Passage(receive)
        await passage.begin()
        with passage:
            line, response = await self._asked(scope, passage)
            try:
                await _hand_over(response, passage, send)
            except aiohttp.ClientError:
                log.warning("%s broke off in the middle of an answer (%s)", self._module, current_context().request_id)
                raise dropped() from None
            finally:
                line.busy -= 1
                response.close()  # its connection is kept all the same if it came to its end

    async def close(self) -> None:
        """Close all connections."""
        lines, self._lines = self._lines, {}
        for line in lines.values():
            await line.session.close()

    async def _asked(self, scope: Scope, passage: Passage) -> tuple[_Line, aiohttp.ClientResponse]:
        """Return a response that has begun, and the line by which it comes, busy with it from now on."""
        tried: set[Path] = set()
        again: Path | None = None
        refusal, drops = not_running(), 0
        while True:
            socket = await self._pick(tried)
            if socket is None:
                socket, again = again, None
            if socket is None or socket not in self._lines:
                raise refusal
            tried.add(socket)
            line = self._lines[socket]
            line.busy += 1
            try:
                return line, await line.ask(self._url(scope), scope, passage)
            except aiohttp.ClientError as error:
                line.busy -= 1
                if passage.failure is not None:
                    raise passage.failure from None
                refusal = _refusal_for(error)
                # Why no connection could be made, whoever watches the host says, and not once a request.
                level = logging.DEBUG if is_unsent(error) else logging.WARNING
                log.log(level, "%s: %s (%s)", self._module, reason_of(error), current_context().request_id)
                if not is_unsent(error):
                    again, drops = socket, drops + 1
                    if drops == 2 or not passage.is_whole or scope["method"] not in REPEATABLE:
                        raise refusal from None
            except BaseException:
                line.busy -= 1
                raise

    async def _pick(self, tried: set[Path]) -> Path | None:
        """Return the least busy socket that was not tried yet, and forget those that are gone."""
        found = set(self._sockets())
        for gone in self._lines.keys() - found:
            line = self._lines.get(gone)
            if line is not None and not line.busy:  # which other requests may have changed meanwhile
                del self._lines[gone]
                await line.session.close()
        for new in found - self._lines.keys():
            self._lines[new] = _Line(new)
        return min(found - tried, key=lambda socket: (self._lines[socket].busy, random()), default=None)

    def _url(self, scope: Scope) -> URL:
        path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        query: bytes = scope["query_string"]
        return URL(f"http://host{PREFIX}{self._module}{_text(path + b'?' + query if query else path)}", encoded=True)


class _Line:
    """The connections to one socket, and how many requests are under way there."""

    def __init__(self, socket: Path) -> None:
        self.session = open_session(socket)
        self.busy = 0

    async def ask(self, url: URL, scope: Scope, passage: Passage) -> aiohttp.ClientResponse:
        """Send a request and return the response when its head has come."""
        headers = [
            (_text(name), _text(value))
            for name, value in request_headers(scope, current_context().request_id, remaining())
            if not (passage.is_whole and name == b"content-length")  # the client counts for itself
        ]
        body = passage.body()
        data = payload(body) if isinstance(body, bytes) else body
        response = await self.session.request(scope["method"], url, headers=headers, data=data, allow_redirects=False)
        if not 200 <= response.status <= 599:
            response.close()
            raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
        return response


async def _hand_over(response: aiohttp.ClientResponse, passage: Passage, send: Send) -> None:
    headers = response_headers(response.raw_headers, response.status)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    while part := await response.content.readany():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    passage.answered()
    await send({"type": "http.response.body", "body": b""})


def _refusal_for(error: aiohttp.ClientError) -> Refusal:
    if is_unsent(error):
        return not_running()
    return garbled() if isinstance(error, aiohttp.ClientResponseError) else dropped()


def _text(raw: bytes) -> str:
    """Return text that the client writes as the same bytes; of bytes that are no UTF-8, as what RFC 9110 took them
    for, ISO 8859-1, which it then writes as UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
