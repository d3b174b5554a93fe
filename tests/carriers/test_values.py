"""Every value that a contract can speak of arrives as it was sent, and comes back as it was returned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings

from tests.carriers.kitchen import Kitchen
from tests.carriers.values import (
    HIGHEST,
    HUGE,
    LOWEST,
    TINY,
    Boil,
    Colour,
    Fry,
    Ingredient,
    Level,
    Pan,
    Pot,
    Rank,
    Scalars,
    Shapes,
    Step,
)
from tests.contracts.values_of import values_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

BYTES = bytes(range(256)) * 4
SCALARS: dict[str, tuple[Any, ...]] = {
    "flag": (True, False),
    "least": (0, -1, 2**31, -(2**31), 2**53 + 1, LOWEST, HIGHEST),
    "tiny": (0.0, -0.0, TINY, -TINY, HUGE, 0.1 + 0.2, 1e16, 1e22, 1.0),
    "text": ("", "\0", '"\\\r\n', "\ufeff", "\ud7ff\ue000\uffff", "🐎" * 1000, "x" * 70_000),
    "raw": (b"", b"\0", BYTES, BYTES * 70),
    "price": tuple(map(Decimal, ("0", "-0", "0E-30", "1.10", "1E+3", "-1E-400", "9" * 60, "NaN", "-Infinity"))),
    "ticket": (UUID(int=0), UUID("12345678-1234-5678-9abc-def012345678")),
    "day": (date.min, date(2024, 2, 29), date.max),
    "hour": (time.min, time(12, 30), time.max),
    "moment": (time(1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), time.max.replace(tzinfo=UTC)),
    "when": (datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 59, 59, 1, tzinfo=UTC)),
    "span": (timedelta.min, timedelta(days=-1, microseconds=1), timedelta(0), timedelta.max),
    "level": tuple(Level),
    "rank": tuple(Rank),
    "colour": tuple(Colour),
    "mode": ("a", -1, None),
    "nothing": (None,),
    "note": (None, "", "none"),
    "either": (0, 1.0, -0.0, True, "1", None, HIGHEST),
    "recipe": ("", "soup"),
}
ONION = Ingredient(name="onion", grams=-0.0)
SHAPES: dict[str, tuple[Any, ...]] = {
    "line": ((), (LOWEST, 0, HIGHEST), tuple(range(1000))),
    "pair": ((1, "", ONION),),
    "nested": ((), ((),), (((), (1,)), ((2, 3),))),
    "empty": ((),),
    "levels": (frozenset(), frozenset(Level)),
    "larder": (frozenset({ONION, Ingredient(name="")}),),
    "groups": (frozenset(), frozenset({frozenset({"a", "b"}), frozenset()})),
    "vessel": (None, Pot(litres=1), Pan(size=2), Pan(size=2, lid=Pot(litres=0))),
    "method": (Boil(minutes=-1), Fry(fat=ONION)),
    "step": (Step(name="a", next=Step(name="b"), meanwhile=(Step(name="c"), Step(name="d", next=Step(name="e")))),),
    "instants": ((), (None, datetime.min.replace(tzinfo=UTC), None)),
    "recipes": (("", "soup"),),
}


def assert_same(arrived: object, sent: object) -> None:
    """Assert that two values are equal and look the same: -0.0 is not 0.0, 1.10 not 1.1, True not 1."""
    assert type(arrived) is type(sent)
    assert repr(_ordered(arrived)) == repr(_ordered(sent))


def _ordered(value: Any) -> Any:
    """Say a value without what has no order."""
    if isinstance(value, frozenset):
        return "frozenset", sorted(map(repr, map(_ordered, value)))
    if isinstance(value, tuple):
        return tuple(map(_ordered, value))
    if isinstance(value, msgspec.Struct):
        return type(value), [(name, _ordered(getattr(value, name))) for name in value.__struct_fields__]
    return value


async def test_defaults_at_the_limits_of_their_types(kitchen: Kitchen) -> None:
    assert_same(await kitchen.scalars(), Scalars())
    assert_same(await kitchen.shapes(), Shapes())


@pytest.mark.parametrize("field", SCALARS)
async def test_scalars(kitchen: Kitchen, field: str) -> None:
    for value in SCALARS[field]:
        given: dict[str, Any] = {field: value}
        assert_same(await kitchen.scalars(**given), Scalars(**given))


@pytest.mark.parametrize("field", SHAPES)
async def test_shapes(kitchen: Kitchen, field: str) -> None:
    for value in SHAPES[field]:
        given: dict[str, Any] = {field: value}
        assert_same(await kitchen.shapes(**given), Shapes(**given))


@settings(max_examples=15)
@given(scalars=values_of(Scalars), shapes=values_of(Shapes))
async def test_anything(kitchen: Kitchen, scalars: Scalars, shapes: Shapes) -> None:
    assert await kitchen.scalars(**msgspec.structs.asdict(scalars)) == scalars
    assert await kitchen.shapes(**msgspec.structs.asdict(shapes)) == shapes


async def test_an_instant_keeps_its_place_in_time_whatever_its_offset(kitchen: Kitchen) -> None:
    for hours in (-12, 5.75, 14):
        when = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=hours)))
        assert (await kitchen.scalars(when=when)).when == when


async def test_a_megabyte_each_way(kitchen: Kitchen) -> None:
    assert await kitchen.weigh(bytes(1 << 20)) == 1 << 20
    assert await kitchen.serve(1 << 20) == bytes(1 << 20)


async def test_nothing_is_a_result_too(kitchen: Kitchen) -> None:
    result: object = await kitchen.nothing()  # type: ignore[func-returns-value]  # that is what is tested
    assert result is None
