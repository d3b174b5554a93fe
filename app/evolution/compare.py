"""What two versions of a contract cannot say to each other, as two hosts find when they connect."""

from __future__ import annotations

from collections.abc import Iterator

from app.evolution.fit import Fit
from app.evolution.scalars import Misfit
from app.evolution.shape import ContractShape, OperationShape
from app.evolution.words import spoken

EVENT = "event:"
"""What the keys of events begin with, among those of operations."""


def mismatches(mine: ContractShape, theirs: ContractShape) -> dict[str, str]:
    """Return why what I call cannot be called there, by the operation's name; what fits is absent.

    I am the caller. An event, as ``event:<code>``, is what they write and I read. Deadlines and permissions are no
    reason: each side keeps its own.
    """
    request, answer = Fit(mine.types, theirs.types), Fit(theirs.types, mine.types)
    found: dict[str, str] = {}
    for name, operation in mine.operations.items():
        reason = next(_operation(operation, theirs.operations.get(name), request, answer), None)
        if reason is not None:
            found[name] = f"{name}: {reason}"
    for code, event in mine.events.items():
        other = theirs.events.get(code)
        if other is None:
            found[EVENT + code] = f"{code}: there is no such event there"
        elif other.key != event.key:
            found[EVENT + code] = f"{code}: its order is kept by {other.key} there and by {event.key} here"
        elif misfit := answer.fields(other.fields, event.fields):
            found[EVENT + code] = f"{code}: {place('its', misfit)} {misfit.sent} there and {misfit.read} here"
    return found


def _operation(mine: OperationShape, theirs: OperationShape | None, request: Fit, answer: Fit) -> Iterator[str]:
    if theirs is None:
        yield "there is no such operation there"
        return
    if (mine.kind == "stream") != (theirs.kind == "stream"):
        yield f"it is a {theirs.kind} there and a {mine.kind} here"
        return
    if reason := retried(mine, theirs):
        yield reason
    if misfit := request.fields(mine.parameters, theirs.parameters):
        yield f"{place('its parameter', misfit)} {misfit.sent} here and {misfit.read} there"
    if misfit := answer.type(theirs.returns, mine.returns):
        yield f"{place(given(mine), misfit)} {misfit.sent} there and {misfit.read} here"
    for code, error in theirs.raises.items():
        if code not in mine.raises:
            yield f"it raises {code} there, which is unknown here"
        elif misfit := answer.fields(error.fields, mine.raises[code].fields):
            yield f"{place(f'its error {code}', misfit)} {misfit.sent} there and {misfit.read} here"


def retried(caller: OperationShape, provider: OperationShape) -> str | None:
    """Return why the caller's retries could execute an operation twice, None where they cannot."""
    if caller.kind == "query" and provider.kind == "command":
        return "it is a query here, which is retried, and a command there, which would be executed twice"
    if caller.repeat is not None and provider.kind == "command" and provider.repeat is None:
        return f"it is {caller.repeat} here, and so retried, and not repeatable there"
    return None


def given(operation: OperationShape) -> str:
    """Return what an operation gives is called."""
    return "its item" if operation.kind == "stream" else "its result"


def place(whole: str, misfit: Misfit) -> str:
    """Return where something does not fit: ``its result's field price.amount``, ``its parameter search.sort``."""
    said = spoken(misfit.path)
    if not said:
        return whole
    if said.startswith("["):  # a list of messages, or of plain values
        items, _, said = said.partition(".")
        whole = f"{whole}{items}"
        if not said:
            return whole
    if whole == "its parameter":
        return f"{whole} {said}"
    return f"{whole} field {said}" if whole == "its" else f"{whole}'s field {said}"
