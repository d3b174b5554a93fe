"""Types that are refused, because their values could not cross a process, or not unharmed."""

from __future__ import annotations

import enum
import sys
import typing
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from contracts.kit import ContractError, Event, Message
from contracts.kit.bounds import is_bounded
from tests.contracts.kit.define import define, operation
from tests.contracts.kit.samples import (
    Bag,
    Boxed,
    Circle,
    Colour,
    Data,
    Half,
    Huge,
    Keys,
    Left,
    Lists,
    Loose,
    Loosened,
    Looser,
    Lost,
    Made,
    Mixed,
    NoMembers,
    OpenBag,
    Pair,
    Plain,
    Point,
    Right,
    Room,
    Shelf,
    T,
    Text,
    Tree,
    Truth,
    Untyped,
    Wrong,
)

MUTABLE = "could change under its reader; say"
FOREIGN = "cannot cross a process; use a Message, or a plain value"
UNION = "say one type, or give its messages a tag (tag=True)"
ENUM = "give its members texts, or whole numbers"

REFUSED: list[tuple[Any, str]] = [
    (list, f"list {MUTABLE} tuple[…, ...]"),
    (list[int], f"list[int] {MUTABLE} tuple[…, ...]"),
    (set[int], f"set[int] {MUTABLE} frozenset[…]"),
    (dict[str, int], f"dict[str, int] {MUTABLE} tuple[…, ...] of a Message with the key and the value"),
    (bytearray, f"bytearray {MUTABLE} bytes"),
    (Loose, f"dict {MUTABLE}"),
    (Looser, f"dict {MUTABLE}"),
    (Annotated[list[int], Meta(max_length=3)], f"list[int] {MUTABLE}"),
    (tuple[list[int], ...], f"list[int] {MUTABLE}"),
    (frozenset[tuple[bytearray, ...]], f"bytearray {MUTABLE}"),
    (int | set[int], f"set[int] {MUTABLE}"),
    (Mapping[str, int], FOREIGN),
    (Sequence[int], FOREIGN),
    (Iterable, FOREIGN),
    (OrderedDict, FOREIGN),
    (AsyncIterator[int], FOREIGN),
    (Callable[[], int], FOREIGN),
    (Callable, FOREIGN),
    (memoryview, FOREIGN),
    (complex, FOREIGN),
    (Fraction, FOREIGN),
    (Path, FOREIGN),
    (range, FOREIGN),
    (type, FOREIGN),
    (type[Point], FOREIGN),
    (Data, FOREIGN),
    (Pair, FOREIGN),
    (Keys, FOREIGN),
    (Text, FOREIGN),
    (KeyError, FOREIGN),
    (msgspec.Raw, FOREIGN),
    (int | msgspec.UnsetType, FOREIGN),
    (typing.Never, FOREIGN),
    (typing.Self, FOREIGN),
    (Any, "Any can be anything; name the type"),
    (object, "object can be anything; name the type"),
    (T, "T can be anything; name the type"),
    (Plain, "Plain is a plain Struct, which can be mutable; derive it from Message"),
    (Message, "Message has no fields of its own to be decoded; name a message"),
    (Event, "Event has no fields of its own to be decoded; name a message"),
    (Boxed[int], "is generic; make a Message for each type"),
    (Boxed, "field Boxed.it: T can be anything; name the type"),
    (tuple, "a bare tuple does not say what it holds; say tuple[…]"),
    (frozenset, "a bare frozenset does not say what it holds; say frozenset[…]"),
    (typing.Tuple, "a bare Tuple does not say what it holds"),  # noqa: UP006
    (tuple[int, str, ...], "say tuple[X, ...], or tuple[X, Y] for two values"),  # type: ignore[misc]
    (datetime, "means another instant elsewhere; say Annotated[datetime, Meta(tz=True)]"),
    (Annotated[datetime, Meta(tz=False)], "say Annotated[datetime, Meta(tz=True)]"),
    (tuple[datetime | None, ...], "say Annotated[datetime, Meta(tz=True)]"),
    (
        Annotated[int, Meta(max_length=3)],
        "(Can only set `max_length` on a str, bytes, or collection type); correct its Meta",
    ),
    (Annotated[Point, Meta(ge=1)], "(Can only set `ge` on a numeric type); correct its Meta"),
    (Annotated[int, Meta(le=1), Meta(le=2)], "(Multiple `Meta` annotations setting `le` found); correct its Meta"),
    (Annotated[str, Meta(pattern="^a$")], r"the pattern ^a$ lets a line break pass at the end; end it with $(?!\n)"),
    (Literal[b"a"], "(Literal may only contain None/booleans/integers/strings); list texts or whole numbers"),
    (Literal[Colour.RED], "list texts or whole numbers"),
    (Literal[2**64], "list texts or whole numbers"),
    (Mixed, f"Mixed cannot be decoded (Enums must contain either all str or all int values); {ENUM}"),
    (Half, ENUM),
    (Lists, ENUM),
    (Truth, ENUM),
    (Huge, ENUM),
    (NoMembers, ENUM),
    (enum.Enum, ENUM),
    (str | bytes, UNION),
    (str | date, UNION),
    (Colour | str, UNION),
    (tuple[int, ...] | frozenset[int], UNION),
    (Point | Tree, UNION),
    (Point | Circle, UNION),
    (Bag, f"field Bag.items: list[int] {MUTABLE} tuple[…, ...]"),
    (OpenBag, f"field OpenBag.items: list[int] {MUTABLE}"),
    (Annotated[list[int], Meta(tz=True)], "(Can only set `tz` on a datetime or time type); correct its Meta"),
    (Shelf, f"field Bag.items: list[int] {MUTABLE}"),
    (tuple[Room, ...] | None, f"field Bag.items: list[int] {MUTABLE}"),
    (Untyped, "field Untyped.anything: Any can be anything; name the type"),
    (Lost, "type of Lost cannot be resolved (name 'Nowhere' is not defined); import it at run time"),
    (Wrong, "field Wrong.limit: its default does not fit its type (Expected `int` >= 1); give one that does"),
    (Loosened, "field Loosened.items: its default [] is not of its type; say ()"),
    (Made, "field Made.items: its default set() is not of its type; say frozenset()"),
]


@pytest.mark.parametrize(("annotation", "why"), REFUSED, ids=[str(annotation) for annotation, _ in REFUSED])
def test_refused_and_says_where_and_why(annotation: object, why: str) -> None:
    with pytest.raises(ContractError) as caught:
        operation(annotation)
    assert str(caught.value).startswith("Shop.get: parameter it: ")
    assert why in str(caught.value)


def test_what_a_refused_message_holds_is_not_sound_either() -> None:
    for message in (Left, Right):
        with pytest.raises(ContractError, match=r"field Left\.items: list"):
            operation(message)


def test_results_are_held_to_the_same() -> None:
    with pytest.raises(ContractError, match=r"^Shop.get: its result: field Bag.items: list"):
        define(
            """
            @contract(version=1)
            class Shop(Protocol):
                @query()
                async def get(self) -> Room: ...
            """,
            globals(),
        )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement came with Python 3.12")
def test_names_made_with_the_type_statement() -> None:
    space: dict[str, Any] = {**globals()}
    exec("type Few = Annotated[tuple[str, ...], Meta(max_length=2)]", space)
    exec("type Many = list[str]; type Nest = tuple[Nest, ...]", space)
    operation(space["Few"])
    assert is_bounded(space["Few"])
    with pytest.raises(ContractError, match=r"could change under its reader"):
        operation(space["Many"])
    with pytest.raises(ContractError, match=r"Nest contains itself; say it with a Message"):
        operation(space["Nest"])
