"""A shop that sells, and mail that listens: each with its own database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.events.outbox import StoredOutbox
from app.events.subscription import Subscription
from contracts.kit import Event, Work
from contracts.kit.module import Handler
from contracts.kit.outbox import Outbox


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
async def shop(tmp_path: Path) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open("shop", tmp_path, migrations=None, events=(Sold, Opened))
    yield opened
    await opened.close()


@pytest.fixture
async def mail(tmp_path: Path) -> AsyncIterator[ModuleDatabase]:
    opened = await ModuleDatabase.open("mail", tmp_path, migrations=None)
    async with opened.write() as work:
        await work.session.execute(text("CREATE TABLE sent (place INTEGER PRIMARY KEY, sku TEXT, number INTEGER)"))
    yield opened
    await opened.close()


async def publish(shop: ModuleDatabase, *events: Event) -> None:
    async with shop.write() as work:
        for event in events:
            work.publish(event)


async def send(event: Sold, work: Work[Any]) -> None:
    """The usual handler: one row for each event."""
    insert = text("INSERT INTO sent (sku, number) VALUES (:sku, :number)")
    await work.session.execute(insert, {"sku": event.sku, "number": event.number})


async def sent(mail: ModuleDatabase) -> list[tuple[str, int]]:
    async with mail.read() as session:
        return [tuple(row) for row in await session.execute(text("SELECT sku, number FROM sent ORDER BY place"))]


def subscribe(shop: ModuleDatabase | Outbox, mail: ModuleDatabase, handler: Handler = send) -> Subscription:
    outbox = StoredOutbox(shop) if isinstance(shop, ModuleDatabase) else shop
    return Subscription("mail", "shop", outbox, mail, {Sold: handler}, pause=0.001)


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
