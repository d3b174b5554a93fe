"""What a subscription knows of its own lag: the age of what it has not read, and how much is set aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.data.database import ModuleDatabase
from app.data.tables import instant
from app.events import outbox
from app.events.lag import Lag
from app.events.outbox import LARGEST
from app.events.subscription import Subscription
from contracts.kit import Unavailable, Work
from contracts.kit.outbox import Batch, Outbox, Record
from tests.app.events.conftest import Opened, Picky, Sold, publish, running, send, subscribe, until
from tests.databases import both_engines


class Hand:
    """A clock that is moved by hand, in seconds; it begins now."""

    def __init__(self) -> None:
        self.seconds = float(int(datetime.now(UTC).timestamp()))

    def __call__(self) -> int:
        return round(self.seconds * 1e6)


def batch(clock: Hand, *ages: float) -> Batch:
    """Return a batch of events that were published so many seconds ago."""
    at = (instant(clock() - round(age * 1e6)) for age in ages)
    records = tuple(
        Record(sequence=number, code=Sold.code, key="a", payload=b"{}", request_id="", published=each)
        for number, each in enumerate(at, 1)
    )
    return Batch(records=records, head=len(records))


def test_it_is_the_age_of_the_first_event_of_a_batch_that_was_not_applied() -> None:
    clock = Hand()
    lag = Lag(clock)
    lag.came(batch(clock, 50, 40, 30))
    assert [lag.seconds(position) for position in (0, 1, 2, 3)] == [50, 40, 30, 0]
    clock.seconds += 5
    assert [lag.seconds(position) for position in (0, 1, 2, 3)] == [55, 45, 35, 5]


def test_after_a_batch_as_large_as_can_be_more_may_be_as_old_as_its_last_event() -> None:
    clock = Hand()
    lag = Lag(clock)
    lag.came(batch(clock, *(range(LARGEST + 7, 7, -1))))
    assert lag.seconds(LARGEST) == 8
    lag.came(batch(clock, *(range(LARGEST + 6, 7, -1))))
    assert lag.seconds(LARGEST) == 0


def test_it_grows_as_long_as_nothing_is_heard() -> None:
    clock = Hand()
    lag = Lag(clock)
    clock.seconds += 60
    assert lag.seconds(0) == 60
    lag.begin()
    assert lag.seconds(0) == 60, "who tries once more has read nothing by that"
    lag.came(batch(clock))
    assert lag.seconds(0) == 0


def test_who_stands_by_does_not_know_and_who_takes_over_begins_anew() -> None:
    clock = Hand()
    lag = Lag(clock)
    lag.stand_by()
    assert lag.seconds(0) is None
    clock.seconds += 60
    lag.begin()
    assert lag.seconds(0) == 0
    clock.seconds += 1
    assert lag.seconds(0) == 1


def test_an_event_from_a_machine_whose_clock_is_ahead_is_not_younger_than_now() -> None:
    clock = Hand()
    lag = Lag(clock)
    lag.came(batch(clock, -5))
    assert lag.seconds(0) == 0


@both_engines
async def test_while_an_event_is_handled_it_and_those_behind_it_are_unread(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    clock, begun, go = Hand(), asyncio.Event(), asyncio.Event()

    async def slow(event: Sold, work: Work[Any]) -> None:
        begun.set()
        await go.wait()
        await send(event, work)

    await publish(shop, Opened(), Sold(sku="a", number=1))
    clock.seconds += 120
    subscription = subscribe(shop, mail, slow, clock=clock)
    async with asyncio.timeout(20), running(subscription):
        await begun.wait()
        age = subscription.behind
        go.set()
        await subscription.reached(2)
        assert age is not None
        assert 60 < age <= 121
        assert subscription.behind == 0
        assert subscription.set_aside == 0


@both_engines
async def test_a_publisher_that_is_away_is_told_by_the_age(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    class Away(Outbox):
        def __init__(self) -> None:
            self.is_away = True
            self.asked = asyncio.Event()

        async def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
            self.asked.set()
            if self.is_away:
                raise Unavailable(operation="shop.outbox", reason="away")
            async for each in outbox.StoredOutbox(shop).pull(after, codes):
                yield each

    clock, away = Hand(), Away()
    await publish(shop, Sold(sku="a", number=1))
    subscription = subscribe(away, mail, clock=clock)
    async with asyncio.timeout(20), running(subscription):
        await away.asked.wait()
        clock.seconds += 2  # shorter than the lease
        assert subscription.behind == 2
        away.is_away = False
        await subscription.reached(1)
        assert subscription.behind == 0


@both_engines
async def test_what_is_set_aside_is_counted_and_what_is_taken_out_is_not(
    shop: ModuleDatabase, mail: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.events.retrying.LOOK", 0.01)
    handler = Picky(1)
    subscription = subscribe(shop, mail, handler)
    async with asyncio.timeout(20), running(subscription):
        await publish(shop, *(Sold(sku="a", number=number) for number in (1, 2, 3)), Sold(sku="b", number=4))
        await subscription.reached(4)
        await until(mail, lambda rows: len(rows) == 3)
        await told(subscription, 3)
        assert subscription.behind is not None, "what is set aside was read"
        handler.poison.clear()
        async with mail.write() as work:
            await work.session.run_sync(lambda session: session.connection().exec_driver_sql(DUE))
        await told(subscription, 0)


@both_engines
async def test_a_new_holder_knows_what_is_set_aside_and_one_who_stands_by_tells_nothing(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    async with running(subscribe(shop, mail, Picky(1), pause=3600.0)):
        await publish(shop, Sold(sku="a", number=1), Sold(sku="a", number=2))
        await until(mail, lambda rows: len(rows) == 2)
    first, second = (subscribe(shop, mail, pause=3600.0) for _ in range(2))
    async with asyncio.timeout(20), running(first):
        await told(first, 2)
        async with running(second):
            await told(second, None)
            assert (second.behind, first.set_aside) == (None, 2)


DUE = "UPDATE freestone_parked SET due = 1 WHERE sequence = 1"


async def told(subscription: Subscription, count: int | None) -> None:
    """Wait until that many are told to be set aside."""
    while subscription.set_aside != count:  # noqa: ASYNC110 - it is what is looked at from outside now and then
        await asyncio.sleep(0.005)
