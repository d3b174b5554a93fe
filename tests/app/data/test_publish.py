"""Events are written with the work that they tell of, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.data.tables import instant, microseconds
from app.runtime.guard import Violation
from app.runtime.message_guard import check_event
from contracts.kit import Context, ContractError, Event
from contracts.kit.context import scope
from tests.databases import Places, both_engines

pytestmark = both_engines


class Sold(Event):
    code: ClassVar[str] = "shop.sold"
    key: ClassVar[str] = "sku"
    sku: str
    price: int = 1


class Lost(Event):
    code: ClassVar[str] = "shop.lost"
    key: ClassVar[str] = "sku"
    sku: str


@pytest.fixture
async def shop(places: Places) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open(places.of("shop"), migrations=None, events=(Sold,))
    yield opened
    await opened.close()


async def rows(database: ModuleDatabase, sql: str) -> list[Any]:
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


OUTBOX = "SELECT sequence, code, key, payload, request_id FROM freestone_outbox ORDER BY sequence"


async def test_events_are_stored_in_order_with_the_request_they_came_from(shop: ModuleDatabase) -> None:
    with scope(context=Context(request_id="r1")):
        async with shop.write() as work:
            work.publish(Sold(sku="a"))
            work.publish(Sold(sku="b", price=2))
    assert await rows(shop, OUTBOX) == [
        (1, "shop.sold", "a", b'{"sku":"a","price":1}', "r1"),
        (2, "shop.sold", "b", b'{"sku":"b","price":2}', "r1"),
    ]


@pytest.mark.usefixtures("expects_violations")
async def test_an_event_that_would_not_arrive_as_it_is_is_not_published(tmp_path: Path) -> None:
    shop = await ModuleDatabase.open(
        SqliteFile("guarded", tmp_path), migrations=None, events=(Sold,), guard=check_event
    )
    told = r"^guarded publishes Sold with a float at price where .* int; .* \(tests/app/data/test_publish\.py:\d+\)\.$"
    async with shop.write() as work:
        with pytest.raises(Violation, match=told):
            work.publish(Sold(sku="b", price=1.5))  # type: ignore[arg-type]
    assert await rows(shop, OUTBOX) == []
    await shop.close()


async def test_what_is_rolled_back_was_never_published(shop: ModuleDatabase) -> None:
    ticket = shop.published.ticket()

    async def fail() -> None:
        async with shop.write() as work:
            work.publish(Sold(sku="a"))
            await work.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await rows(shop, OUTBOX) == []
    assert shop.published.ticket() == ticket


async def test_only_declared_events_are_published(shop: ModuleDatabase) -> None:
    with pytest.raises(ContractError, match="Module shop publishes Lost, which no contract it provides declares"):
        async with shop.write() as work:
            work.publish(Lost(sku="a"))


async def test_a_commit_with_events_wakes_those_who_wait_and_another_does_not(shop: ModuleDatabase) -> None:
    waiting = asyncio.create_task(shop.published.wait(shop.published.ticket()))
    async with shop.write() as work:
        await work.session.execute(text("CREATE TABLE t (x INTEGER)"))
    assert not waiting.done()
    async with shop.write() as work:
        work.publish(Sold(sku="a"))
        await work.flush()
        assert not waiting.done()
    await waiting


async def test_a_commit_wakes_those_who_wait_at_another_opening_of_the_file(shop: ModuleDatabase) -> None:
    other = await ModuleDatabase.open(shop.place, migrations=None, events=(Sold,))
    waiting = asyncio.create_task(shop.published.wait(shop.published.ticket()))
    async with other.write() as work:
        work.publish(Sold(sku="a"))
    await waiting
    await other.close()


async def test_news_between_the_ticket_and_the_wait_are_not_missed(shop: ModuleDatabase) -> None:
    ticket = shop.published.ticket()
    async with shop.write() as work:
        work.publish(Sold(sku="a"))
    await shop.published.wait(ticket)


def test_instants_are_stored_to_the_microsecond() -> None:
    for moment in (datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2026, 1, 2, 3, 4, 5, 6, UTC)):
        assert instant(microseconds(moment)) == moment
