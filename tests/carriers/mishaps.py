"""How the kitchen fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from contracts.kit import Conflict, Internal, InvalidArgument, Overloaded, PermissionDenied, TimedOut, Unavailable
from tests.carriers.kitchen import Mishap
from tests.carriers.values import Boil, Burnt, Charred, Ingredient, Order, Spilt, Step

BURNT = Burnt(
    where=Step(name="stove", next=Step(name="pan")),
    what=(Ingredient(name="onion"), Ingredient(name="flour", grams=0.5)),
    method=Boil(minutes=-1),
    when=datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
    loss=Decimal("1E-3"),
)
"""A declared error with all that it can say."""

BELOW = "pantry.fetch"
"""An operation that the kitchen's may have called."""

_MADE: dict[Mishap, Callable[[str], BaseException]] = {
    Mishap.BURNT: lambda _: BURNT.fresh(),
    Mishap.SPILT: lambda _: Spilt(),
    Mishap.CHARRED: lambda _: Charred(where=Step(name="")),
    Mishap.KEY_ERROR: lambda _: KeyError("secret"),
    Mishap.GROUP: lambda _: ExceptionGroup("secret", [Spilt(), KeyError("secret")]),
    Mishap.CANCELLED: lambda _: asyncio.CancelledError("nobody did"),
    Mishap.CALL_INTERNAL: lambda own: Internal(operation=own, incident="of the provider's own making"),
    Mishap.CALL_TIMED_OUT: lambda _: TimedOut(operation=BELOW),
    Mishap.CALL_UNAVAILABLE: lambda _: Unavailable(operation=BELOW, reason="it is shut"),
    Mishap.CALL_UNAVAILABLE_PERHAPS: lambda _: Unavailable(
        operation=BELOW, reason="it is shut", may_have_executed=True
    ),
    Mishap.CALL_OVERLOADED: lambda _: Overloaded(operation=BELOW),
    Mishap.CALL_DENIED: lambda _: PermissionDenied(operation=BELOW),
    Mishap.CALL_CONFLICT: lambda own: Conflict(operation=own),
    Mishap.CALL_CONFLICT_BELOW: lambda _: Conflict(operation=BELOW),
    Mishap.CALL_INVALID: lambda own: InvalidArgument(where=own, problem="it is not to its taste"),
    Mishap.CALL_INVALID_BELOW: lambda _: InvalidArgument(where=BELOW, problem="it is not to its taste"),
}


def happen(how: Mishap, operation: str) -> None:
    """Raise what an operation of the kitchen raises when it fails in this way."""
    if how is Mishap.OUT_OF_BOUNDS:
        Order(portion=0)
    if how is not Mishap.NOTHING:
        raise _MADE[how](f"kitchen_sink.{operation}")
