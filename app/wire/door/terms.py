"""What a request's headers say of its call: when it is overdue, under which key, on whose behalf."""

from __future__ import annotations

import re
import time
from typing import NamedTuple
from urllib.parse import unquote

from app.wire.claims import Claim, Claims
from app.wire.door.problems import Refused
from app.wire.door.request import Request
from contracts.kit import Context, InvalidArgument
from contracts.kit.context import NEVER

ACTOR, DEADLINE, KEY, SYSTEM = "Freestone-Actor", "Freestone-Deadline", "Idempotency-Key", "Freestone-System"

ITSELF = "1"
"""As ``Freestone-System``: the system, on behalf of the module that calls."""

LONGEST_KEY = 4096

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_KEY = re.compile(
    r'"((?:[ !#-\[\]-~]|\\["\\])+)"'  # a string
    r'|%"((?:[ !#$&-~]|%[0-9a-f]{2})+)"'  # a display string
    r'|((?!%")[!#-~][ -~]*)'
)


class Terms(NamedTuple):
    """Under which a call is made. ``due`` is in nanoseconds of the monotonic clock."""

    context: Context
    due: int
    key: str | None


def terms_of(request: Request, caller: str, claims: Claims) -> Terms:
    """Read a request's headers; `Refused` for a malformed one, `PermissionDenied` for an actor that is not proved."""
    return Terms(claims.context(caller, request.id, _claim(request, caller)), _due(request), _key(request))


def _due(request: Request) -> int:
    given = request.text(DEADLINE.lower().encode())
    if given is None:
        return NEVER
    if not _SECONDS.fullmatch(given):
        raise _malformed(DEADLINE, "it is the seconds that are left, such as 0.75")
    return time.monotonic_ns() + int(float(given) * 1e9)


def _claim(request: Request, caller: str) -> Claim:
    assertion, system = request.text(ACTOR.lower().encode()), request.text(SYSTEM.lower().encode())
    if system is None:
        return assertion
    if assertion is not None:
        raise _malformed(SYSTEM, f"it stands beside {ACTOR}, and a call has one actor")
    return (caller if system == ITSELF else system,)


def _key(request: Request) -> str | None:
    """Return the idempotency key: as it stands, or as a structured field's string, or display string for what is
    not ASCII (RFC 9651, sections 3.3.3 and 3.3.8), as the IETF's draft of this header would have it."""
    given = request.text(KEY.lower().encode())
    if given is None:
        return None
    found = _KEY.fullmatch(given) if len(given) <= LONGEST_KEY else None
    if found is None:
        raise _malformed(KEY, f'it is up to {LONGEST_KEY} signs of ASCII, or %"…" with others as %c3%bc')
    quoted, displayed, plain = found.groups()
    try:
        return unquote(displayed, errors="strict") if displayed else re.sub(r"\\(.)", r"\1", quoted or plain)
    except UnicodeDecodeError:
        raise _malformed(KEY, "it is no UTF-8") from None


def _malformed(header: str, problem: str) -> Refused:
    return Refused(400, InvalidArgument(where=header, problem=problem), f"{header} is malformed: {problem}.")
