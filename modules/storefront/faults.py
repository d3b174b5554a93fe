"""What went wrong, as a page: every failure that a page does not answer itself ends here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.kit import (
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
from modules.storefront.refusals import BadRequest, LogInFirst, NotFound
from modules.storefront.shop import Shop
from modules.storefront.visit import Visit

_log = logging.getLogger(__name__)

_PARTS: Final[Mapping[str, str]] = {
    "accounts": "Your account",
    "carts": "The cart",
    "catalog": "The catalogue",
    "inventory": "The stock",
    "orders": "Ordering",
}
"""What people call that to which an operation ``contract.version.name`` belongs."""
_AGAIN: Final = " Please try again in a moment."
_DOUBT: Final = " Your change may have been made all the same: please check before you try again."


class Fault(NamedTuple):
    """What the page says. ``retry_after`` is in seconds."""

    status: int
    title: str
    text: str
    retry_after: int | None = None


_HTTP: Final[Mapping[int, Fault]] = {
    404: Fault(404, "Page not found", "There is nothing at this address. It may have moved, or never existed."),
    405: Fault(405, "Not possible", "This address does not take requests of that kind."),
}
_BROKEN: Final = Fault(500, "Something went wrong", "This is our fault, not yours. Please try again in a moment.")


def fault_of(problem: Exception, *, changing: bool = False) -> Fault:
    """Say what a failure means to the person who sees it, and who may have been ``changing`` something."""
    match problem:
        case NotFound():
            return _HTTP[404]
        case BadRequest():
            return Fault(problem.status, "We cannot make sense of this", problem.problem)
        case HTTPException():
            known = _HTTP.get(problem.status_code)
            return known or Fault(problem.status_code, "We cannot make sense of this", f"{problem.detail}.")
        case Unavailable():
            doubt = _DOUBT if changing and problem.may_have_executed else _AGAIN
            return Fault(503, "Not reachable right now", f"{_part(problem)} cannot be reached right now.{doubt}", 5)
        case Overloaded():
            return Fault(503, "Very busy right now", f"{_part(problem)} has too much to do right now.{_AGAIN}", 2)
        case TimedOut():
            doubt = _DOUBT if changing else _AGAIN
            return Fault(504, "No answer in time", f"{_part(problem)} did not answer in time.{doubt}", 5)
        case InvalidArgument():
            return Fault(400, "We cannot make sense of this", "A value in this request is not one that we can take.")
        case Conflict():
            return Fault(409, "Already done", "This was sent before, with other details. Please start again.")
        case PermissionDenied():
            return Fault(403, "Not allowed", "You may not do this.")
        case Internal():
            return _BROKEN._replace(
                text=f"{_BROKEN.text} If it happens again, tell us this number: {problem.incident}."
            )
        case _:
            return _BROKEN


async def answer(shop: Shop, request: Request, problem: Exception) -> Response:
    """Make the page for a failure, with what surrounds every page as far as that can be had."""
    visit = request.scope.get("storefront.visit") or Visit(shop, request)
    assert isinstance(visit, Visit)
    if isinstance(problem, LogInFirst):
        response = _to_log_in(visit, problem)
    else:
        fault = fault_of(problem, changing=request.method == "POST")
        if isinstance(problem, Error) and not isinstance(problem, CallError):
            _log.error("%s has no answer for this", request.scope["path"], exc_info=problem)
        headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        if isinstance(problem, HTTPException):
            headers.update(problem.headers or {})
        if visit.enhanced:
            headers.update({"hx-retarget": "#announcements", "hx-reswap": "innerHTML", "hx-reselect": "#fault"})
            response = visit.page("fragments/fault.html", fault.status, headers, fault=fault)
        else:
            if fault.status < 500:
                await _surround(visit)
            response = visit.page("fault.html", fault.status, headers, fault=fault)
    visit.cookies.write(response)
    return response


async def _surround(visit: Visit) -> None:
    try:
        if visit.account is None:
            await visit.identify()
        with visit.acting():
            async with visit.loading():
                pass
    except Error as outage:
        _log.warning("an error page goes without its surroundings: %s", outage)


def _to_log_in(visit: Visit, problem: LogInFirst) -> Response:
    address = f"/log-in?next={quote(problem.then, safe='/')}"
    if visit.enhanced:
        return Response(status_code=204, headers={"hx-redirect": address})
    return visit.redirect(address)


def _part(problem: Unavailable | Overloaded | TimedOut) -> str:
    return _PARTS.get(problem.operation.partition(".")[0], "A part of the store")
