"""Of those who share a subscription one does the work; one that was stopped for too long changes nothing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.events import lease as leasing
from app.events.cursor import Cursor
from app.events.handlers import Handlers
from app.events.intake import Intake
from app.events.lease import BELIEVED, LASTS, Lease, LeaseLost
from app.events.retrying import Retrying
from contracts.kit.outbox import Batch, Record
from tests.app.events.conftest import Picky, Sold, parked, publish, running, send, sent, subscribe, until
from tests.databases import both_engines

pytestmark = both_engines


class Hand:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> int:
        return round(self.seconds * 1e6)


@pytest.fixture
async def other(mail: ModuleDatabase) -> AsyncIterator[ModuleDatabase]:
    """The same place once more, as a replica has it open."""
    opened = await ModuleDatabase.open(mail.place, migrations=None)
    yield opened
    await opened.close()


def batch(*sequences: int, head: int | None = None) -> Batch:
    records = (
        Record(
            sequence=each,
            code=Sold.code,
            key="a",
            payload=f'{{"sku":"a","number":{each}}}'.encode(),
            request_id="",
            published=datetime.now(UTC),
        )
        for each in sequences
    )
    return Batch(records=tuple(records), head=max(sequences) if head is None else head)


async def stored(mail: ModuleDatabase) -> int:
    async with mail.read() as session:
        return await Cursor("shop").read(session)


async def test_one_has_it_until_it_lets_go_or_is_late(mail: ModuleDatabase, other: ModuleDatabase) -> None:
    clock = Hand()
    first, second = Lease("shop", mail, clock), Lease("shop", other, clock)
    assert (await first.take(), await second.take()) == (True, False)
    await first.release()
    assert (await second.take(), await first.take()) == (True, False)
    clock.seconds += LASTS - 0.1
    assert not await first.take()
    clock.seconds += 0.2
    assert await first.take()
    assert (first.token, second.token) == (3, 2)


async def test_each_publisher_has_its_own(mail: ModuleDatabase) -> None:
    assert await Lease("shop", mail).take()
    assert await Lease("other", mail).take()


async def test_what_is_confirmed_is_renewed_when_it_is_due(mail: ModuleDatabase) -> None:
    clock = Hand()
    first, second = Lease("shop", mail, clock), Lease("shop", mail, clock)
    await first.take()
    for _ in range(10):
        clock.seconds += LASTS / 2
        async with mail.transaction() as work:
            await first.confirm(work.session)
        assert not await second.take()


async def test_who_is_late_but_alone_goes_on(mail: ModuleDatabase) -> None:
    clock = Hand()
    alone = Lease("shop", mail, clock)
    await alone.take()
    clock.seconds += 100 * LASTS
    async with mail.transaction() as work:
        await alone.confirm(work.session)
    assert alone.token == 1


async def test_a_lease_from_before_the_clock_was_set_back_is_not_waited_for(mail: ModuleDatabase) -> None:
    clock = Hand()
    await Lease("shop", mail, clock).take()
    clock.seconds -= BELIEVED
    assert await Lease("shop", mail, clock).take()


async def test_one_that_was_stopped_past_its_lease_changes_nothing(mail: ModuleDatabase, other: ModuleDatabase) -> None:
    clock = Hand()
    stopped, next_one = Lease("shop", mail, clock), Lease("shop", other, clock)
    handlers = Handlers("mail", {Sold: send})
    before = Intake("shop", mail, handlers, stopped, clock, 0.001)
    after = Intake("shop", other, handlers, next_one, clock, 0.001)
    await stopped.take()
    assert await before.take(batch(1, 2), 0) == 2
    clock.seconds += LASTS + 1
    assert await next_one.take()
    for late in (batch(3, 4), batch(head=2000), batch(head=1)):  # effects, events passed over, an outbox gone back
        with pytest.raises(LeaseLost):
            await before.take(late, 2)
    assert (await sent(mail), await stored(mail), await parked(mail)) == ([("a", 1), ("a", 2)], 2, [])
    assert await after.take(batch(3, 4), 2) == 4
    assert [number for _, number in await sent(mail)] == [1, 2, 3, 4]


async def test_one_that_was_stopped_sets_nothing_aside_and_tries_nothing_again(
    mail: ModuleDatabase, other: ModuleDatabase
) -> None:
    clock = Hand()
    stopped, next_one = Lease("shop", mail, clock), Lease("shop", other, clock)
    handler = Picky(1)
    handlers = Handlers("mail", {Sold: handler})
    await stopped.take()
    before = Intake("shop", mail, handlers, stopped, clock, 0.001)
    await before.take(batch(1), 0)
    clock.seconds += LASTS + 1
    await next_one.take()
    aside = await parked(mail)
    handler.poison.clear()
    for lost in (stopped, Lease("shop", mail, clock)):  # one that has lost it, and one that never had it
        with pytest.raises(LeaseLost):
            await Retrying("shop", mail, handlers, lost, clock, 0.001).once()
    assert (await parked(mail), await sent(mail)) == (aside, [])
    assert await Retrying("shop", other, handlers, next_one, clock, 0.001).once()
    assert (await parked(mail), await sent(mail)) == ([], [("a", 1)])


async def test_a_try_that_fails_when_the_lease_is_gone_is_not_counted(
    mail: ModuleDatabase, other: ModuleDatabase
) -> None:
    clock = Hand()
    stopped, next_one = Lease("shop", mail, clock), Lease("shop", other, clock)
    handlers = Handlers("mail", {Sold: Picky(1)})
    await stopped.take()
    await Intake("shop", mail, handlers, stopped, clock, 0.001).take(batch(1), 0)
    clock.seconds += LASTS + 1
    await next_one.take()
    aside = await parked(mail)
    with pytest.raises(LeaseLost):
        await Intake("shop", mail, handlers, stopped, clock, 0.001).take(batch(2), 1)
    with pytest.raises(LeaseLost):
        await Retrying("shop", mail, handlers, stopped, clock, 0.001).once()
    assert await parked(mail) == aside


async def test_a_clean_stop_hands_over_at_once(
    shop: ModuleDatabase, mail: ModuleDatabase, other: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "LOOK", 3600.0)  # only the news of it can wake the other
    first, second = subscribe(shop, mail), subscribe(shop, other)
    async with asyncio.timeout(20), running(first):
        await publish(shop, Sold(sku="a", number=1))
        await first.reached(1)
        waiting = asyncio.create_task(second.run())
        while not second.position:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        assert (first.holds, second.holds) == (True, False)
        await publish(shop, Sold(sku="a", number=2))
        await first.reached(2)
    async with asyncio.timeout(20), running_already(waiting):
        await publish(shop, Sold(sku="a", number=3))
        await second.reached(3)
        assert second.holds
    assert await sent(mail) == [("a", 1), ("a", 2), ("a", 3)]


async def test_one_that_lost_the_lease_stands_by_and_takes_it_again(
    shop: ModuleDatabase, mail: ModuleDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    subscription = subscribe(shop, mail)
    async with asyncio.timeout(20), running(subscription):
        await publish(shop, Sold(sku="a", number=1))
        await subscription.reached(1)
        async with mail.write() as work:
            taken = "UPDATE freestone_leases SET holder = 'another', token = token + 1"
            await work.session.execute(text(taken))
        await publish(shop, Sold(sku="a", number=2))
        await subscription.reached(2)  # when the other's has run out, since nobody renews it
    assert await sent(mail) == [("a", 1), ("a", 2)]
    assert "mail lost the lease on the events of shop" in caplog.text


async def test_the_next_holder_goes_on_with_what_waits(
    shop: ModuleDatabase, mail: ModuleDatabase, other: ModuleDatabase
) -> None:
    async with running(subscribe(shop, mail, Picky(1), pause=3600.0)):
        await publish(shop, Sold(sku="a", number=1), Sold(sku="a", number=2), Sold(sku="b", number=3))
        await until(mail, lambda rows: len(rows) == 2)
    async with mail.write() as work:
        await work.session.execute(text("UPDATE freestone_parked SET due = 1 WHERE due IS NOT NULL"))
    async with running(subscribe(shop, other)):
        await until(mail, lambda rows: rows == [])
    assert await sent(mail) == [("b", 3), ("a", 1), ("a", 2)]


@asynccontextmanager
async def running_already(task: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


REPLICA = """
import asyncio, sys
from app.data.database import ModuleDatabase
from app.data.places import place_at
from tests.app.events.conftest import subscribe

async def main():
    shop = await ModuleDatabase.open(place_at("shop", sys.argv[1]), migrations=None)
    mail = await ModuleDatabase.open(place_at("mail", sys.argv[2]), migrations=None)
    await subscribe(shop, mail).run()

asyncio.run(main())
"""


@pytest.mark.processes
async def test_a_process_that_is_stopped_is_replaced_and_does_nothing_afterwards(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    command = [sys.executable, "-c", REPLICA, shop.place.address, mail.place.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 - started, no more
        try:
            async with asyncio.timeout(60):
                await publish(shop, Sold(sku="a", number=1))
                while not await sent(mail):  # noqa: ASYNC110 - what another process or task did is to be seen in the database only
                    await asyncio.sleep(0.01)
                process.send_signal(signal.SIGSTOP)
                await publish(shop, Sold(sku="a", number=2))
                began = time.monotonic()
                taking_over = subscribe(shop, mail)
                async with running(taking_over):
                    await taking_over.reached(2)
                    assert time.monotonic() - began > 1.0
                    process.send_signal(signal.SIGCONT)
                    for number in range(3, 20):
                        await publish(shop, Sold(sku="a", number=number))
                        await asyncio.sleep(0.02)
                    await taking_over.reached(19)
                    assert taking_over.holds
                await publish(shop, Sold(sku="a", number=20))
                while len(await sent(mail)) < 20:  # noqa: ASYNC110 - the one that was stopped stood by, and works again
                    await asyncio.sleep(0.01)
        finally:
            process.kill()
            process.wait()
    assert await sent(mail) == [("a", number) for number in range(1, 21)]
