"""What a change of an operation's semantics means: its kind, repetition, deadline, permission and errors."""

from __future__ import annotations

from collections.abc import Iterator

from app.evolution.compare import retried
from app.evolution.shape import OperationShape
from app.evolution.verdict import Part, Verdict, verdict

Found = tuple[Part, str, Verdict, str]
"""The part, what changed, the verdict and why."""

STORED_ANSWER = "answers of atomic commands are kept under their keys and given again by new providers"
STORED_ERROR = "errors of repeatable commands are kept under their keys and given again by new providers"


def semantic_changes(old: OperationShape, new: OperationShape) -> Iterator[Found]:
    """Yield what changed of an operation as a whole."""
    yield from _kind(old, new)
    if old.deadline != new.deadline:
        why = "each side keeps its own deadline, and the shorter one ends the call"
        yield Part.CALL, f"deadline {old.deadline:g} s → {new.deadline:g} s", Verdict.SAFE, why
    yield from _permission(set(old.allow), set(new.allow))
    for code in sorted({*new.raises} - {*old.raises}):
        why = f"old callers do not know {code}: it arrives there as Internal"
        yield Part.RESPONSE, f"error {code} added", Verdict.CALLERS_FIRST, why
    for code in sorted({*old.raises} - {*new.raises}):
        if is_error_stored(old, new):
            yield Part.RESPONSE, f"error {code} removed", Verdict.BREAKING, f"{STORED_ERROR}, which no longer know it"
        else:
            why = f"new callers do not know {code}, which old providers raise: it arrives there as Internal"
            yield Part.RESPONSE, f"error {code} removed", Verdict.PROVIDER_FIRST, why


def is_stored(old: OperationShape, new: OperationShape) -> bool:
    """Say whether results that an old provider stored are given again by a new one."""
    return old.repeat == new.repeat == "atomic"


def is_error_stored(old: OperationShape, new: OperationShape) -> bool:
    """Say whether errors that an old provider stored are given again by a new one."""
    return old.repeat is not None and old.repeat == new.repeat


def _kind(old: OperationShape, new: OperationShape) -> Iterator[Found]:
    was, now = _said(old), _said(new)
    if was == now:
        return
    what = f"{was} → {now}"
    if "stream" in (old.kind, new.kind):
        yield Part.CALL, what, Verdict.BREAKING, "a stream and a call are answered in different ways"
        return
    if old.repeat is not None and new.repeat is not None:
        why = "what the old version stored under a key cannot answer a repeat in the new one"
        yield Part.CALL, what, Verdict.BREAKING, why
        return
    found = verdict(provider_first=retried(old, new) is None, callers_first=retried(new, old) is None)
    why = {
        Verdict.CALLERS_FIRST: "old callers retry it, and new providers would execute it twice",
        Verdict.PROVIDER_FIRST: "new callers retry it, and old providers would execute it twice",
    }.get(found, "neither side repeats what the other cannot bear")
    yield Part.CALL, what, found, why


def _permission(old: set[str], new: set[str]) -> Iterator[Found]:
    if more := ", ".join(sorted(new - old)):
        why = "old providers still refuse them with PermissionDenied"
        yield Part.CALL, f"also allowed to {more}", Verdict.PROVIDER_FIRST, why
    if less := ", ".join(sorted(old - new)):
        why = "old callers still call on their behalf, and new providers refuse with PermissionDenied"
        yield Part.CALL, f"no longer allowed to {less}", Verdict.CALLERS_FIRST, why


def _said(operation: OperationShape) -> str:
    return operation.kind if operation.repeat is None else f"{operation.repeat} {operation.kind}"
