"""How a call may fail at the door whatever the operation is, by status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contracts.kit.errors import (
    CallError,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
)


class Outcome(NamedTuple):
    """A status, the error that a calling program makes of it, and when that is."""

    status: int
    name: str
    error: type[CallError]
    text: str
    headers: Mapping[str, str] = {}

    @property
    def reference(self) -> str:
        """Where it stands in the OpenAPI document."""
        return f"#/components/responses/{self.name}"


OUTCOMES = (
    Outcome(400, "Malformed", InvalidArgument, "The body is no JSON, or a header is malformed."),
    Outcome(
        401,
        "Unauthorized",
        PermissionDenied,
        "There is no token, or an unknown one.",
        {"WWW-Authenticate": "`Bearer`, and why."},
    ),
    Outcome(403, "Forbidden", PermissionDenied, "The actor, or the module that calls, may not call this."),
    Outcome(404, "NotServed", Unavailable, "This host serves no such operation."),
    Outcome(408, "TooSlow", Unavailable, "The body did not arrive in time."),
    Outcome(413, "TooLarge", InvalidArgument, "The body is larger than the host takes."),
    Outcome(415, "NotJson", InvalidArgument, "The body's Content-Type is not application/json."),
    Outcome(422, "InvalidArgument", InvalidArgument, "An argument is missing, of another type, or out of its bounds."),
    Outcome(
        429,
        "Overloaded",
        Overloaded,
        "As many calls are under way as may be; nothing was executed.",
        {"Retry-After": "Seconds to wait."},
    ),
    Outcome(500, "Internal", Internal, "The module failed in a way that its contract does not declare."),
    Outcome(503, "Unavailable", Unavailable, "Nothing answers behind the contract now."),
    Outcome(504, "TimedOut", TimedOut, "The deadline passed first; the operation may have taken effect."),
)
