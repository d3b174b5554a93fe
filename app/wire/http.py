"""The HTTP carrier: calls as POST requests, to another host's door or to a module written in any language.

What stands behind a contract this way serves ``POST <base>/rpc/<contract>.v<version>/<operation>`` as our own door
does: arguments as a JSON object, the result as JSON under 200, a stream's items as lines of JSON, errors as problem
details (RFC 9457) with their ``code`` and ``fields``.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from app.wire.claims import claim_of
from app.wire.codec import OperationCodec
from app.wire.http_answer import LINES, PROBLEM, RESULT, Line, Problem, TooLarge, is_delimited, is_of, lines, whole
from app.wire.http_client import is_unsent, open_session, payload, reason_of
from app.wire.remote import Envelope, Sender, envelope
from contracts.kit import Error, Internal, Unavailable

LARGEST = 4 << 20
"""Bytes of the largest answer, and of a stream's longest item, that are taken."""

_PRINTABLE = re.compile(r"[ -~]+")
_AS_IT_IS = re.compile(r'(?!%")[!#-~](?:[ -~]*[!-~])?')
_ESCAPED = re.compile(r'["\\]')
_HIDDEN = re.compile(rb"[^ !#$&-~]")

_problem = msgspec.json.Decoder(Problem)
_line = msgspec.json.Decoder(Line)


class HttpSender(Sender):
    """Sends calls to one base URL, by TCP or over the Unix socket that is given, with a bearer token if there is one.

    Whoever gives up a call, by its deadline or otherwise, closes its connection: so the callee knows.
    """

    def __init__(
        self, base: str, *, token: str | None = None, socket: Path | None = None, largest: int = LARGEST
    ) -> None:
        self._base = base.rstrip("/")
        self._token = token
        self._socket = socket
        self._largest = largest
        self._session: aiohttp.ClientSession | None = None

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        async with self._asked(operation, arguments, key, RESULT) as response:
            body = await whole(response, self._largest)
        return _decoded(operation, body)

    async def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        async with self._asked(operation, arguments, None, LINES) as response:
            if not is_delimited(response):
                raise self._unavailable(operation, "its stream does not say where it ends")
            async for line in lines(response, self._largest):
                yield _item(operation, line)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def _asked(
        self, operation: OperationCodec, arguments: dict[str, Any], key: str | None, media: tuple[str, ...]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; its response is open in the block, a failure is raised."""
        body = _encoded(operation, arguments)
        headers = {**self._headers(operation, envelope(), key), "accept": ", ".join(media + PROBLEM)}
        if self._session is None:
            self._session = open_session(self._socket)
        url = URL(f"{self._base}/rpc/{operation.path}", encoded=True)
        try:
            async with self._session.post(url, data=payload(body), headers=headers, allow_redirects=False) as response:
                if response.status != 200 or not is_of(response, media):
                    raise await self._failure(operation, response)
                yield response
        except TooLarge:
            reason = f"what it answered with is larger than {self._largest:,} bytes"
            raise self._unavailable(operation, reason) from None
        except aiohttp.ClientError as error:
            raise self._unavailable(operation, reason_of(error), unsent=is_unsent(error)) from None

    def _headers(self, operation: OperationCodec, sent_by: Envelope, key: str | None) -> dict[str, str]:
        caller, context, due = sent_by
        headers = {"content-type": "application/json", "freestone-caller": caller}
        if _PRINTABLE.fullmatch(context.request_id):
            headers["x-request-id"] = context.request_id
        claim = claim_of(context)
        if isinstance(claim, str):
            headers["freestone-actor"] = claim
        elif claim is not None:
            headers["freestone-system"] = "1" if claim == (caller,) else claim[0]
        if due is not None:
            headers["freestone-deadline"] = f"{max(0, due - time.monotonic_ns()) / 1e9:.6f}"
        if key is not None:
            headers["idempotency-key"] = _key(operation, key)
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        return headers

    async def _failure(self, operation: OperationCodec, response: aiohttp.ClientResponse) -> Error:
        if is_of(response, PROBLEM):
            try:
                return _problem.decode(await whole(response, self._largest)).error(operation)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                return self._unavailable(operation, f"it answered {response.status} with a problem that has no code")
        kind = response.headers.get("content-type", "nothing that it names")
        return self._unavailable(operation, f"it answered {response.status} with {kind}")

    def _unavailable(self, operation: OperationCodec, reason: str, *, unsent: bool = False) -> Unavailable:
        return Unavailable(operation=operation.name, reason=f"{self._base}: {reason}", may_have_executed=not unsent)


def _encoded(operation: OperationCodec, arguments: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the arguments cannot be sent
        raise operation.bad_argument(error) from None


def _key(operation: OperationCodec, key: str) -> str:
    """Return an idempotency key as a header's value: as it is, or as a structured field's string, or display string
    for what is not ASCII (RFC 9651, sections 3.3.3 and 3.3.8)."""
    if _AS_IT_IS.fullmatch(key):
        return key
    if _PRINTABLE.fullmatch(key):
        return '"' + _ESCAPED.sub(r"\\\g<0>", key) + '"'
    try:
        return '%"' + _HIDDEN.sub(lambda found: b"%%%02x" % found[0][0], key.encode()).decode() + '"'
    except UnicodeEncodeError as error:
        raise operation.bad_argument(error) from None


def _item(operation: OperationCodec, text: bytes) -> Any:
    try:
        line = _line.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _damaged(operation, error) from None
    if line.problem is not None:
        raise line.problem.error(operation)
    return _decoded(operation, line.item)


def _decoded(operation: OperationCodec, text: bytes | msgspec.Raw) -> Any:
    try:
        return operation.result_json.decode(text)
    except Exception as error:  # noqa: BLE001 - whatever it is, the result cannot be read
        raise _damaged(operation, error) from None


def _damaged(operation: OperationCodec, error: Exception) -> Internal:
    return Internal(operation=operation.name, incident=f"it answered with a damaged result: {error}")
