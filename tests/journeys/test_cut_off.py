"""A purchase that is cut off at any call, commit or answer goes on from there, and ends as if it had not been.

The places are not listed here: a whole run counts them, and each run after it is cut at another. With
``FREESTONE_TEST_CUTS=all`` at every one of them, and both with all modules in one process and with each in its own.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from contracts.orders import OrderState
from tests.journeys.books import check
from tests.journeys.purchase import Buyer, Shop, World, world_in
from tests.journeys.scissors import Scissors

PAID, CANCELLED, REJECTED = OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED
Flow = Callable[[Shop, Buyer], Awaitable[None]]


async def nothing(world: World) -> None:
    """Come back at once."""


async def later(world: World) -> None:
    """Come back when the reservation has expired, and the order is too old to be paid."""
    world.clock.advance(minutes=16)


async def later_to_empty_shelves(world: World) -> None:
    """…and others have bought what there was."""
    world.clock.advance(minutes=16)
    await world.steal()


async def bank_gives_up(world: World) -> None:
    """Come back when the card's bank has given up what it held."""
    async with world.databases["payments"].write() as work:
        await work.session.execute(text("UPDATE sandbox_payments SET standing = 'voided' WHERE standing = 'held'"))


async def buys(shop: Shop, buyer: Buyer) -> None:
    await shop.order(buyer)
    await shop.settled(buyer)


async def finds_it_sold_out(shop: Shop, buyer: Buyer) -> None:
    await shop.order(buyer)
    await shop.world.steal()
    await shop.settled(buyer)


async def cancels(shop: Shop, buyer: Buyer) -> None:
    await shop.order(buyer)
    await shop.cancel(buyer)
    await shop.settled(buyer)


async def cancels_while_the_payment_is_open(shop: Shop, buyer: Buyer) -> None:
    await shop.order(buyer)
    await shop.work()
    await shop.cancel(buyer)
    await shop.settled(buyer)


async def is_revoked(shop: Shop, buyer: Buyer) -> None:
    await buys(shop, buyer)
    await shop.revoke(buyer)
    await shop.settled(buyer)


async def is_revoked_until_the_refund_is_given(shop: Shop, buyer: Buyer) -> None:
    await is_revoked(shop, buyer)
    await shop.revoke(buyer, "again")
    await shop.settled(buyer)


class Way(msgspec.Struct, frozen=True):
    """A way that a purchase can go: how it ends, and how it may end where it was cut off."""

    flow: Flow
    end: OrderState
    token: str = "tok_success"
    or_else: frozenset[OrderState | None] = frozenset()
    meanwhile: Callable[[World], Awaitable[None]] = nothing


WAYS = {
    "paid": Way(buys, PAID),
    "declined": Way(buys, REJECTED, "tok_decline"),
    "sold out": Way(finds_it_sold_out, REJECTED),
    "answers lost": Way(buys, PAID, "tok_lost"),
    "decided late, called back": Way(buys, PAID, "tok_late"),
    "called back twice": Way(buys, PAID, "tok_twice"),
    "cancelled": Way(cancels, CANCELLED),
    "cancelled while open": Way(cancels_while_the_payment_is_open, CANCELLED, "tok_late", frozenset({PAID})),
    "revoked": Way(is_revoked, CANCELLED),
    "revoked, answers lost": Way(is_revoked, CANCELLED, "tok_lost"),
    "revoked, refunded late": Way(is_revoked, CANCELLED, "tok_late"),
    "revoked, refund refused": Way(is_revoked_until_the_refund_is_given, CANCELLED, "tok_closed"),
    "expired meanwhile": Way(buys, PAID, or_else=frozenset({REJECTED}), meanwhile=later),
    "sold meanwhile": Way(buys, PAID, or_else=frozenset({REJECTED, None}), meanwhile=later_to_empty_shelves),
    "given up by the bank": Way(buys, PAID, or_else=frozenset({REJECTED, CANCELLED}), meanwhile=bank_gives_up),
}


async def go(world: World, way: Way, number: object, scissors: Scissors) -> OrderState | None:
    """Go a way, cut off somewhere; and then again, as a new instance with the same databases and the same buyer."""
    buyer = await Buyer.arriving(world, f"buyer {number}", way.token)
    try:
        await way.flow(Shop(world, scissors), buyer)
    except BaseException:
        if not scissors.is_dead:
            raise
        await way.meanwhile(world)
        await way.flow(Shop(world, Scissors()), buyer)
    await world.give_back()
    return await check(world, buyer)


ALL = os.environ.get("FREESTONE_TEST_CUTS") == "all"
pytestmark = pytest.mark.timeout(3600 if ALL else 120)
STRIDE = 1 if ALL else 11
"""Every so many places a run is cut off, elsewhere for each way: what they have in common is cut everywhere."""


def places(way: str, passed: list[str]) -> Iterator[int]:
    """Yield the places at which to cut, of all that a whole run came by."""
    assert len(passed) > 15
    yield from range(list(WAYS).index(way) % STRIDE + 1, len(passed) + 1, STRIDE)


@pytest.mark.parametrize("name", WAYS)
async def test_wherever_it_is_cut_off_it_goes_on(tmp_path: Path, name: str) -> None:
    way, whole = WAYS[name], Scissors()
    async with world_in(tmp_path) as world:
        assert await go(world, way, "whole", whole) is way.end
        for number, at in enumerate(places(name, whole.passed)):
            for apart in (False, True) if ALL else (number % 2 == 0,):
                scissors = Scissors(at, apart=apart)
                end = await go(world, way, f"{at} {apart}", scissors)
                assert scissors.has_cut
                assert end == way.end or end in way.or_else, (at, apart)


@pytest.mark.parametrize("name", ["paid", "declined", "sold out", "answers lost", "cancelled while open", "revoked"])
async def test_whoever_is_overtaken_anywhere_changes_nothing(tmp_path: Path, name: str) -> None:
    """One stands still; another takes the order to its end; the first goes on with what it knows."""
    way, whole = WAYS[name], Scissors()
    async with world_in(tmp_path) as world:
        await go(world, way, "whole", whole)
        for at in places(name, whole.passed):
            buyer = await Buyer.arriving(world, f"overtaken {at}", way.token)
            scissors = Scissors(at, then=lambda buyer=buyer: world.calm.settled(buyer))  # type: ignore[misc]
            await way.flow(Shop(world, scissors), buyer)
            await world.give_back()
            assert await check(world, buyer) in (way.end, PAID)


@pytest.mark.parametrize("name", ["paid", "declined", "answers lost", "decided late, called back"])
async def test_whenever_its_customer_cancels_it_is_cancelled_or_too_late(tmp_path: Path, name: str) -> None:
    way, whole, ends = WAYS[name], Scissors(), set()
    async with world_in(tmp_path) as world:
        await go(world, way, "whole", whole)
        for at in places(name, whole.passed):
            buyer = await Buyer.arriving(world, f"cancelling {at}", way.token)
            scissors = Scissors(at, then=lambda buyer=buyer: world.calm.cancel(buyer))  # type: ignore[misc]
            await way.flow(Shop(world, scissors), buyer)
            ends.add(await check(world, buyer))
    assert ends == {CANCELLED, way.end}
