"""A poison event is parked, its key waits behind it, and the others go on."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.events.intake import LONGEST_PAUSE, TRIES, backoff
from contracts.kit import Work
from tests.app.events.conftest import Sold, publish, running, send, sent, subscribe


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


EVENTS = [
    Sold(sku="a", number=1),
    Sold(sku="b", number=2),
    Sold(sku="a", number=3),
    Sold(sku="b", number=4),
    Sold(sku="a", number=5),
]


async def parked(mail: ModuleDatabase) -> list[tuple[Any, ...]]:
    query = "SELECT publisher, sequence, key, tries, error FROM freestone_parked ORDER BY sequence"
    async with mail.read() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def test_its_key_waits_and_the_others_go_on(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *EVENTS)
    handler = Picky(3)
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await subscription.reached(5)
        await publish(shop, Sold(sku="a", number=6), Sold(sku="c", number=7))
        await subscription.reached(7)
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("c", 7)]
    assert await parked(mail) == [
        ("shop", 3, "a", TRIES, "ValueError('cannot stand 3')"),
        ("shop", 5, "a", 0, ""),
        ("shop", 6, "a", 0, ""),
    ]
    assert await subscription.parked() == 3
    assert handler.tried.count(3) == TRIES + 1  # together with the others, and then alone


async def test_parked_events_are_tried_again_in_order(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    await publish(shop, *EVENTS)
    handler = Picky(3, 5)
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await subscription.reached(5)
        assert await subscription.retry() == 0
        assert await parked(mail) == [
            ("shop", 3, "a", TRIES + 1, "ValueError('cannot stand 3')"),
            ("shop", 5, "a", 0, ""),
        ]
        handler.poison = {5}
        assert await subscription.retry() == 1
        handler.poison = set()
        await publish(shop, Sold(sku="a", number=6))
        await subscription.reached(6)
        assert await subscription.retry() == 2
        await publish(shop, Sold(sku="a", number=7))
        await subscription.reached(7)
    assert await sent(mail) == [("a", 1), ("b", 2), ("b", 4), ("a", 3), ("a", 5), ("a", 6), ("a", 7)]
    assert await parked(mail) == []


@pytest.mark.parametrize("payload", ["", "{}", '{"sku":"a"}', '{"sku":"a","number":"x"}', "\xff"])
async def test_what_cannot_be_decoded_is_parked_at_once(
    shop: ModuleDatabase, mail: ModuleDatabase, payload: str
) -> None:
    with closing(sqlite3.connect(shop.file)) as other, other:
        insert = "INSERT INTO freestone_outbox VALUES (NULL, 'shop.sold', 'a', ?, '', 0)"
        other.execute(insert, (payload.encode("latin-1"),))
    handler = Picky()
    subscription = subscribe(shop, mail, handler)
    async with running(subscription):
        await subscription.reached(1)
    ((_, _, _, tries, error),) = await parked(mail)
    assert (tries, error.startswith("Undecodable"), handler.tried) == (1, True, [])


async def test_a_handler_that_awaited_something_cancelled_is_parked_like_any(
    shop: ModuleDatabase, mail: ModuleDatabase
) -> None:
    async def unlucky(event: Sold, work: Work[Any]) -> None:
        await send(event, work)
        if event.sku == "a":
            cancelled = asyncio.get_running_loop().create_future()
            cancelled.cancel()
            await cancelled

    await publish(shop, *EVENTS[:2])
    subscription = subscribe(shop, mail, unlucky)
    async with running(subscription):
        async with asyncio.timeout(10):
            await subscription.reached(2)
        assert await subscription.retry() == 0
    assert await sent(mail) == [("b", 2)]
    assert await parked(mail) == [
        ("shop", 1, "a", TRIES + 1, "RuntimeError('The handler of shop.sold awaited something that was cancelled.')")
    ]


async def test_unknown_fields_are_ignored(shop: ModuleDatabase, mail: ModuleDatabase) -> None:
    with closing(sqlite3.connect(shop.file)) as other, other:
        payload = b'{"sku":"a","number":1,"colour":"red"}'
        other.execute("INSERT INTO freestone_outbox VALUES (NULL, 'shop.sold', 'a', ?, '', 0)", (payload,))
    subscription = subscribe(shop, mail)
    async with running(subscription):
        await subscription.reached(1)
    assert await sent(mail) == [("a", 1)]


def test_pauses_grow_with_jitter_to_a_limit() -> None:
    for tries in range(1, 40):
        full = min(0.1 * 2 ** (tries - 1), LONGEST_PAUSE)
        assert full / 2 <= backoff(0.1, tries) <= full
    assert len({backoff(1.0, 1) for _ in range(10)}) > 1
