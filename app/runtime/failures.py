"""What becomes of an error at a boundary: declared ones pass afresh, everything else gets a name."""

from __future__ import annotations

import logging
import secrets
import time
from asyncio import CancelledError
from typing import TYPE_CHECKING

from contracts.kit.errors import (
    CallError,
    Conflict,
    Error,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
)

if TYPE_CHECKING:
    from app.runtime.route import Route
    from contracts.kit.context import Frame

log = logging.getLogger("freestone.calls")

_PASSING = frozenset({TimedOut, Unavailable, Overloaded, PermissionDenied, Internal, Conflict})


def translate(frame: Frame, error: BaseException) -> BaseException:
    """Return what the caller shall see instead of what the operation raised.

    Takes back the sweep's own cancellation (`asyncio.Task.uncancel`), so that one from outside keeps
    its meaning.
    """
    route: Route = frame.route
    task = frame.task
    assert task is not None
    fired = frame.fired
    asked = task.uncancel() if fired else task.cancelling()
    if isinstance(error, CancelledError):
        if asked > (frame.base if fired else 0):
            return error
        # Where the sweep did not fire, the call awaited something cancelled; nobody cancelled its task.
        return counted(route, TimedOut(operation=route.name)) if fired else _internal(frame, error)
    if not isinstance(error, Exception):
        return error
    if type(error) in route.raises:
        assert isinstance(error, Error)
        return counted(route, error.fresh())
    if fired or frame.due <= time.monotonic_ns():
        if not isinstance(error, CallError):
            log.warning("%s failed after its deadline", route.name, exc_info=error)
        return counted(route, TimedOut(operation=route.name))
    passing = _passing(route, error)
    return _internal(frame, error) if passing is None else counted(route, passing)


def is_undeclared(frame: Frame, error: Exception) -> bool:
    """Say whether what an operation raised becomes `Internal`; after its deadline nothing does."""
    route: Route = frame.route
    is_late = frame.fired or frame.due <= time.monotonic_ns()
    return not is_late and type(error) not in route.raises and _passing(route, error) is None


def counted(route: Route, error: Error) -> Error:
    """Count a failure and return it."""
    route.count(error)
    return error


def _passing(route: Route, error: Exception) -> Error | None:
    """Return what an operation may pass on although it does not declare it, else None.

    A bad argument or a conflicting key in a call that it made itself is its own fault, and so passes
    not; but its own arguments may be found bad where they are encoded. A command may have done something
    before another module refused it.
    """
    if type(error) is InvalidArgument and error.where == route.name:
        return error.fresh()
    if not isinstance(error, CallError) or type(error) not in _PASSING:
        return None
    if error.fields["operation"] != route.name:
        if isinstance(error, Conflict):
            return None
        if isinstance(error, Unavailable | Overloaded) and route.operation.semantics.kind == "command":
            reason = error.reason if isinstance(error, Unavailable) else "it is overloaded"
            return Unavailable(operation=error.operation, reason=reason, may_have_executed=True)
    return error.fresh()


def _internal(frame: Frame, error: BaseException) -> Error:
    route: Route = frame.route
    incident = secrets.token_hex(4)
    log.error(
        "%s, called by %s, failed (incident %s, request %s)",
        route.name,
        route.caller,
        incident,
        frame.context.request_id or "-",
        exc_info=error,
    )
    return counted(route, Internal(operation=route.name, incident=incident))
