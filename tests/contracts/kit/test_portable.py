"""Types that cross a process, and what their values cannot say."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from tests.contracts.kit.define import operation
from tests.contracts.kit.samples import (
    Circle,
    Colour,
    Id,
    Ids,
    Instant,
    Level,
    Point,
    Square,
    Tree,
)

ALLOWED: list[tuple[Any, Any]] = [
    (None, None),
    (bool, True),
    (int, -(2**63)),
    (int, 2**64 - 1),
    (float, 0.1),
    (str, "žluťoučký\0"),
    (bytes, b"\xff"),
    (Decimal, Decimal("1.10")),
    (UUID, UUID(int=1)),
    (date, date(2026, 2, 28)),
    (time, time(23, 59, 59, 999_999)),
    (Annotated[time, Meta(tz=True)], time(1, tzinfo=UTC)),
    (timedelta, timedelta(days=-1, microseconds=1)),
    (Instant, datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))),
    (Colour, Colour.RED),
    (Level, Level.HIGH),
    (Literal["a", 1, None], "a"),
    (Literal[True], True),
    (Id, Id("a")),
    (Ids, Ids((Id("a"),))),
    (Annotated[str, Meta(max_length=3), "a note"], "abc"),
    (Annotated[str, Meta(pattern="^a$(?!\n)")], "a"),
    (Annotated[str, Meta(pattern=r"^\$")], "$"),
    (Annotated[tuple[Id, ...], Meta(max_length=1)], (Id("a"),)),
    (Annotated[float, Meta(ge=0, le=1)], 1.0),
    (tuple[()], ()),
    (tuple[int, str, Point], (1, "", Point(x=1))),
    (tuple[tuple[int, ...], ...], ((), (1, 2))),
    (frozenset[str], frozenset({"a", "b"})),
    (frozenset[Point], frozenset({Point(x=1), Point(x=2)})),
    (frozenset[frozenset[int]], frozenset({frozenset({1})})),
    (int | None, None),
    (Optional[Instant], None),  # noqa: UP045
    (Union[int, str], "a"),  # noqa: UP007
    (int | float | bool | str | None, 0.5),
    (Circle | Square | None, Square(corner=Point(x=1))),
    (tuple[Circle | Square, ...], (Circle(centre=Point(x=1), radius=0),)),
    (Tree, Tree(name="root", children=(Tree(name="leaf", parent=Tree(name="top")),))),
]


@pytest.mark.parametrize(("annotation", "value"), ALLOWED, ids=[f"{n} {each}" for n, (each, _) in enumerate(ALLOWED)])
def test_allowed_and_arrives_as_it_was(annotation: Any, value: object) -> None:
    operation(annotation)
    for codec in (msgspec.msgpack, msgspec.json):
        arrived = codec.decode(codec.encode(value), type=annotation)
        assert (arrived, type(arrived)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "error"), [(2**64, OverflowError), (-(2**63) - 1, OverflowError), ("\ud800", UnicodeEncodeError)]
)
def test_values_that_their_types_cannot_rule_out_are_refused_by_the_codec(
    value: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        msgspec.msgpack.encode(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_floats_that_json_cannot_say_are_out_of_any_bounds_on_their_side(value: float) -> None:
    assert msgspec.json.encode(value) == b"null"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, Annotated[float, Meta(ge=-1e300, le=1e300)])
