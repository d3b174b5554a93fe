"""What would be something else on the other side of a process is refused on this one, and said."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, final

import pytest
import pytest_asyncio
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.runtime.message_guard import guarded
from app.runtime.target import Target
from app.wire.codec import ContractCodec
from app.wire.strict import LARGEST, strict_target
from contracts.kit import (
    Error,
    Internal,
    InvalidArgument,
    Message,
    TimedOut,
    Unavailable,
    atomic,
    command,
    contract,
    contract_of,
    idempotency_key,
    query,
    stream,
)
from contracts.kit.context import Frame
from tests.app.runtime.builders import Bound, House
from tests.builders import UNHURRIED

HERE = "tests/app/runtime/test_message_guard.py"
pytestmark = pytest.mark.usefixtures("expects_violations")


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """A house in which messages of some megabytes have time to be looked at."""
    async with House(UNHURRIED) as house:
        yield house


Few = Annotated[int, Meta(ge=0, le=9)]


class Price(Message):
    amount: int


class Product(Message):
    name: str
    price: Price | None = None


class Longer(Product):
    more: str = ""


class Missing(Error):
    """It is not there."""

    code = "shelf.missing"
    names: tuple[str, ...] = ()


class Stolen(Missing):
    """It is not there any more."""

    code = "shelf.stolen"


@contract(version=1)
class Shelf(Protocol):
    """Gives what its provider was told to give."""

    @query(raises=(Missing,))
    async def get(self, names: tuple[str, ...] = (), *, like: Product | None = None) -> tuple[Product, ...]: ...

    @query()
    async def number(self) -> Few: ...

    @command(atomic)
    async def put(self, names: tuple[str, ...]) -> None: ...

    @stream(raises=(Missing,))
    def flow(self) -> AsyncIterator[Product]: ...


Give = Callable[[], Any]


@final
class Giving(Shelf):
    """A shelf that does as it is told."""

    def __init__(self, give: Give) -> None:
        self.give = give
        self.calls = 0

    async def get(self, names: tuple[str, ...] = (), *, like: Product | None = None) -> tuple[Product, ...]:
        self.calls += 1
        return self.give()  # type: ignore[no-any-return]

    async def number(self) -> Few:
        return self.give()  # type: ignore[no-any-return]

    async def put(self, names: tuple[str, ...]) -> None:
        self.calls += 1

    async def flow(self) -> AsyncIterator[Product]:
        yield Product(name="first")
        yield self.give()


CODEC = ContractCodec(contract_of(Shelf), "shelf.v1", "shelf")
GET = f"{HERE}:{Giving.get.__code__.co_firstlineno}"
FLOW = f"{HERE}:{Giving.flow.__code__.co_firstlineno}"
A = Product(name="a")


def shelf(house: House, give: Give = tuple, *, strict: bool = False, **options: Any) -> Bound[Shelf]:
    """Bind a shelf behind the guard, on either side of the codec where that is asked for."""
    bound = house.absent(Shelf, "shelf")
    target = guarded(Target(Giving(give), 1000, **options), CODEC)
    bound.binding.bind(guarded(strict_target(target, CODEC), CODEC, outside=True) if strict else target)
    return bound


def raising(error: Exception) -> Give:
    """Raise an error."""

    def give() -> None:
        raise error

    return give


@contextmanager
def internal(said: list[str], *sentences: str) -> Iterator[None]:
    """Expect a call to fail inside, and exactly these sentences."""
    with pytest.raises(Internal):
        yield
    assert said == [f"message guard: {each}." for each in sentences]
    said.clear()


WRONG = [
    pytest.param(lambda: [A], "a list where its contract says tuple[Product, ...]; make it a tuple", id="a list"),
    pytest.param(
        lambda: (A, Product(name="b", price=Price(amount="1"))),  # type: ignore[arg-type]
        "a str at [1].price.amount where its contract says int; make it an int",
        id="inside",
    ),
    pytest.param(
        lambda: (Longer(name="a"),),
        "a Longer at [0] where its contract says Product; only a Product would arrive elsewhere: make it one",
        id="an heir",
    ),
    pytest.param(
        lambda: (AsyncSession(),),
        "an AsyncSession at [0] where its contract says Product; make it a Product",
        id="a session",
    ),
    pytest.param(lambda: None, "None where its contract says tuple[Product, ...]; make it a tuple", id="nothing"),
    pytest.param(
        lambda: (Product(name="a", price=Price(amount=1 << 64)),),
        "what cannot be encoded at [0].price.amount (can't serialize ints < -2**63 or > 2**64 - 1); "
        "refuse it where it comes in, or bound it in its contract",
        id="beyond 64 bits",
    ),
    pytest.param(
        lambda: (Product(name="x" * LARGEST),),
        f"{LARGEST + 19} bytes, and no more than {LARGEST} cross at once; give it in parts, or as a stream",
        id="too large",
    ),
]


@pytest.mark.parametrize("strict", [False, True], ids=["direct", "strict"])
@pytest.mark.parametrize(("give", "told"), WRONG)
async def test_a_result_that_would_arrive_as_something_else_is_none(
    house: House, expects_violations: list[str], give: Give, told: str, strict: bool
) -> None:
    with internal(expects_violations, f"shelf.get returns {told} ({GET})"):
        await shelf(house, give, strict=strict).proxy.get()


async def test_nor_is_an_item_or_a_result_out_of_its_bounds(house: House, expects_violations: list[str]) -> None:
    flow = shelf(house, lambda: {"name": "second"}).proxy.flow()
    assert await anext(flow) == Product(name="first")
    with internal(
        expects_violations,
        f"shelf.flow yields a dict where its contract says Product; make it a Product ({FLOW})",
    ):
        await anext(flow)
    with pytest.raises(Internal):
        await shelf(house, lambda: 10).proxy.number()
    assert "returns what is out of its bounds (Expected `int` <= 9" in expects_violations[0]


@pytest.mark.parametrize("strict", [False, True], ids=["direct", "strict"])
async def test_arguments_are_refused_before_anything_is_done_with_the_callers_line(
    house: House, expects_violations: list[str], strict: bool
) -> None:
    bound: Any = shelf(house, strict=strict)
    with pytest.raises(InvalidArgument) as caught:
        await bound.proxy.get(["a"])
    assert caught.value.where == "shelf.get"
    told = r"test calls shelf\.get with a list at names where its contract says tuple\[str, \.\.\.\]; make it a tuple"
    assert re.fullmatch(rf"{told} \({HERE}:\d+\)\.", caught.value.problem)
    assert expects_violations == [f"message guard: {caught.value.problem}"]
    with pytest.raises(InvalidArgument, match=r"a Longer at like where"):
        await bound.proxy.get(like=Longer(name="a"))


async def test_so_are_those_of_a_command_under_a_key(house: House) -> None:
    seen: list[object] = []

    async def once(frame: Frame, key: str, target: Any, arguments: tuple[Any, ...]) -> None:
        seen.append(arguments)

    bound: Any = shelf(house, once={"put": once})
    with idempotency_key("k"):
        await bound.proxy.put(("a",))
        with pytest.raises(InvalidArgument, match="a list at names"):
            await bound.proxy.put(["a"])
    assert seen == [(("a",),)]


@pytest.mark.parametrize("strict", [False, True], ids=["direct", "strict"])
@pytest.mark.parametrize("error", [KeyError("secret"), Stolen(), InvalidArgument(where="Price.amount", problem="odd")])
async def test_an_error_that_is_not_declared_is_said(
    house: House, expects_violations: list[str], error: Exception, strict: bool
) -> None:
    bound = shelf(house, raising(error), strict=strict)
    kind = type(error).__name__
    told = f"{kind}, which its contract does not declare; catch it, or extend raises="
    with internal(expects_violations, f"shelf.get raised {told} ({GET})"):
        await bound.proxy.get()
    flow = bound.proxy.flow()
    await anext(flow)
    with internal(expects_violations, f"shelf.flow raised {told} ({FLOW})"):
        await anext(flow)


async def test_another_versions_error_is_told_from_the_declared_one(
    house: House, expects_violations: list[str]
) -> None:
    later = type("Missing", (Error,), {"__module__": "contracts.later", "__doc__": "Later.", "code": Missing.code})
    told = f"Missing of contracts.later, where its contract declares that of {__name__}; catch it, and raise that"
    with internal(expects_violations, f"shelf.get raised {told} ({GET})"):
        await shelf(house, raising(later())).proxy.get()


async def test_a_declared_error_crosses_with_fields_that_do(house: House, expects_violations: list[str]) -> None:
    with pytest.raises(Missing):
        await shelf(house, raising(Missing(names=("a",)))).proxy.get()
    with pytest.raises(TimedOut):
        await shelf(house, raising(TimedOut(operation="elsewhere"))).proxy.get()
    with pytest.raises(Unavailable):
        await shelf(house, raising(Unavailable(operation="elsewhere", reason="away"))).proxy.get()
    assert expects_violations == []
    listed = raising(Missing(names=["a"]))  # type: ignore[arg-type]
    told = "a list at names where its contract says tuple[str, ...]; make it a tuple"
    with internal(expects_violations, f"shelf.get raises Missing with {told} ({GET})"):
        await shelf(house, listed).proxy.get()


async def test_what_is_right_passes_as_it_is(house: House, expects_violations: list[str]) -> None:
    whole = (A, Product(name="b", price=Price(amount=2)))
    assert await shelf(house, lambda: whole).proxy.get(("a",), like=A) is whole
    assert [each async for each in shelf(house, lambda: A).proxy.flow()][1] is A
    assert expects_violations == []


async def test_what_is_nested_more_deeply_than_can_be_looked_at_is_left_to_the_codec(house: House) -> None:
    deep: Any = ()
    for _ in range(100_000):
        deep = (deep,)
    with pytest.raises(Internal):
        await shelf(house, lambda: deep).proxy.get()
