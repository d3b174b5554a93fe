"""A module's fake stands in for it: it gets what it asks for, and its repeatable commands are repeatable."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol, final

import pytest
from dependency_injector import containers, providers

from app.config import Settings
from app.errors import LaunchRefused
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.runtime.part import make_part
from app.runtime.plan import make_plan
from contracts.kit import (
    Actor,
    Clock,
    Conflict,
    Context,
    Database,
    Error,
    Message,
    Module,
    Overloaded,
    Unavailable,
    atomic,
    command,
    contract,
    idempotency_key,
    process,
    query,
)
from contracts.kit.context import scope
from tests.app.runtime.builders import until
from tests.builders import KEY
from tests.serving import contents


class Empty(Error):
    """There is none left."""

    code = "till.empty"
    left: int = 0


@contract(version=1)
class Till(Protocol):
    """Gives numbers."""

    @command(atomic, raises=(Empty,))
    async def take(self, count: int, *, often: int = 1) -> str: ...

    @command(process, raises=(Empty,))
    async def draw(self, count: int) -> str: ...

    @command()
    async def drop(self) -> str: ...

    @query()
    async def taken(self) -> int: ...


@contract(version=1)
class Price(Protocol):
    """Knows a price."""

    @query()
    async def price(self) -> int: ...


class TillSettings(Message):
    """Where the numbers begin."""

    first: int = 100


class TillContainer(containers.DeclarativeContainer):
    """What the till needs."""

    database = providers.Dependency(instance_of=Database)
    clock = providers.Dependency(instance_of=Clock)
    settings = providers.Dependency(instance_of=TillSettings)
    price: providers.Provider[Price] = providers.Dependency(instance_of=Price)


@final
class FakeTill(Till):
    """Answers with what it was handed; ``failures`` are raised once each, and ``turn`` holds up its takers."""

    def __init__(self, clock: Clock, settings: TillSettings, price: Price, start: int = 0) -> None:
        self.number = settings.first + start
        self.clock = clock
        self.price = price
        self.failures: list[Exception] = []
        self.turn: asyncio.Event | None = None

    async def take(self, count: int, *, often: int = 1) -> str:
        if self.turn is not None:
            await self.turn.wait()
        if self.failures:
            raise self.failures.pop()
        self.number += count * often
        return f"{self.number} for {await self.price.price()}"

    async def draw(self, count: int) -> str:
        return await self.take(count)

    async def drop(self) -> str:
        return await self.take(1)

    async def taken(self) -> int:
        return self.number


@final
class FakePrice(Price):
    """Says 7."""

    async def price(self) -> int:
        return 7


made: list[FakeTill] = []


def make_till(clock: Clock, settings: TillSettings, price: Price) -> Till:
    """Make a fake that the test can take hold of."""
    made.append(FakeTill(clock, settings, price))
    return made[-1]


TILL = Module(name="till", container=TillContainer, provides=(Till,), settings=TillSettings, fake=make_till)
PRICE = Module(name="price", container=containers.DynamicContainer, provides=(Price,), fake=FakePrice)
SHOP = Module(name="shop", container=containers.DynamicContainer)


def faking(data: Path, *modules: Module, **fields: Any) -> Host:
    """Return a host in which nothing is real."""
    plan = make_plan([make_part(each) for each in modules])
    return Host(plan, Settings(data=data, **fields), both_keys(KEY), fakes=[each.name for each in modules])


async def test_a_fake_is_handed_what_it_asks_for_and_opens_nothing(tmp_path: Path) -> None:
    async with faking(tmp_path, PRICE, TILL, SHOP, modules={"till": {"first": 40}}) as host:
        assert await host.proxy(Till).take(2) == "42 for 7"
        assert made[-1].clock.now().tzinfo is not None
        assert host.status() == {"price": None, "till": None, "shop": None}
    assert contents(tmp_path) == {}


async def test_a_fake_has_the_limit_that_the_module_has(tmp_path: Path) -> None:
    async with faking(tmp_path, PRICE, TILL, limit=1) as host:
        made[-1].turn = asyncio.Event()
        first = asyncio.create_task(host.proxy(Till).drop())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await host.proxy(Till).drop()
        made[-1].turn.set()
        await first


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"fake": None}, "Module till has no fake to stand in for it: give its manifest one, or run it."),
        (
            {"fake": lambda: FakePrice()},
            (
                "The fake of module till cannot stand in for it: "
                "FakePrice does not provide Till; let it inherit the contract."
            ),
        ),
    ],
)
async def test_what_cannot_stand_in_is_refused(tmp_path: Path, fields: dict[str, Any], sentence: str) -> None:
    module = Module(name="till", container=TillContainer, provides=(Till,), settings=TillSettings, **fields)
    with pytest.raises(LaunchRefused) as refusal:
        await faking(tmp_path, PRICE, module).start()
    assert str(refusal.value) == sentence


async def test_a_fake_gets_nothing_that_its_module_does_not_declare(tmp_path: Path) -> None:
    def make(clock: Clock) -> Price:
        return FakePrice()

    module = Module(name="price", container=containers.DynamicContainer, provides=(Price,), fake=make)
    with pytest.raises(LaunchRefused) as refusal:
        await faking(tmp_path, module).start()
    assert str(refusal.value) == (
        "The fake of module price cannot stand in for it: it asks for clock: contracts.kit.ports.Clock, "
        "which the module's container does not declare; declare it there, or give it a default."
    )


async def test_a_fake_knows_no_database(tmp_path: Path) -> None:
    def make(database: Database[Any]) -> Till:
        raise AssertionError("it was made all the same")

    module = Module(name="till", container=TillContainer, provides=(Till,), settings=TillSettings, fake=make)
    with pytest.raises(LaunchRefused, match="asks for Database, which no host hands in"):
        await faking(tmp_path, PRICE, module).start()


@pytest.fixture
async def till(tmp_path: Path) -> Any:
    """A till that is faked, as others see it."""
    async with faking(tmp_path, PRICE, TILL) as host:
        yield host.proxy(Till)


@pytest.mark.parametrize("operation", ["take", "draw"])
async def test_the_same_key_has_one_effect_and_one_answer(till: Till, operation: str) -> None:
    command = getattr(till, operation)
    with idempotency_key("k"):
        assert await command(1) == await command(1) == "101 for 7"
        with pytest.raises(Conflict) as refusal:
            await command(2)
    assert refusal.value.operation == f"till.{operation}"
    assert await command(1) == "102 for 7"
    with idempotency_key("another"):
        assert await command(1) == "103 for 7"


async def test_a_key_counts_for_one_operation_and_one_actor(till: Till) -> None:
    with idempotency_key("k"):
        assert await till.take(1) == "101 for 7"
        assert await till.draw(1) == "102 for 7"
        with scope(context=Context(actor=Actor(id="ada"))):
            assert await till.take(1) == "103 for 7"


async def test_named_arguments_arrive_and_make_a_difference(till: Till) -> None:
    with idempotency_key("k"):
        assert await till.take(2, often=3) == "106 for 7"
        with pytest.raises(Conflict):
            await till.take(2, often=4)


async def test_a_declared_refusal_is_given_again_and_any_other_failure_is_tried_again(till: Till) -> None:
    made[-1].failures = [Empty(left=3)]
    for _ in range(2):
        with idempotency_key("k"), pytest.raises(Empty) as refusal:
            await till.take(1)
        assert refusal.value == Empty(left=3)
    made[-1].failures = [Unavailable(operation="price", reason="it is away")]
    with idempotency_key("l"):
        with pytest.raises(Unavailable):
            await till.take(1)
        assert await till.take(1) == "101 for 7"


async def test_who_comes_meanwhile_waits_for_the_first(till: Till) -> None:
    fake = made[-1]
    fake.turn = asyncio.Event()
    with idempotency_key("k"):
        calls = [asyncio.create_task(till.take(count)) for count in (1, 1, 2)]
    await asyncio.sleep(0)
    fake.turn.set()
    first, second, other = await asyncio.gather(*calls, return_exceptions=True)
    assert first == second == "101 for 7"
    assert isinstance(other, Conflict)
    assert fake.number == 101


async def test_who_waits_goes_on_where_the_first_gives_up(till: Till) -> None:
    fake = made[-1]
    fake.turn = asyncio.Event()
    with idempotency_key("k"):
        first, second = (asyncio.create_task(till.take(1)) for _ in range(2))
    await until(lambda: fake.turn is not None)
    await asyncio.sleep(0)
    first.cancel()
    fake.turn.set()
    assert await second == "101 for 7"
    assert first.cancelled()


@pytest.mark.usefixtures("expects_violations")
async def test_arguments_that_cannot_be_encoded_are_refused(till: Till) -> None:
    with idempotency_key("k"), pytest.raises(Error) as refusal:
        await till.take(1 << 80)
    assert refusal.value.fields["where"] == "till.take"
