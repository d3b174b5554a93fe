"""Published events go after a set time, later where a known reader lacks them, and nobody loses any unwarned."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.housekeeping import AT_ONCE
from app.events import keeping, outbox
from app.events.keeping import Keeper
from app.events.outbox import StoredOutbox
from app.events.readers import AHEAD, RENEWED, Reader, Readers
from app.runtime.route import Route
from contracts.kit import contract_of
from contracts.kit.context import scope
from contracts.kit.outbox import Outbox
from tests.app.events.conftest import Opened, Sold, publish, write_raw
from tests.databases import both_engines

pytestmark = both_engines

KEPT = timedelta(days=10)
DAY = timedelta(days=1) // timedelta(microseconds=1)
SOLD, BOTH = (Sold.code,), (Opened.code, Sold.code)


class Clock:
    """Time that stands still until it is moved; it begins on a day of its own."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def readers(shop: ModuleDatabase, clock: Clock) -> Readers:
    return Readers(shop, clock)


@pytest.fixture
def keeper(shop: ModuleDatabase, readers: Readers, clock: Clock) -> Keeper:
    return Keeper(shop, readers, KEPT, clock)


async def published(shop: ModuleDatabase, clock: Clock, *ages: float, code: str = Sold.code) -> None:
    """Fill the outbox as if events had been published these numbers of days ago."""
    await write_raw(shop, b"{}", *(clock.now - round(age * DAY) for age in ages), code=code)


async def kept(shop: ModuleDatabase) -> list[int]:
    async with shop.read() as session:
        return list((await session.execute(text("SELECT sequence FROM freestone_outbox ORDER BY 1"))).scalars())


async def known(readers: Readers) -> dict[str, int]:
    return {each.name: each.position for each in await readers.known()}


async def knows(readers: Readers, name: str, position: int, *codes: str) -> None:
    readers.note(name, position, frozenset(codes or SOLD))
    await readers.store()


async def read(outbox: StoredOutbox, name: str, after: int, batches: int = 1) -> None:
    """Read as a module does whose call has come along a route."""
    with scope() as frame:
        frame.route = Route(name, "shop.outbox", contract_of(Outbox).operations["pull"])
        async with aclosing(outbox.pull(after, SOLD)) as stream:  # type: ignore[type-var]  # it is a generator
            for _ in range(batches):
                await anext(stream)


async def test_events_go_when_they_are_old_and_the_newest_stays(
    shop: ModuleDatabase, keeper: Keeper, clock: Clock
) -> None:
    await published(shop, clock, 12, 10.1, 9.9, 1)
    await keeper.purge()
    assert await kept(shop) == [3, 4]
    clock.now += 100 * DAY
    await keeper.purge()
    assert await kept(shop) == [4]
    await publish(shop, Opened())
    assert await kept(shop) == [4, 5]


async def test_many_go_in_batches_between_which_others_write(
    shop: ModuleDatabase, keeper: Keeper, clock: Clock
) -> None:
    await published(shop, clock, *[20] * (3 * AT_ONCE))
    purging, sizes = asyncio.create_task(keeper.purge()), list[int]()
    while not purging.done():
        await publish(shop, Opened())
        sizes.append(len(await kept(shop)))
    await purging
    assert any(AT_ONCE < size < 3 * AT_ONCE for size in sizes)
    assert sum(number <= 3 * AT_ONCE for number in await kept(shop)) == 0


async def test_two_keepers_at_once_do_no_harm(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock
) -> None:
    await published(shop, clock, *[20] * (2 * AT_ONCE), 1)
    await asyncio.gather(keeper.purge(), Keeper(shop, readers, KEPT, clock).purge())
    assert await kept(shop) == [2 * AT_ONCE + 1]


async def test_what_a_reader_lacks_is_kept_twice_as_long(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await published(shop, clock, 12, 12, 12, 1)
    await knows(readers, "mail", 1)
    await keeper.purge()
    assert await kept(shop) == [2, 3, 4]
    await knows(readers, "mail", 2)
    await keeper.purge()
    assert await kept(shop) == [3, 4]
    clock.now += 9 * DAY
    await knows(readers, "mail", 2)
    await keeper.purge()
    assert await kept(shop) == [4]
    assert "mail lost 1 events of shop that it had not read in time" in caplog.text


async def test_events_that_nobody_who_is_behind_listens_to_are_not_kept_for_it(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await published(shop, clock, 12, 12, code=Opened.code)
    await published(shop, clock, 1)
    await knows(readers, "mail", 0, Sold.code)
    await keeper.purge()
    assert await kept(shop) == [3]
    assert not caplog.records


async def test_a_reader_is_warned_once_and_once_more_before_it_loses_anything(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def warnings() -> int:
        return sum("mail has not read events of shop from" in each.message for each in caplog.records)

    await published(shop, clock, 8.9, 1, 1)
    said = []
    for days in (0, 0.2, 0.2, 5, 4.8, 0.1):
        clock.now += round(days * DAY)
        await knows(readers, "mail", 0)
        await keeper.purge()
        said.append(warnings())
    assert said == [0, 1, 1, 1, 2, 2]
    assert await kept(shop) == [1, 2, 3]
    clock.now += 2 * DAY
    await keeper.purge()
    assert await kept(shop) == [2, 3]
    assert [each.levelno for each in caplog.records] == [logging.WARNING] * 2 + [logging.ERROR]


async def test_one_that_caught_up_is_warned_anew_when_it_falls_behind(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await published(shop, clock, 9.5, 1)
    for position in (0, 2, 2):
        await knows(readers, "mail", position)
        await keeper.purge()
    assert len(caplog.records) == 1
    await published(shop, clock, 9.5, 1)
    await keeper.purge()
    assert len(caplog.records) == 2


async def test_a_reader_that_is_gone_for_long_is_forgotten_and_nothing_kept_for_it(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await knows(readers, "mail", 0)
    clock.now += 19 * DAY
    await published(shop, clock, 12, 12, 1)
    await keeper.purge()
    assert await kept(shop) == [1, 2, 3]
    clock.now += 2 * DAY
    await keeper.purge()
    assert await kept(shop) == [3]
    assert await known(readers) == {}
    assert "mail, which has not read from shop for long, is forgotten" in caplog.text


async def test_who_asks_for_what_is_gone_is_told_once_and_goes_on(
    shop: ModuleDatabase, keeper: Keeper, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await published(shop, clock, 12, 12)
    await published(shop, clock, 12, code=Opened.code)
    await published(shop, clock, 1)
    await keeper.purge()
    box = StoredOutbox(shop)
    (record,) = (await anext(box.pull(0, SOLD))).records
    assert record.sequence == 4
    assert [each.message for each in caplog.records] == [
        "somebody asks for the events of shop after 0; those up to 2 are no longer kept, it goes on behind them"
    ]
    await anext(box.pull(0, SOLD))
    await anext(box.pull(2, SOLD))
    assert len(caplog.records) == 1


async def test_who_reads_is_known_and_how_far_it_has_come(
    shop: ModuleDatabase, readers: Readers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HEARTBEAT", 0.0)
    await published(shop, clock, 3, 2, 1)
    box = StoredOutbox(shop, strangers=("host",))
    await read(box, "host", 1)
    await read(box, "mail", 1)
    await box.readers.store()
    assert await known(readers) == {"mail": 1}
    await read(box, "mail", 1, AHEAD)
    await box.readers.store()
    assert await known(readers) == {"mail": 1}  # what it was given may still be under way
    await read(box, "mail", 1, AHEAD + 1)
    await box.readers.store()
    assert await known(readers) == {"mail": 3}
    await read(box, "mail", 0)  # as after a restored backup
    await box.readers.store()
    assert await known(readers) == {"mail": 0}


async def test_a_place_is_written_when_it_changes_and_now_and_then(
    shop: ModuleDatabase, readers: Readers, clock: Clock
) -> None:
    async def seen() -> int:
        (reader,) = await readers.known()
        return reader.seen

    await knows(readers, "mail", 7, *BOTH)
    assert await readers.known() == [Reader("mail", 7, frozenset(BOTH), clock.now)]
    began = clock.now
    clock.now += RENEWED - 1
    await knows(readers, "mail", 7, *BOTH)
    assert await seen() == began
    clock.now += 1
    await knows(readers, "mail", 7, *BOTH)
    assert await seen() == clock.now


async def test_it_is_done_for_ever(
    shop: ModuleDatabase, keeper: Keeper, readers: Readers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def until(condition: Callable[[], Awaitable[bool]]) -> None:
        while not await condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.001)

    async def is_noted() -> bool:
        return await known(readers) == {"mail": 1}

    async def is_purged() -> bool:
        return await kept(shop) == [2, 3]

    monkeypatch.setattr(keeping, "NOTED_EVERY", 0.001)
    await published(shop, clock, 9, 9, 1)
    readers.note("mail", 1, frozenset(SOLD))
    task = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(10.0):
            await until(is_noted)
            assert await kept(shop) == [1, 2, 3]
            clock.now += 2 * DAY
            await until(is_purged)
    finally:
        task.cancel()
