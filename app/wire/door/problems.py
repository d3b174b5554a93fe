"""What an error looks like at the door: problem details (RFC 9457), with all that a caller needs to raise it again."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from app.wire.codec import error_form
from app.wire.door.request import Header
from contracts.kit import Error, InvalidArgument, PermissionDenied
from contracts.kit.errors import Conflict, Internal, Overloaded, TimedOut, Unavailable

log = logging.getLogger("freestone.door")

MEDIA = b"application/problem+json"
TYPE = "urn:freestone:error:"
"""What stands before the code in a problem's ``type``."""

DECLARED = 409
"""The status of every error that an operation declares itself: which one it was, says its code."""

STATUS: Mapping[type[Error], int] = {
    Conflict: 409,
    Internal: 500,
    InvalidArgument: 422,
    Overloaded: 429,
    PermissionDenied: 403,
    TimedOut: 504,
    Unavailable: 503,
}
"""The status of those that every call may raise."""

RETRY_AFTER: Header = (b"retry-after", b"1")


class Refused(Exception):
    """A request that comes to no call, or to no operation: with the error that says so to a calling program, the
    status that says where it was found, and one sentence for people."""

    def __init__(self, status: int, error: Error, sentence: str, *headers: Header) -> None:
        super().__init__(sentence)
        self.status = status
        self.error = error
        self.sentence = sentence
        self.headers = headers


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error's problem details.

    ``fields`` are those of the error that ``code`` names; ``request_id`` finds the request in the logs.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: Any
    request_id: str


def title_of(error: type[Error]) -> str:
    """Return what an error says in general, whatever its fields are."""
    return (error.__doc__ or error.code).strip().splitlines()[0].rstrip(".")


def status_of(error: Error) -> int:
    """Return the status under which an error is answered."""
    return STATUS.get(type(error), DECLARED)


def problem(error: Error, request_id: str, *, status: int | None = None, detail: str | None = None) -> Problem:
    """Return an error's problem details; ``status`` and ``detail`` are its own unless the door knows better."""
    return Problem(
        type=TYPE + error.code,
        title=title_of(type(error)),
        status=status or status_of(error),
        detail=detail or str(error),
        code=error.code,
        fields=error_form(error),
        request_id=request_id,
    )


def answer(raised: Error | Refused, request_id: str) -> tuple[int, bytes, tuple[Header, ...]]:
    """Return status, body and further headers of the answer to a request that failed."""
    if isinstance(raised, Refused):
        found = problem(raised.error, request_id, status=raised.status, detail=raised.sentence)
        return raised.status, msgspec.json.encode(found), raised.headers
    found = problem(raised, request_id)
    return found.status, msgspec.json.encode(found), (RETRY_AFTER,) if isinstance(raised, Overloaded) else ()


def unforeseen(error: Exception, operation: str, request_id: str) -> Internal:
    """Log what must not happen here, and return what a caller is told of it."""
    incident = secrets.token_hex(4)
    log.error("%s could not be answered (incident %s, request %s)", operation, incident, request_id, exc_info=error)
    return Internal(operation=operation, incident=incident)
