"""The same arguments have the same fingerprint, by whichever version of the contract they were sent."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from app.data.arguments import Arguments
from contracts.kit import InvalidArgument, Message, Operation, atomic, command, contract, contract_of


class Line(Message):
    name: str
    count: int = 1


class LineWithNote(Message):
    name: str
    note: str | None = None
    count: int = 1


@contract(version=1, name="lists")
class Lists(Protocol):
    @command(atomic)
    async def add(self, lines: tuple[Line, ...], tags: frozenset[str] = frozenset()) -> None: ...


@contract(version=2, name="lists")
class NewLists(Protocol):
    @command(atomic)
    async def add(
        self, urgent: bool = False, lines: tuple[LineWithNote, ...] = (), tags: frozenset[str] = frozenset()
    ) -> None: ...


def of(protocol: type) -> Arguments:
    return Arguments("lists.add", _operation(protocol))


def _operation(protocol: type) -> Operation:
    return contract_of(protocol).operations["add"]


OLD = ((Line(name="milk"), Line(name="eggs", count=6)), frozenset({"a", "b"}))


def test_parameters_and_fields_that_a_version_adds_with_a_default_change_nothing_until_they_are_used() -> None:
    added = (LineWithNote(name="milk"), LineWithNote(name="eggs", count=6))
    assert of(Lists).fingerprint(OLD) == of(NewLists).fingerprint((False, added, frozenset({"b", "a"})))
    assert of(Lists).fingerprint(OLD) != of(NewLists).fingerprint((True, added, frozenset({"b", "a"})))
    noted = (LineWithNote(name="milk", note="fresh"), added[1])
    assert of(Lists).fingerprint(OLD) != of(NewLists).fingerprint((False, noted, frozenset({"b", "a"})))


@pytest.mark.parametrize(
    "other",
    [
        ((Line(name="eggs", count=6), Line(name="milk")), frozenset({"a", "b"})),
        ((Line(name="milk"), Line(name="eggs", count=5)), frozenset({"a", "b"})),
        ((Line(name="milk"),), frozenset({"a", "b"})),
        ((Line(name="milk"), Line(name="eggs", count=6)), frozenset({"a"})),
        ((Line(name="milk"), Line(name="eggs", count=6)), frozenset()),
    ],
)
def test_other_arguments_have_another_fingerprint(other: tuple[Any, ...]) -> None:
    assert of(Lists).fingerprint(OLD) != of(Lists).fingerprint(other)


@pytest.mark.parametrize("line", [Line(name="\ud800"), Line(name="milk", count=2**70)])
def test_what_cannot_be_encoded_is_a_bad_argument(line: Line) -> None:
    with pytest.raises(InvalidArgument) as caught:
        of(Lists).fingerprint(((line,), frozenset()))
    assert caught.value.where == "lists.add"
