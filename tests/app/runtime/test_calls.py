"""A local call means what the contract says, no more and no less."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol, final, runtime_checkable

import pytest
from msgspec import Meta

from contracts.kit import (
    ANYONE,
    SYSTEM,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    Role,
    contract,
    current_actor,
    query,
)
from contracts.kit.context import current_holder, scope
from tests.app.runtime.builders import Doing, Errand, House, Missing, acting_as, done, failing, forever, until

Words = tuple[int, int, int, str, str]


@contract(version=1)
@runtime_checkable
class Echo(Protocol):
    """Says what it was told; its words are the pipeline's own, so that none of them may be mixed up."""

    @query()
    async def limit(self, task: int, limit: int = 2, calls: int = 3, *, target: str, frame: str = "f") -> Words:
        """Say it."""
        ...

    @query()
    async def swap(self, outer: int, holder: int, due: int, *, route: str, once: str) -> Words: ...

    @query()
    async def compile(self, check: int, clock: int, guard: int, *, result: str, error: str) -> Words: ...


@final
class Parrot(Echo):
    """Says it again."""

    async def limit(self, task: int, limit: int = 2, calls: int = 3, *, target: str, frame: str = "f") -> Words:
        return task, limit, calls, target, frame

    async def swap(self, outer: int, holder: int, due: int, *, route: str, once: str) -> Words:
        return outer, holder, due, route, once

    async def compile(self, check: int, clock: int, guard: int, *, result: str, error: str) -> Words:
        return check, clock, guard, result, error


SAYINGS: dict[str, Callable[[Echo], Awaitable[Words]]] = {
    "positional": lambda echo: echo.limit(10, 20, 30, target="t"),
    "keyword": lambda echo: echo.limit(calls=30, task=10, frame="g", target="t"),
    "defaults": lambda echo: echo.limit(10, target="t"),
    "swap": lambda echo: echo.swap(1, 2, 3, route="r", once="o"),
    "compile": lambda echo: echo.compile(1, 2, 3, result="r", error="e"),
}


@pytest.mark.parametrize("say", SAYINGS.values(), ids=SAYINGS)
async def test_a_call_through_a_proxy_equals_the_direct_call(
    house: House, say: Callable[[Echo], Awaitable[Words]]
) -> None:
    proxy = house.bind(Echo, Parrot()).proxy
    assert await say(proxy) == await say(Parrot())


@pytest.mark.parametrize("wrong", [{}, {"task": 1}, {"task": 1, "target": "t", "more": 1}])
async def test_a_call_that_the_method_would_not_take_is_a_type_error(house: House, wrong: dict[str, Any]) -> None:
    proxy: Any = house.bind(Echo, Parrot()).proxy
    with pytest.raises(TypeError):
        proxy.limit(**wrong)


async def test_a_proxy_is_an_instance_of_its_contract_and_made_once_for_each_caller(house: House) -> None:
    bound = house.bind(Echo, Parrot())
    assert isinstance(bound.proxy, Echo)
    assert Echo in type(bound.proxy).__mro__
    assert bound.binding.proxy("test") is bound.proxy
    assert bound.binding.proxy("other") is not bound.proxy
    assert inspect.iscoroutinefunction(bound.proxy.limit)
    assert list(inspect.signature(bound.proxy.limit).parameters) == ["task", "limit", "calls", "target", "frame"]
    assert bound.proxy.limit.__doc__ == "Say it."


async def test_only_the_roles_that_a_contract_allows_may_call(house: House) -> None:
    bound = house.errand()
    with pytest.raises(PermissionDenied) as caught:
        await bound.proxy.manage()
    assert caught.value.operation == "errand.manage"
    with scope(context=acting_as(Role.CUSTOMER)), pytest.raises(PermissionDenied):
        await bound.proxy.manage()
    for role in (Role.STAFF, Role.OPERATOR, Role.SYSTEM):
        with scope(context=acting_as(role)):
            assert await bound.proxy.manage() == "done"
    assert bound.route("manage").errors == {"call.permission_denied": 2}


Few = Annotated[int, Meta(ge=1, le=9)]


@contract(version=1)
class Shelf(Protocol):
    """Has bounds."""

    @query(allow=ANYONE)
    async def take(self, count: Few, more: tuple[Few, ...] = (), *, most: Few | None = None) -> int: ...

    @query(allow=SYSTEM)
    async def refill(self, count: Few) -> int: ...


@final
class Counting(Shelf):
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def take(self, count: Few, more: tuple[Few, ...] = (), *, most: Few | None = None) -> int:
        self.asked += 1
        return count

    async def refill(self, count: Few) -> int:
        self.asked += 1
        return count


@pytest.mark.parametrize(
    ("take", "where"),
    [
        pytest.param(lambda shelf: shelf.take(0), "count", id="below"),
        pytest.param(lambda shelf: shelf.take(count=10), "count", id="above"),
        pytest.param(lambda shelf: shelf.take(1, (3, 99)), "more", id="inside"),
        pytest.param(lambda shelf: shelf.take(1, most=0), "most", id="keyword"),
    ],
)
async def test_a_value_out_of_bounds_is_refused_before_anything_runs(
    house: House, take: Callable[[Shelf], Awaitable[int]], where: str
) -> None:
    shelf = Counting()
    bound = house.bind(Shelf, shelf, name="shelf")
    with pytest.raises(InvalidArgument) as caught:
        await take(bound.proxy)
    assert caught.value.where == f"shelf.take.{where}"
    assert caught.value.__context__ is None
    assert shelf.asked == 0
    assert bound.route("take").errors == {"call.invalid_argument": 1}
    assert await bound.proxy.take(1, (9,), most=9) == 1


async def test_who_may_not_call_does_not_learn_what_is_wrong_with_the_call(house: House) -> None:
    with pytest.raises(PermissionDenied):
        await house.bind(Shelf, Counting(), name="shelf").proxy.refill(0)


async def test_no_more_calls_are_under_way_than_the_limit_admits(house: House) -> None:
    doing = Doing(forever)
    bound = house.bind(Errand, doing, limit=2)
    waiting = [asyncio.create_task(bound.proxy.run()) for _ in range(2)]
    await until(lambda: len(bound.calls) == 2)
    doing.do = done
    with pytest.raises(Overloaded) as caught:
        await bound.proxy.run()
    assert caught.value == Overloaded(operation="errand.run")
    assert bound.route("run").errors == {"call.overloaded": 1}
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    assert await bound.proxy.run() == "done"
    waiting[1].cancel()
    await asyncio.wait(waiting)


async def test_a_call_that_is_closed_half_way_leaves_nothing_behind(house: House) -> None:
    bound = house.errand(forever)
    frame = current_holder().frame
    half_way = bound.proxy.run()
    half_way.send(None)
    assert len(bound.calls) == 1
    half_way.close()
    assert bound.calls == set()
    assert current_holder().frame is frame


async def test_calls_are_measured_by_how_long_they_took_and_how_they_failed(house: House) -> None:
    answers = [done, done, failing(Missing()), failing(KeyError()), done]

    async def answer() -> str:
        return await answers.pop()()

    bound = house.errand(answer)
    route = bound.route("run")
    assert route.quantile(0.5) is None
    ended = await asyncio.gather(*(bound.proxy.run() for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in ended] == [str, Internal, Missing, str, str]
    assert route.calls == sum(route.buckets) == 5
    assert route.errors == {"call.internal": 1, "errand.missing": 1}
    middle, longest = route.quantile(0.5), route.quantile(1.0)
    assert middle is not None
    assert longest is not None
    assert middle <= longest
    assert route.buckets[longest.bit_length() - 1] > 0


async def test_a_slow_call_is_counted_among_the_slow_ones(house: House) -> None:
    async def nap() -> str:
        await asyncio.sleep(0.02)
        return "rested"

    bound = house.errand(nap)
    await bound.proxy.run()
    quantile = bound.route("run").quantile(0.5)
    assert quantile is not None
    assert quantile > 0.015e9


async def test_the_actor_travels_down_and_not_back(house: House) -> None:
    async def who() -> str:
        before = current_actor().id
        with scope(context=acting_as(Role.SYSTEM)):
            return before

    errand = house.errand(who).proxy
    assert await errand.run() == ""
    with scope(context=acting_as(Role.CUSTOMER)):
        assert await errand.run() == "ada"
    assert current_actor().id == ""
