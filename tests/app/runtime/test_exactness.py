"""A value is exactly of its type, all the way down, or the place where it is not is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, NewType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.runtime.exactness import exactness
from app.runtime.inexact import Inexact, said
from contracts.kit import Message
from tests.contracts.every import MESSAGES
from tests.contracts.values_of import values_of

Id = NewType("Id", str)
Instant = Annotated[datetime, Meta(tz=True)]
Bare = Annotated[time, Meta(tz=False)]


class Colour(StrEnum):
    RED = "red"


class Part(Message):
    name: str
    inner: Part | None = None
    weights: tuple[float, ...] = ()


class Longer(Part):
    more: int = 1


class Pot(Message, tag=True):
    litres: int


class Pan(Message, tag=True):
    size: int


class Pair(NamedTuple):
    one: int
    two: str


class Base(DeclarativeBase):
    """Of the tables here."""


class PartRow(Base):
    __tablename__ = "parts"
    name: Mapped[str] = mapped_column(primary_key=True)


NESTED = Part(name="a", inner=Part(name="b", weights=(1.0, 2)))  # mypy lets a whole number pass for a float
LATE = datetime(2026, 2, 28, tzinfo=UTC)

WRONG: Sequence[tuple[Any, object, str, str]] = [
    (tuple[int, ...], [1], "", "a list where tuple[int, ...]: make it a tuple"),
    (frozenset[str], {"a"}, "", "a set where frozenset[str]: make it a frozenset"),
    (Part, {"name": "a"}, "", "a dict where Part: make it a Part"),
    (bytes, bytearray(b"a"), "", "a bytearray where bytes: make it bytes"),
    (tuple[int, str], Pair(1, "a"), "", "a Pair where tuple[int, str]: make it a tuple"),
    (tuple[int, str], (1,), "", "a tuple of 1 where tuple[int, str]: give 2 values"),
    (tuple[()], (1,), "", "a tuple of 1 where tuple[()]: give 0 values"),
    (Part, Longer(name="a"), "", "a Longer where Part: only a Part would arrive elsewhere: make it one"),
    (Part, PartRow(name="a"), "", "a PartRow where Part: make it a Part"),
    (tuple[Part, ...], (Part(name="a"), PartRow(name="b")), "[1]", "a PartRow where Part: make it a Part"),
    (Part, NESTED, ".inner.weights[1]", "an int where float: make it a float"),
    (Pot | Pan | None, Part(name="a"), "", "a Part where Pot | Pan | None: make it a Pot or a Pan or None"),
    (tuple[Id, ...], ("a", Colour.RED), "[1]", "a Colour where str: make it a str"),
    (Colour, "red", "", "a str where Colour: make it a Colour"),
    (int, True, "", "a bool where int: make it an int"),
    (int | None, "1", "", "a str where int | None: make it an int or None"),
    (float, math.nan, "", "nan where float: JSON has no such number: say None, or leave it out"),
    (Instant, LATE.replace(tzinfo=None), "", "a datetime without a time zone where datetime with one: give it UTC"),
    (
        Annotated[time, Meta(tz=False)],
        time(tzinfo=UTC),
        "",
        "a time with a time zone where time without one: leave the zone out",
    ),
    (date, LATE, "", "a datetime where date: make it a date"),
    (Literal["a", 1], "b", "", "'b' where Literal['a', 1]: give one of these"),
    (Literal["a", 1], True, "", "True where Literal['a', 1]: give one of these"),
    (Literal["a", 1] | None, [], "", "a list where Literal['a', 1] | None: make it a Literal or None"),
    (frozenset[frozenset[int]], frozenset({frozenset({"a"})}), "[…][…]", "a str where int: make it an int"),
    (None, 0, "", "an int where None: make it None"),
    (Decimal, 1.5, "", "a float where Decimal: make it a Decimal"),
    (UUID, None, "", "None where UUID: make it a UUID"),
    (tuple[int, ...], (each for each in (1,)), "", "a generator where tuple[int, ...]: make it a tuple"),
]


@pytest.mark.parametrize(("annotation", "value", "path", "told"), WRONG)
def test_what_is_not_exactly_of_its_type_is_named_with_its_place(
    annotation: Any, value: object, path: str, told: str
) -> None:
    with pytest.raises(Inexact) as caught:
        exactness(annotation)(value)
    error = caught.value
    assert (error.path, f"{error.is_} where {error.wanted}: {error.mend}") == (path, told)


@given(st.data())
def test_every_message_of_the_store_is_exactly_of_its_own_type(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    exactness(message)(data.draw(values_of(message)))


def test_types_are_said_as_they_are_written() -> None:
    assert said(tuple[Annotated[Id, Meta(max_length=3)], ...] | None) == "tuple[Id, ...] | None"
    assert said(frozenset[tuple[int, Part]]) == "frozenset[tuple[int, Part]]"
