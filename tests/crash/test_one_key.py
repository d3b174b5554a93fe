"""Fifty calls with one key to two replicas, one of which is killed half-way: one effect, and fifty equal answers."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

import pytest
import pytest_asyncio

from contracts.catalog import Catalog
from contracts.inventory import Availability, Inventory
from contracts.kit import Error, Role, idempotency_key
from contracts.orders import Order, Orders, OrderState
from contracts.payments import Payments, PaymentState
from tests.crash.buyers import HOME, WANTED
from tests.crash.replicas import DESK, IS_FULL, LIMIT, PATIENCE, REPLICAS, STOCK, Store, held, opened, persist
from tests.faults.stores import MUG, stock_up

pytestmark = LIMIT

T = TypeVar("T")

CALLS = 50
ROUNDS = range(5 if IS_FULL else 1)
"""How often each is tried, under another key."""
QUANTITY = 7


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """A store with enough mugs."""
    async with opened(tmp_path_factory.mktemp("store")) as made:
        await stock_up(made.contract(Catalog), made.contract(Inventory))
        yield made


class Ways(Generic[T]):
    """To both replicas: over the wire, where either is chosen and a lost call is sent again, or by each one's door."""

    def __init__(self, wire: T, doors: Sequence[T]) -> None:
        self._wire = wire
        self._doors = doors

    @classmethod
    def to(cls, store: Store, protocol: type[T], host: str) -> Ways[T]:
        """Find the ways to a contract on a host."""
        return cls(store.contract(protocol), [store.doors.proxy(protocol, host, each) for each in REPLICAS])

    def of(self, call: int, tries: int) -> T:
        """Return the way of one call: every other goes by a door, and by another one when it is tried again."""
        return self._wire if call % 2 else self._doors[(call // 2 + tries) % len(self._doors)]

    def fifty(self, ask: Callable[[T], Awaitable[object]]) -> list[asyncio.Task[object]]:
        """Begin all calls at once, under one key, each by a client who asks again until there is an answer."""

        def one(call: int) -> Awaitable[object]:
            return persist(lambda tries: ask(self.of(call, tries)))

        with idempotency_key(secrets.token_hex(8)):
            return [asyncio.ensure_future(one(call)) for call in range(CALLS)]


Kill = Callable[[Store, str, str, float, list[asyncio.Task[object]]], Awaitable[None]]
"""Kills a replica of a host while calls of an operation, which take so many seconds, are under way."""


async def while_all_wait(store: Store, host: str, operation: str, _: float, calls: list[asyncio.Task[object]]) -> None:
    """Kill when both replicas have begun with calls, and none can go on."""
    with held(store.shop.data / f"{store.reach.assembly.topology.hosts[host].modules[0]}.sqlite"):
        async with asyncio.timeout(PATIENCE):
            while await _busy(store, host, operation) != set(REPLICAS):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)
        assert store.kill(host, random.choice(REPLICAS))
        assert not any(each.done() for each in calls)


async def at_some_moment(
    store: Store, host: str, operation: str, seconds: float, calls: list[asyncio.Task[object]]
) -> None:
    """Kill wherever that falls: before, between or after what is committed and answered."""
    await asyncio.sleep(random.uniform(0.0, seconds))
    assert store.kill(host, random.choice(REPLICAS))


async def atomic(store: Store, kill: Kill) -> None:
    """A round with an atomic command."""
    await store.ready(STOCK)
    ways = Ways.to(store, Inventory, STOCK)
    before = await available(store)
    with store.acting("clerk", Role.STAFF):
        calls = ways.fifty(lambda inventory: inventory.restock(MUG, QUANTITY))
    await kill(store, STOCK, "inventory.restock", 0.2, calls)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    effects = {"restocked": (await available(store) - before) / QUANTITY}
    assert wrong_in(answers, effects) == []
    assert answers[0] == Availability(sku=MUG, available=before + QUANTITY)


async def process(store: Store, kill: Kill) -> None:
    """A round with a process."""
    await store.ready(DESK)
    ways = Ways.to(store, Orders, DESK)
    before, buyer = await available(store), secrets.token_hex(8)
    with store.acting(buyer, Role.CUSTOMER):
        quote = await persist(lambda _: store.contract(Orders).quote(WANTED, HOME.country))
        calls = ways.fifty(lambda orders: orders.place_order(quote.digest, WANTED, HOME, "tok_slow"))
    await kill(store, DESK, "orders.place_order", 1.5, calls)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    effects = {"sold": before - await available(store)} | await bought(store, buyer)
    assert wrong_in(answers, effects) == []
    assert isinstance(answers[0], Order)
    assert answers[0].state is OrderState.PAID


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("play", [atomic, process])
@pytest.mark.parametrize("kill", [while_all_wait, at_some_moment])
async def test_a_command_has_one_effect_and_one_answer(
    store: Store,
    kill: Kill,
    play: Callable[[Store, Kill], Awaitable[None]],
    row: Callable[[str, str, int, str], None],
) -> None:
    for _ in ROUNDS:
        await play(store, kill)
    what = f"one key, two replicas, {play.__name__}"
    row(what, f"kill -9 {kill.__name__.replace('_', ' ')}", len(ROUNDS) * CALLS, "one effect, equal answers")


async def available(store: Store) -> int:
    """How many mugs can be had."""
    inventory = store.contract(Inventory)
    (found,) = await persist(lambda _: inventory.get_availability((MUG,)))
    return found.available


async def bought(store: Store, buyer: str) -> dict[str, float]:
    """How many orders somebody has, and how many of them are paid, as far as the payments know."""
    orders, payments = store.contract(Orders), store.contract(Payments)
    with store.acting(buyer, Role.CUSTOMER):
        found = (await persist(lambda _: orders.list_orders(None))).orders
    states = [(await payments.get_payment(each.id)).state for each in found]
    return {"ordered": len(found), "captured": states.count(PaymentState.CAPTURED)}


async def _busy(store: Store, host: str, operation: str) -> set[int]:
    states = [each.state for each in await store.reach.hosts() if each.host == host and each.state is not None]
    return {state.replica for state in states if any(call.operation == operation for call in state.calls)}


def wrong_in(answers: Sequence[object], effects: Mapping[str, float]) -> list[str]:
    """Say what should not be: nothing, where all callers had the same answer, and each effect is there once."""
    told = [each for each in answers if not isinstance(each, BaseException) or isinstance(each, Error)]
    different = {repr(each): each for each in told}
    return [
        *(f"somebody was told nothing: {each!r}" for each in answers if each not in told),
        *([f"{len(different)} different answers: {', '.join(different)}"] if len(different) > 1 else []),
        *(f"{what} {times:g} times" for what, times in effects.items() if times != 1),
    ]


MUGS, MORE = (Availability(sku=MUG, available=count) for count in (7, 14))
ONCE = {"restocked": 1.0}


def test_nothing_is_wrong_where_all_were_told_the_same() -> None:
    assert wrong_in([MUGS] * CALLS, ONCE) == []


@pytest.mark.parametrize(
    ("found", "answers", "effects"),
    [
        ("somebody was told nothing", [*[MUGS] * (CALLS - 1), TimeoutError()], ONCE),
        ("2 different answers", [*[MUGS] * (CALLS - 1), MORE], ONCE),
        ("restocked 2 times", [MUGS] * CALLS, {"restocked": 2.0}),
        ("restocked 0 times", [MUGS] * CALLS, {"restocked": 0.0}),
    ],
)
def test_what_is_wrong_is_found(found: str, answers: list[object], effects: dict[str, float]) -> None:
    assert [found in each for each in wrong_in(answers, effects)] == [True]
