"""What changed between two versions of a contract, each change with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from app.evolution.compare import given, place
from app.evolution.differences import Difference, Differences
from app.evolution.scalars import Misfit
from app.evolution.semantics import STORED_ANSWER, STORED_ERROR, is_error_stored, is_stored, semantic_changes
from app.evolution.shape import ContractShape, EventShape, OperationShape
from app.evolution.verdict import Change, Part, Verdict, verdict
from app.evolution.words import spoken

STORED_EVENT = "events are kept in the outbox and read again by new subscribers"
IGNORED = "; until they are upgraded, old providers ignore it"


def changes(old: ContractShape, new: ContractShape) -> list[Change]:
    """Return every change, operations first, then events.

    A message's field that several operations use is named once for each direction, with the first place of many.
    """
    return _merged(_Changes(old, new).all())


class _Changes:
    def __init__(self, old: ContractShape, new: ContractShape) -> None:
        self._old = old
        self._new = new
        self._walk = Differences(old.types, new.types)

    def all(self) -> Iterator[Change]:
        for name in sorted({*self._old.operations, *self._new.operations}):
            yield from self._operation(name, self._old.operations.get(name), self._new.operations.get(name))
        for code in sorted({*self._old.events, *self._new.events}):
            yield from self._event(code, self._old.events.get(code), self._new.events.get(code))

    def _operation(self, name: str, old: OperationShape | None, new: OperationShape | None) -> Iterator[Change]:
        if old is not None and new is not None:
            for part, what, found, why in semantic_changes(old, new):
                yield self._change(part, name, "", what, found, why)
            yield from self._request(name, old, new)
            yield from self._answers(name, old, new)
        elif new is not None:
            what = "added" + self._like("from", new, self._old.operations, self._new.operations)
            yield self._change(Part.CALL, name, "", what, Verdict.PROVIDER_FIRST, "old providers do not have it")
        elif old is not None:
            what = "removed" + self._like("to", old, self._new.operations, self._old.operations)
            yield self._change(Part.CALL, name, "", what, Verdict.CALLERS_FIRST, "old callers still call it")

    def _request(self, name: str, old: OperationShape, new: OperationShape) -> Iterator[Change]:
        for each in self._walk.fields(old.parameters, new.parameters):
            found = verdict(provider_first=each.old_to_new is None, callers_first=each.new_to_old is None)
            whole = "its parameter"
            reasons = [
                *_why(whole, each.old_to_new, "old callers", "new providers"),
                *_why(whole, each.new_to_old, "new callers", "old providers"),
            ]
            why = reasons[0] if reasons else _UNDERSTOOD
            where = f"{name}: parameter {spoken(each.path)}"
            ignored = IGNORED if each.what.startswith("added") else ""
            yield self._change(Part.REQUEST, where, _owner(each), each.what, found, why + ignored)

    def _answers(self, name: str, old: OperationShape, new: OperationShape) -> Iterator[Change]:
        stored = STORED_ANSWER if is_stored(old, new) else ""
        if (old.kind == "stream") == (new.kind == "stream"):
            whole = given(new)
            for each in self._walk.type(old.returns, new.returns):
                yield self._written(Part.RESPONSE, name, whole, each, stored)
        stored = STORED_ERROR if is_error_stored(old, new) else ""
        for code in sorted({*old.raises} & {*new.raises}):
            for each in self._walk.fields(old.raises[code].fields, new.raises[code].fields, code):
                yield self._written(Part.RESPONSE, name, f"its error {code}", each, stored)

    def _event(self, code: str, old: EventShape | None, new: EventShape | None) -> Iterator[Change]:
        where = f"event {code}"
        if old is None:
            why = "old publishers never publish it"
            yield self._change(Part.EVENT, where, "", "added", Verdict.PROVIDER_FIRST, why)
        elif new is None:
            why = "old subscribers still wait for it"
            yield self._change(Part.EVENT, where, "", "removed", Verdict.CALLERS_FIRST, why)
        else:
            if old.key != new.key:
                why = "stored events keep the order of the old key, and new ones that of the new key"
                yield self._change(Part.EVENT, where, "", f"key {old.key} → {new.key}", Verdict.BREAKING, why)
            for each in self._walk.fields(old.fields, new.fields, code):
                yield self._written(Part.EVENT, where, "its", each, STORED_EVENT)

    def _written(self, part: Part, name: str, whole: str, difference: Difference, stored: str) -> Change:
        """Judge what the provider writes; ``stored`` says why the new version must read what the old one wrote."""
        forward, backward = difference.old_to_new, difference.new_to_old
        found = verdict(provider_first=backward is None, callers_first=forward is None)
        if forward is not None and stored:
            found = Verdict.BREAKING
        provider, caller = ("publishers", "subscribers") if part is Part.EVENT else ("providers", "callers")
        reader = provider if stored in (STORED_ANSWER, STORED_ERROR) else caller
        reasons = [
            *_why(whole, forward, f"old {provider}", f"new {reader}"),
            *_why(whole, backward, f"new {provider}", f"old {caller}"),
        ]
        why = ", and ".join([*([stored] if found is Verdict.BREAKING and stored else []), *reasons[:1]])
        path = spoken(difference.path)
        said = path if whole == "its" else f"{whole.removeprefix('its ')} {path}".rstrip()
        return self._change(part, f"{name}: {said}", _owner(difference), difference.what, found, why or _UNDERSTOOD)

    def _change(self, part: Part, where: str, owner: str, what: str, found: Verdict, why: str) -> Change:
        return Change(self._new.contract, part, where, owner, what, found, why)

    def _like(
        self,
        word: str,
        one: OperationShape,
        there: Mapping[str, OperationShape],
        here: Mapping[str, OperationShape],
    ) -> str:
        same = [name for name, each in there.items() if name not in here and self._is_alike(one, each, word)]
        return f" (renamed {word} {same[0]}?)" if len(same) == 1 else ""

    def _is_alike(self, one: OperationShape, other: OperationShape, word: str) -> bool:
        old, new = (one, other) if word == "to" else (other, one)
        return (
            (old.kind, old.repeat) == (new.kind, new.repeat)
            and self._walk.is_same(old.returns, new.returns)
            and next(self._walk.fields(old.parameters, new.parameters), None) is None
        )


_UNDERSTOOD = "each version understands the other"


def _why(whole: str, misfit: Misfit | None, writer: str, reader: str) -> list[str]:
    if misfit is None:
        return []
    return [f"{place(whole, misfit)} {misfit.sent} with {writer} and {misfit.read} with {reader}"]


def _owner(difference: Difference) -> str:
    field = next((step for step in reversed(difference.path) if not step.startswith("[")), "")
    return f"{difference.owner}.{field}" if difference.owner and field else ""


def _merged(found: Iterable[Change]) -> list[Change]:
    """Name a change of a message's field once, however many operations use the message."""
    first: dict[object, Change] = {}
    more: dict[object, int] = {}
    for each in found:
        key = (each.part, each.owner, each.what, each.verdict) if each.owner else (each.part, each.place, each.what)
        more[key] = more.get(key, -1) + 1
        first.setdefault(key, each)
    return [msgspec.structs.replace(each, more=more[key]) for key, each in first.items()]
