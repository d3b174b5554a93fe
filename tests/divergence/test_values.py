"""Values: what types do not say, and what they say and nobody checks in-process, in production."""

from __future__ import annotations

import math
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.kit import Error, Internal, InvalidArgument, Unavailable
from tests.carriers.kitchen import Kitchen
from tests.carriers.values import Ingredient, Pan, Pot, Step

pytestmark = pytest.mark.asyncio(loop_scope="session")

BEYOND = (4 << 20) + 1
"""Bytes that do not cross at once."""


class Spice(Ingredient):
    """Says more than its contract knows."""

    heat: int = 9


class Cauldron(Pot, tag="cauldron"):
    """Is told apart by a name that the contract does not know."""


async def refused(call: Awaitable[object]) -> str:
    """Return what is wrong with the arguments of a call."""
    with pytest.raises(InvalidArgument) as caught:
        await call
    return caught.value.problem


async def failed(call: Awaitable[object]) -> type[Error]:
    """Return the kind of error that a call ends with."""
    with pytest.raises(Error) as caught:
        await call
    return type(caught.value)


async def test_a_message_is_the_same_object_here_and_an_equal_one_there(local: Kitchen, remote: Kitchen) -> None:
    step = Step(name="a", next=Step(name="b"))
    assert (await local.shapes(step=step)).step is step
    arrived = (await remote.shapes(step=step)).step
    assert arrived == step
    assert arrived is not step


async def test_an_heir_of_a_message_keeps_here_what_the_contract_does_not_know(
    local: Kitchen, remote: Kitchen, guarded: Kitchen
) -> None:
    larder: frozenset[Ingredient] = frozenset({Spice(name="chilli")})
    assert (await local.shapes(larder=larder)).larder == {Spice(name="chilli", heat=9)}
    assert (await remote.shapes(larder=larder)).larder == {Ingredient(name="chilli")}
    assert "a Spice at larder[…]" in await refused(guarded.shapes(larder=larder))


async def test_an_heir_with_a_tag_of_its_own_is_unknown_there(
    local: Kitchen, remote: Kitchen, guarded: Kitchen
) -> None:
    cauldron = Cauldron(litres=9)
    assert (await local.shapes(vessel=cauldron)).vessel is cauldron
    assert "'cauldron'" in await refused(remote.shapes(vessel=cauldron))
    assert "a Cauldron at vessel" in await refused(guarded.shapes(vessel=cauldron))
    assert (await remote.shapes(vessel=Pan(size=1))).vessel == Pan(size=1)


async def test_a_whole_number_beyond_64_bits_does_not_cross_in_messagepack(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen
) -> None:
    line = (2**64, -(2**63) - 1)
    assert (await local.shapes(line=line)).line == (await http.shapes(line=line)).line == line
    assert "ints" in await refused(remote.shapes(line=line))
    assert "line[0]" in await refused(guarded.shapes(line=line))


async def test_a_float_that_is_no_number_does_not_cross_in_json(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen
) -> None:
    for value in (math.nan, math.inf, -math.inf):
        assert repr((await local.scalars(tiny=value)).tiny) == repr((await remote.scalars(tiny=value)).tiny)
        assert "null" in await refused(http.scalars(tiny=value))
        assert f"{value} at tiny" in await refused(guarded.scalars(tiny=value))


async def test_half_a_surrogate_pair_is_no_text_there(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen
) -> None:
    assert (await local.scalars(text="\ud800")).text == "\ud800"
    for far in (remote, http, guarded):
        assert "surrogates" in await refused(far.scalars(text="\ud800"))


async def test_an_instant_crosses_without_its_time_zone(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen
) -> None:
    when = datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/Prague"))
    here, there, elsewhere = [(await kitchen.scalars(when=when)).when for kitchen in (local, remote, http)]
    assert here == there == elsewhere == when
    assert here.tzinfo == ZoneInfo("Europe/Prague")
    assert there.tzinfo is UTC
    assert elsewhere.tzinfo == timezone(timedelta(hours=2))
    assert (here.hour, there.hour, elsewhere.hour) == (9, 7, 9)
    assert (await guarded.scalars(when=when)).when.hour == 9  # whoever calls over HTTP may say any zone


async def test_an_offset_with_seconds_is_rounded_in_json_and_the_instant_with_it(
    local: Kitchen, remote: Kitchen, http: Kitchen
) -> None:
    when = datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=57, seconds=44)))
    assert (await local.scalars(when=when)).when == (await remote.scalars(when=when)).when == when
    assert (await http.scalars(when=when)).when - when == timedelta(seconds=-16)


async def test_a_value_of_another_type_is_noticed_there(local: Any, remote: Any, guarded: Any) -> None:
    assert (await local.scalars(least=True)).least is True
    assert "Expected `int`, got `bool`" in await refused(remote.scalars(least=True))
    assert (await local.shapes(line=[1])).line == [1]
    assert (await remote.shapes(line=[1])).line == (1,)
    assert type((await local.scalars(tiny=1)).tiny) is int
    assert type((await remote.scalars(tiny=1)).tiny) is float
    assert "a bool at least where its contract says int" in await refused(guarded.scalars(least=True))
    assert "a list at line where its contract says tuple[int, ...]" in await refused(guarded.shapes(line=[1]))
    assert "an int at tiny where its contract says float" in await refused(guarded.scalars(tiny=1))


async def test_what_is_nested_too_deeply_does_not_cross(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen
) -> None:
    step = Step(name="")
    for _ in range(20_000):
        step = Step(name="", next=step)
    assert (await local.shapes(step=step)).step is step
    for far in (remote, http, guarded):
        assert "recursion" in await refused(far.shapes(step=step))


async def test_what_is_larger_than_a_frame_does_not_cross(
    local: Kitchen, remote: Kitchen, http: Kitchen, guarded: Kitchen, run: str
) -> None:
    assert await local.weigh(bytes(BEYOND)) == len(await local.serve(BEYOND)) == BEYOND
    for far, told in ((remote, Internal), (http, Unavailable), (guarded, Internal)):
        assert "4" in await refused(far.weigh(bytes(BEYOND)))
        assert await failed(far.serve(BEYOND)) is told
        assert await failed(anext(far.steps(run, 1, BEYOND))) is told
        assert await far.weigh(b"on") == 2
