"""The outbox as a stream: history, then what comes, in the order of commits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

import pytest

from app.data import shared
from app.data.database import ModuleDatabase
from app.events import outbox
from app.events.outbox import LARGEST, StoredOutbox
from contracts.kit import Context
from contracts.kit.context import scope
from contracts.kit.outbox import Batch
from tests.app.events.conftest import Opened, Sold, publish, write_raw

SOLD = (Sold.code,)
PUBLISHER = """
import asyncio, sys
from app.data.database import ModuleDatabase
from app.data.places import place_at
from tests.databases import both_engines
from tests.app.events.conftest import Sold, publish

pytestmark = both_engines

async def main():
    shop = await ModuleDatabase.open(place_at("shop", sys.argv[1]), migrations=None, events=(Sold,))
    print("open", flush=True)
    for number, _ in enumerate(sys.stdin):
        await publish(shop, Sold(sku="a", number=number))
    await shop.close()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _without_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "HEARTBEAT", 3600.0)


async def take(batches: AsyncIterator[Batch]) -> tuple[list[int], int]:
    batch = await anext(batches)
    return [record.sequence for record in batch.records], batch.head


async def test_history_comes_in_batches(shop: ModuleDatabase) -> None:
    await publish(shop, *(Sold(sku="a", number=number) for number in range(LARGEST + 20)))
    batches = StoredOutbox(shop).pull(0, SOLD)
    assert await take(batches) == (list(range(1, LARGEST + 1)), LARGEST)
    assert await take(batches) == (list(range(LARGEST + 1, LARGEST + 21)), LARGEST + 20)


async def test_a_record_is_the_event_with_its_request(shop: ModuleDatabase) -> None:
    with scope(context=Context(request_id="r1")):
        await publish(shop, Sold(sku="a", number=7))
    (record,) = (await anext(StoredOutbox(shop).pull(0, SOLD))).records
    assert (record.code, record.key, record.request_id) == ("shop.sold", "a", "r1")
    assert record.payload == b'{"sku":"a","number":7}'
    assert record.published.tzinfo is not None


async def test_a_commit_wakes_every_reader(shop: ModuleDatabase) -> None:
    readers = [StoredOutbox(shop).pull(0, SOLD) for _ in range(3)]
    assert [await take(each) for each in readers] == [([], 0)] * 3
    waiting = [asyncio.create_task(take(each)) for each in readers]
    await publish(shop, Sold(sku="a", number=1))
    assert await asyncio.gather(*waiting) == [([1], 1)] * 3


async def test_a_commit_while_the_reader_is_busy_is_not_missed(shop: ModuleDatabase) -> None:
    batches = StoredOutbox(shop).pull(0, SOLD)
    await take(batches)
    await publish(shop, Sold(sku="a", number=1))
    assert await take(batches) == ([1], 1)


async def test_events_of_other_codes_are_passed_over(shop: ModuleDatabase) -> None:
    await publish(shop, Opened(), Sold(sku="a", number=1), Opened())
    batches = StoredOutbox(shop).pull(0, SOLD)
    assert await take(batches) == ([2], 3)
    await publish(shop, Opened())
    assert await take(batches) == ([], 4)


async def test_reading_goes_on_after_a_sequence(shop: ModuleDatabase) -> None:
    await publish(shop, *(Sold(sku="a", number=number) for number in range(5)))
    assert await take(StoredOutbox(shop).pull(3, SOLD)) == ([4, 5], 5)
    assert await StoredOutbox(shop).head() == 5


async def test_a_commit_in_another_process_wakes_every_reader(shop: ModuleDatabase) -> None:
    readers = [StoredOutbox(shop).pull(0, SOLD) for _ in range(2)]
    assert [await take(each) for each in readers] == [([], 0)] * 2
    program, pipe = (sys.executable, "-c", PUBLISHER, shop.place.address), asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe)
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"open\n"
    for number in range(1, 4):
        waiting = [asyncio.create_task(take(each)) for each in readers]
        other.stdin.write(b"\n")
        async with asyncio.timeout(30.0):
            assert await asyncio.gather(*waiting) == [([number], number)] * 2
    await other.communicate(b"")  # which ends what it reads


async def test_processes_that_write_and_read_miss_nothing_of_each_other(
    shop: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_by_place", WeakValueDictionary())  # as in a process of its own
    other = await ModuleDatabase.open(shop.place, migrations=None, events=(Sold,))
    assert other.published is not shop.published

    async def heads(database: ModuleDatabase) -> list[int]:
        batches, found = StoredOutbox(database).pull(0, SOLD), [0]
        while found[-1] < 60:
            found.append((await anext(batches)).head)
        return found

    async def fill(database: ModuleDatabase) -> None:
        for number in range(30):
            await publish(database, Sold(sku="a", number=number))

    async with asyncio.timeout(30.0):
        await asyncio.gather(heads(shop), heads(other), fill(shop), fill(other))
    await other.close()


async def test_what_another_process_wrote_is_found_at_the_next_heartbeat(
    shop: ModuleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HEARTBEAT", 0.01)
    batches = StoredOutbox(shop).pull(0, SOLD)
    assert [await take(batches), await take(batches)] == [([], 0), ([], 0)]
    await write_raw(shop)
    while (found := await take(batches)) == ([], 0):
        pass
    assert found == ([1], 1)


async def test_a_retired_outbox_ends_its_streams(shop: ModuleDatabase) -> None:
    retiring = StoredOutbox(shop)
    batches = retiring.pull(0, SOLD)
    await take(batches)
    waiting = asyncio.create_task(take(batches))
    await asyncio.sleep(0)
    retiring.retire()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_concurrent_commits_have_no_gap_and_no_number_twice(shop: ModuleDatabase) -> None:
    await asyncio.gather(*(publish(shop, Sold(sku=str(number), number=number)) for number in range(40)))
    assert await take(StoredOutbox(shop).pull(0, SOLD)) == (list(range(1, 41)), 40)
