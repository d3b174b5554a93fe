"""Contract edits: every label, what is said of it, and what really happens agree."""

from __future__ import annotations

from functools import cache

import pytest

from app.evolution.changes import changes
from app.evolution.compare import mismatches
from app.evolution.fit import Fit
from app.evolution.report import evolutions
from app.evolution.shape import ContractShape, fingerprint, shape_of
from app.evolution.verdict import Change, Part, Verdict, overall
from contracts.kit import Contract
from tests.architecture.edits import LETTERS, OperationEdit, TypeEdit, fields, nesting, operations, values
from tests.architecture.edits.crossing import Way, crossings

TYPES: tuple[TypeEdit, ...] = (*fields.EDITS, *values.EDITS, *nesting.EDITS)
OPERATIONS: tuple[OperationEdit, ...] = operations.EDITS
EDITS: tuple[TypeEdit | OperationEdit, ...] = (*TYPES, *OPERATIONS)

_WAYS = {
    (Part.REQUEST, "take"): 0,
    (Part.RESPONSE, "give"): 1,
    (Part.RESPONSE, "flow"): 1,
    (Part.RESPONSE, "keep"): 2,
    (Part.EVENT, "event shop.happened"): 3,
}


@cache
def both(edit: TypeEdit | OperationEdit) -> tuple[Contract, Contract]:
    return edit.contracts()


def shapes(edit: TypeEdit | OperationEdit) -> tuple[ContractShape, ContractShape]:
    old, new = both(edit)
    return shape_of(old, "shop.v1"), shape_of(new, "shop.v1")


def one_by_one(old: ContractShape, new: ContractShape) -> list[Change]:
    """The changes of each operation, as if it were alone: none is named together with another's."""
    found = []
    for name in {*old.operations, *new.operations}:
        alone = [
            ContractShape("shop.v1", {k: v for k, v in each.operations.items() if k == name}, {}, each.types)
            for each in (old, new)
        ]
        found += changes(*alone)
    return found + changes(*(ContractShape("shop.v1", {}, each.events, each.types) for each in (old, new)))


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len({edit.label for edit in EDITS}) == len(EDITS) >= 100


@pytest.mark.parametrize("edit", TYPES, ids=lambda edit: edit.label)
def test_a_type_that_changes(edit: TypeEdit) -> None:
    """In every direction it has the verdict of its label, names the field, and says what it was and is."""
    found = one_by_one(*shapes(edit))
    if edit.verdicts == "----":
        assert not found
        assert fingerprint(shapes(edit)[0]) == fingerprint(shapes(edit)[1])
        return
    for (part, where), letter in _WAYS.items():
        some = [each for each in found if each.part is part and each.place.partition(":")[0] == where]
        assert overall(each.verdict for each in some) == LETTERS[edit.verdicts[letter]], (where, some)
        assert any(each.place.endswith(edit.place) and edit.what in each.what for each in some), some


@pytest.mark.parametrize("edit", OPERATIONS, ids=lambda edit: edit.label)
def test_an_operation_that_changes(edit: OperationEdit) -> None:
    """Its label lists every change, with the verdict of each and of all together."""
    found = changes(*shapes(edit))
    said = sorted((each.place, each.what, str(each.verdict)) for each in found)
    wanted = sorted((place, what, LETTERS[letter]) for place, what, letter in edit.changes)
    assert len(said) == len(wanted), said
    for (place, what, verdict), (at, part, letter) in zip(said, wanted, strict=True):
        assert (place, verdict) == (at, letter)
        assert part in what
    assert overall(each.verdict for each in found) == LETTERS[edit.overall]


def claims(writer: ContractShape, reader: ContractShape) -> dict[Way, object]:
    """What is said of each way, in the form of `crossings`."""
    fit, said = Fit(writer.types, reader.types), dict[Way, object]()
    for name, here in writer.operations.items():
        if there := reader.operations.get(name):
            said["request", name] = fit.fields(here.parameters, there.parameters)
            said["response", name] = fit.type(here.returns, there.returns)
            stored = here.repeat == there.repeat == "atomic"
            if stored:
                said["stored", name] = said["response", name]
            for code, error in here.raises.items():
                known = there.raises.get(code)
                said["error", name, code] = "unknown" if known is None else fit.fields(error.fields, known.fields)
                if stored:
                    said["stored", name, code] = said["error", name, code]
    for code, event in writer.events.items():
        if code in reader.events:
            said["event", code] = fit.fields(event.fields, reader.events[code].fields)
    return said


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.label)
def test_what_is_said_is_what_happens(edit: TypeEdit | OperationEdit) -> None:
    """Where a misfit is claimed some value is not understood, and where none is claimed every one is.

    Answers are stored as MessagePack, which takes a few values that JSON does not; one rule is for both.
    """
    (old, new), (was, now) = both(edit), shapes(edit)
    for writer, reader, claimed in ((old, new, claims(was, now)), (new, old, claims(now, was))):
        really = crossings(writer, reader)
        assert claimed.keys() == really.keys()
        for way, misfit in claimed.items():
            assert (misfit is None) <= (really[way] is None), (way, really[way])
            assert (misfit is None) >= (really[way] is None) or way[0] == "stored", (way, misfit)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.label)
def test_hosts_that_connect_come_to_the_same_verdict(edit: TypeEdit | OperationEdit) -> None:
    """What old callers cannot say to new providers needs callers first, and vice versa, but for permissions."""
    old, new = shapes(edit)
    found = [each for each in one_by_one(old, new) if "allowed to" not in each.what]
    stored = {each.place.partition(":")[0] for each in found if "kept" in each.why or "stored" in each.why}
    for caller, provider, needs in ((old, new, Verdict.CALLERS_FIRST), (new, old, Verdict.PROVIDER_FIRST)):
        refused = {_where(name) for name in mismatches(caller, provider)}
        expected = {each.place.partition(":")[0] for each in found if each.verdict in (needs, Verdict.BREAKING)}
        assert refused <= expected
        assert expected - refused <= stored
        assert all(name in sentence for name, sentence in _named(caller, provider))


def _where(name: str) -> str:
    return name.replace("event:", "event ")


def _named(caller: ContractShape, provider: ContractShape) -> list[tuple[str, str]]:
    return [(name.removeprefix("event:"), said) for name, said in mismatches(caller, provider).items()]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.label)
def test_nothing_changed_where_nothing_did(edit: TypeEdit | OperationEdit) -> None:
    """A version beside itself, made anew, is the same; so is one read back from JSON."""
    old, _ = shapes(edit)
    again = shape_of(edit.contracts()[0], "shop.v1")
    assert again == old
    assert fingerprint(again) == fingerprint(old)
    assert evolutions({"shop.v1": old}, {"shop.v1": again}) == []
    assert mismatches(old, again) == {}
