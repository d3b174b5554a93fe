"""Every event has its effect once, whatever breaks."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.events import intake, outbox, subscription
from app.events.cursor import Cursor
from app.events.handlers import Handlers
from app.events.intake import Intake
from app.events.lease import Lease
from app.events.outbox import StoredOutbox
from contracts.kit import Actor, Context, Role, Unavailable, Work, current_context
from contracts.kit.context import current_holder, scope
from contracts.kit.outbox import Batch, Outbox
from tests.app.events.conftest import Opened, Sold, publish, running, send, sent, subscribe
from tests.databases import both_engines

pytestmark = both_engines


def sales(*numbers: int, sku: str = "a") -> list[Sold]:
    return [Sold(sku=sku, number=number) for number in numbers]


async def stored(mail: ModuleDatabase) -> int:
    async with mail.read() as session:
        return await Cursor("shop").read(session)


async def test_events_have_their_effects_in_order(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    subscription = subscribe(shop, mail)
    async with running(subscription):
        for number in range(5):
            await publish(shop, *sales(number))
        await subscription.reached(5)
    assert await sent(mail) == [("a", number) for number in range(5)]
    assert subscription.position == await stored(mail) == 5


async def test_a_late_subscriber_reads_the_history(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *sales(*range(250)))
    subscription = subscribe(shop, mail)
    async with running(subscription):
        await subscription.reached(250)
    assert await sent(mail) == [("a", number) for number in range(250)]


async def test_a_commit_wakes_the_subscriber_without_polling(
    shop: ModuleDatabase, mail: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HEARTBEAT", 3600.0)
    subscription = subscribe(shop, mail)
    async with running(subscription):
        for number in range(1, 4):
            await publish(shop, *sales(number))
            await subscription.reached(number)
            assert len(await sent(mail)) == number


async def test_a_handler_runs_as_the_system_under_the_request_of_its_event(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    seen: list[tuple[Context, str | None]] = []

    async def look(event: Sold, work: Work[Any]) -> None:
        writing = current_holder().writing
        seen.append((current_context(), writing.module if writing else None))

    with scope(context=Context(request_id="r1", actor=Actor(id="ann"))):
        await publish(shop, *sales(1))
    subscription = subscribe(shop, mail, look)
    async with running(subscription):
        await subscription.reached(1)
    system = Actor(id="mail", roles=frozenset({Role.SYSTEM}))
    assert seen == [(Context(request_id="r1", actor=system), "mail")]


async def test_a_publisher_that_is_away_is_a_warning_once_and_only_when_that_lasts(
    mail: ModuleDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    class Away(Outbox):
        def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
            nonlocal tries
            tries += 1
            raise Unavailable(operation="shop.outbox", reason="it is not running")

    async def tried(often: int) -> None:
        async with asyncio.timeout(30):
            while tries < often:  # noqa: ASYNC110 - it is told of nothing
                await asyncio.sleep(0.01)

    monkeypatch.setattr(subscription, "STARTING", 3600.0)
    async with running(subscribe(Away(), mail)):
        await tried(3)
        assert "cannot read the events" not in caplog.text
        monkeypatch.setattr(subscription, "STARTING", 0.0)
        await tried(tries + 3)
    assert caplog.text.count("mail cannot read the events of shop: Unavailable") == 1


async def test_events_that_come_again_have_no_second_effect(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    class Stuttering(Outbox):
        async def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
            for _ in range(3):
                yield await anext(StoredOutbox(shop).pull(0, codes))
            raise Unavailable(operation="shop.outbox", reason="enough")

    await publish(shop, *sales(1, 2, 3))
    subscription = subscribe(Stuttering(), mail)
    async with running(subscription):
        await subscription.reached(3)
        await asyncio.sleep(0.05)
    assert await sent(mail) == [("a", 1), ("a", 2), ("a", 3)]


async def test_two_who_share_a_subscription_have_one_effect(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    first, second = subscribe(shop, mail), subscribe(shop, mail)
    async with running(first, second):
        for number in range(30):
            await publish(shop, *sales(number))
        await first.reached(30)
        await second.reached(30)
    assert await sent(mail) == [("a", number) for number in range(30)]


async def test_stopped_at_random_points_every_event_has_one_effect(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    async def slowly(event: Sold, work: Work[Any]) -> None:
        await send(event, work)
        await asyncio.sleep(0.0005)

    points = random.Random(3)
    await publish(shop, *sales(*range(120)))
    stops = 0
    while await stored(mail) < 120:
        async with running(subscribe(shop, mail, slowly)):
            await asyncio.sleep(points.random() * (0.05 + 0.002 * stops))  # the longer it takes, the longer it is let
        stops += 1
    assert stops > 1
    assert await sent(mail) == [("a", number) for number in range(120)]


SUBSCRIBER = """
import asyncio, sys
from app.data.database import ModuleDatabase
from app.data.places import place_at
from tests.app.events.conftest import send, subscribe

async def main():
    shop = await ModuleDatabase.open(place_at("shop", sys.argv[1]), migrations=None)
    mail = await ModuleDatabase.open(place_at("mail", sys.argv[2]), migrations=None)
    async def slowly(event, work):
        await send(event, work)
        print(event.number, flush=True)
        await asyncio.sleep(0.005)
    await subscribe(shop, mail, slowly).run()

asyncio.run(main())
"""


@pytest.mark.processes
async def test_killed_in_the_middle_every_event_has_one_effect(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *sales(*range(60)))

    def run_and_kill(after: int) -> None:
        command = [sys.executable, "-c", SUBSCRIBER, shop.place.address, mail.place.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(after):
                process.stdout.readline()
            process.kill()

    for after in (7, 25):
        await asyncio.to_thread(run_and_kill, after)
    assert 0 < await stored(mail) < 60
    subscription = subscribe(shop, mail)
    async with running(subscription):
        await subscription.reached(60)
    assert await sent(mail) == [("a", number) for number in range(60)]


async def test_a_stream_that_breaks_is_opened_again(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    class Breaking(Outbox):
        async def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
            batch = await anext(StoredOutbox(shop).pull(after, codes))
            yield Batch(records=batch.records[:1], head=batch.records[0].sequence if batch.records else batch.head)
            raise Unavailable(operation="shop.outbox", reason="lost")

    await publish(shop, *sales(1, 2, 3))
    subscription = subscribe(Breaking(), mail)
    async with running(subscription):
        await subscription.reached(3)
    assert await sent(mail) == [("a", 1), ("a", 2), ("a", 3)]


async def test_events_of_other_codes_move_the_position_and_rarely_the_cursor(
    shop: ModuleDatabase, mail: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PASSED_OVER", 10)
    subscription = subscribe(shop, mail)
    async with running(subscription):
        for number in range(1, 14):
            await publish(shop, Opened())
            await subscription.reached(number)
    assert (subscription.position, await stored(mail)) == (13, 10)


async def test_an_outbox_that_went_back_is_followed_from_where_it_is(
    shop: ModuleDatabase, mail: ModuleDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    async with mail.write() as work:
        await Cursor("shop").move(work.session, 57)
    await publish(shop, *sales(1, 2))
    subscription = subscribe(shop, mail)
    async with running(subscription):
        while await stored(mail) == 57:
            pass
        await publish(shop, *sales(3))
        while await stored(mail) == 2:
            pass
    assert await sent(mail) == [("a", 3)]
    assert "went back from 57 to 2" in caplog.text


async def test_whoever_lags_behind_does_not_set_the_cursor_back(mail: ModuleDatabase) -> None:
    async with mail.write() as work:
        await Cursor("shop").move(work.session, 20)
    lease = Lease("shop", mail)
    assert await lease.take()
    lagging = Intake("shop", mail, Handlers("mail", {Sold: send}), lease, mail.clock, 0.001)
    assert await lagging.take(Batch(records=(), head=5), 7) == 5
    assert await stored(mail) == 20


async def test_a_handler_that_does_not_end_is_ended(
    shop: ModuleDatabase, mail: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(event: Sold, work: Work[Any]) -> None:
        await send(event, work)
        await asyncio.Event().wait()

    monkeypatch.setattr("app.events.handlers.LONGEST", 0.01)
    await publish(shop, *sales(1))
    subscription = subscribe(shop, mail, hang)
    async with running(subscription):
        await subscription.reached(1)
    assert (await sent(mail), await subscription.parked()) == ([], 1)


async def test_effect_and_cursor_are_one_transaction(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    """Seen from outside: no other connection ever finds the one without the other."""
    query = text("SELECT (SELECT count(*) FROM sent), (SELECT max(position) FROM freestone_cursors)")
    outside = await ModuleDatabase.open(mail.place, migrations=None)

    async def look() -> tuple[int, int]:
        async with outside.read() as session:
            count, position = (await session.execute(query)).one()
        return count, position or 0

    async with running(subscribe(shop, mail)):
        for number in range(1, 30):
            await publish(shop, *sales(number))
            while (found := await look())[0] < number:
                assert found[0] == found[1]
    await outside.close()
