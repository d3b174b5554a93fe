"""A shop that sells, and mail that listens: each with its own database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, text

from app.data.database import ModuleDatabase
from app.data.tables import outbox
from app.events.clock import Clock
from app.events.outbox import StoredOutbox
from app.events.subscription import Subscription
from contracts.kit import Event, Work
from contracts.kit.module import Handler
from contracts.kit.outbox import Outbox
from tests.databases import Places

SENT = Table(
    "sent",
    MetaData(),
    Column("place", Integer, primary_key=True),
    Column("sku", Text),
    Column("number", Integer),
)


class Sold(Event):
    code: ClassVar[str] = "shop.sold"
    key: ClassVar[str] = "sku"
    sku: str
    number: int


class Opened(Event):
    code: ClassVar[str] = "shop.opened"
    key: ClassVar[str] = "place"
    place: str = "here"


@pytest.fixture
async def shop(places: Places) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open(places.of("shop"), migrations=None, events=(Sold, Opened))
    yield opened
    await opened.close()


@pytest.fixture
async def mail(places: Places) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open(places.of("mail"), migrations=None)
    async with opened.write() as work:
        await work.session.run_sync(lambda session: SENT.create(session.connection()))
    yield opened
    await opened.close()


async def write_raw(shop: ModuleDatabase, payload: bytes = b"{}", *published: int, code: str = Sold.code) -> None:
    """Put something into the outbox that `publish` might not, and tell nobody: one for each time."""
    row = {"code": code, "key": "a", "payload": payload, "request_id": ""}
    async with shop.transaction() as work:
        await work.session.execute(insert(outbox), [row | {"published": each} for each in published or (0,)])


async def publish(shop: ModuleDatabase, *events: Event) -> None:
    async with shop.write() as work:
        for event in events:
            work.publish(event)


async def send(event: Sold, work: Work[Any]) -> None:
    """The usual handler: one row for each event."""
    row = text("INSERT INTO sent (sku, number) VALUES (:sku, :number)")
    await work.session.execute(row, {"sku": event.sku, "number": event.number})


async def sent(mail: ModuleDatabase) -> list[tuple[str, int]]:
    async with mail.read() as session:
        return [tuple(row) for row in await session.execute(text("SELECT sku, number FROM sent ORDER BY place"))]


class Picky:
    """A handler that fails for some numbers, after its effect."""

    def __init__(self, *poison: int) -> None:
        self.poison = set(poison)
        self.tried: list[int] = []

    async def __call__(self, event: Sold, work: Work[Any]) -> None:
        self.tried.append(event.number)
        await send(event, work)
        if event.number in self.poison:
            raise ValueError(f"cannot stand {event.number}")


def subscribe(
    shop: ModuleDatabase | Outbox,
    mail: ModuleDatabase,
    handler: Handler = send,
    *,
    pause: float = 0.001,
    clock: Clock | None = None,
) -> Subscription:
    outbox = StoredOutbox(shop) if isinstance(shop, ModuleDatabase) else shop
    return Subscription("mail", "shop", outbox, mail, {Sold: handler}, pause=pause, clock=clock)


async def parked(mail: ModuleDatabase) -> list[tuple[Any, ...]]:
    """Return what is set aside: sequence, key, tries, whether a try is due some time, and the error's first line."""
    query = "SELECT sequence, key, tries, due IS NOT NULL, error FROM freestone_parked ORDER BY sequence"
    async with mail.read() as session:
        rows = [tuple(row) for row in await session.execute(text(query))]
    return [(*row[:3], bool(row[3]), row[4].partition("\n")[0]) for row in rows]


async def until(mail: ModuleDatabase, wanted: Callable[[list[tuple[Any, ...]]], bool]) -> None:
    """Wait until what is set aside is as it is wanted."""
    async with asyncio.timeout(20):
        while not wanted(await parked(mail)):  # noqa: ASYNC110 - what another process or task did is to be seen in the database only
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*subscriptions: Subscription) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in subscriptions]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
