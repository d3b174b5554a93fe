"""A thousand checkouts, whose processes die before and after every commit, every sending and every answer."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.failpoints import Order, points
from app.wiring import find_modules
from tests.crash import table
from tests.crash.harness import PATIENCE, TOPOLOGIES, under_fire
from tests.crash.rounds import Round, Suffered, audited, look, play

FEW = (
    (  # one for each process at once
        Order("commit.orders.before", "modules/orders/saga.py", hit=3),
        Order("commit.payments.after", "modules/payments/sandbox.py"),
        Order("wire.answer.before", "inventory.reserve"),
        Order("gateway.answer.before", "/rpc/orders.v1/place_order"),
    ),
    (Order("wire.request.after", "payments.authorise"), Order("events.taken", "cart")),
)
CHECKOUTS = 500
"""In each of the topologies."""
SURVEYED = 60
"""Checkouts without a fault, to see which places there are."""
OFTEN = 3
"""A place that was passed more rarely is not waited for: starts, and what is done once an hour."""
STEPS = 4
"""A place that one checkout passes several times is hit at each, up to so many."""
SAME = ("gateway.", "commit.accounts.", "commit.cart.", "commit.catalog.")
"""What happens in the main host whatever is cut out."""
WAVES = {"one process": (8, 1), "cut out": (4, 4)}
"""How many waves of faults a round has, since a host comes back more slowly each time, and how many faults a wave."""

pytestmark = pytest.mark.timeout(7200 if table.is_full() else 600)
Tell = Callable[[str, str, int, str], None]


@pytest.mark.skipif(table.is_full(), reason="make crash tries every place instead")
async def test_nothing_is_lost_stuck_or_done_twice_where_processes_die_in_checkouts(tmp_path: Path, row: Tell) -> None:
    async with under_fire(tmp_path, "cut out") as store:
        done = await play(store, FEW, 20, limit=PATIENCE)
        await store.stop()
        assert look(store, done.purchases) == []
        assert audited(store) == []
    _tell(row, "cut out", [done])


@pytest.mark.skipif(not table.is_full(), reason="takes minutes: make crash")
@pytest.mark.parametrize("topology", TOPOLOGIES)
async def test_nothing_is_lost_stuck_or_done_twice_wherever_a_process_dies(
    tmp_path: Path, row: Tell, topology: str
) -> None:
    async with under_fire(tmp_path / "survey", topology) as store:
        survey = await play(store, (), SURVEYED)
    (waves, faults), orders, played = WAVES[topology], _orders(survey, topology), list[Round]()
    for some in _cut(orders, waves * faults):
        async with under_fire(tmp_path / str(len(played)), topology) as store:
            played.append(await play(store, _cut(some, faults), -(-CHECKOUTS * len(some) // len(orders))))
            await store.stop()
            assert look(store, played[-1].purchases) == []
            assert audited(store) == []
    assert {each.order.point for each in _suffered(played)} == {each for each in _points() if _is_due(topology, each)}
    _tell(row, topology, played)


def _cut(orders: Sequence[Order], length: int) -> list[Sequence[Order]]:
    return [orders[first : first + length] for first in range(0, len(orders), length)]


def _points() -> tuple[str, ...]:
    return points(part.name for part in find_modules() if part.migrations is not None)


def _is_due(topology: str, point: str) -> bool:
    """Say whether a point is tried in a topology: what is the same in both, in one alone."""
    return not point.startswith("wire." if topology == "one process" else SAME)


def _orders(survey: Round, topology: str) -> list[Order]:
    """Return an order for every place that was passed, and as many as one checkout passes it there."""
    orders = [
        Order(point, place, hit)
        for (point, place), times in sorted(survey.passed.items())
        if times >= OFTEN and _is_due(topology, point)
        for hit in range(1, max(1, min(STEPS, round(times / len(survey.purchases)))) + 1)
    ]
    random.Random(len(orders)).shuffle(orders)
    return orders


def _suffered(played: Sequence[Round]) -> list[Suffered]:
    return [each for done in played for each in done.suffered]


def _tell(row: Tell, topology: str, played: Sequence[Round]) -> None:
    suffered = _suffered(played)
    places = {(each.order.point, each.order.place) for each in suffered}
    back = [each.back for each in suffered]
    row(
        f"checkouts, {topology}",
        f"kill -9, {len(suffered)} times at {len(places)} places of {len({point for point, _ in places})} points",
        sum(len(done.purchases) for done in played),
        f"lost = stuck = twice = 0; whole again after {statistics.median(back):.1f} s, at most {max(back):.1f} s; "
        f"books right {max(done.right for done in played):.1f} s after the last order",
    )
