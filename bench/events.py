"""Events from one module to another, in one process and in two: how many, how soon, how fast a late one comes up."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import uvloop
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.events.outbox import StoredOutbox
from app.events.subscription import Subscription
from app.runtime.tasks import task_factory
from bench.figures import Figure
from bench.processes import Spoken, spoken
from contracts.kit import Event, Work

ROUNDS = 5
HISTORY = 2000
"""Events that a late subscriber is behind."""
SINGLE = 200
"""Events of which each is timed."""
CLOSE = 20
"""So near to the newest event, a subscriber has come up."""
AIMS = {"events_catch_up_ratio": "≥ 2"}


class Counted(Event):
    """What the publisher tells."""

    code: ClassVar[str] = "publisher.counted"
    key: ClassVar[str] = "group"
    group: str
    number: int


class Pair:
    """A publisher and a subscriber with a subscription that does not run yet."""

    def __init__(self, publisher: ModuleDatabase, subscriber: ModuleDatabase) -> None:
        self._publisher = publisher
        self.outbox = StoredOutbox(publisher)
        self.subscription = Subscription("subscriber", "publisher", self.outbox, subscriber, {Counted: _insert})

    async def publish(self, count: int) -> None:
        """Publish so many events, each in a transaction of its own."""
        for number in range(count):
            async with self._publisher.write() as work:
                work.publish(Counted(group=str(number % 100), number=number))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have the subscriber read until the block ends."""
        task = asyncio.create_task(self.subscription.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _insert(event: Counted, work: Work[Any]) -> None:
    values = {"group": event.group, "number": event.number}
    await work.session.execute(text('INSERT INTO effects ("group", number) VALUES (:group, :number)'), values)


def measure() -> list[Figure]:
    """Return what several rounds found, each with databases of its own."""
    return figures(ROUNDS, HISTORY, SINGLE)


def figures(rounds: int, history: int, single: int) -> list[Figure]:
    """Measure so many rounds with so many events."""
    found = [uvloop.run(_round(history, single)) for _ in range(rounds)]
    return [
        Figure(name, what, unit, tuple(each[name] for each in found), AIMS.get(name, ""))
        for name, what, unit in (
            ("events_published_s", "published, one a transaction, nobody listening", "1/s"),
            ("events_history_s", "applied by a subscriber that comes late", "1/s"),
            ("events_arriving_s", "published while a late subscriber catches up", "1/s"),
            ("events_catch_up_s", "applied by it meanwhile", "1/s"),
            ("events_catch_up_ratio", "how many times as fast as they arrive", "×"),
            ("event_effect_p50_ms", "from commit to effect, the middle one", "ms"),
            ("event_effect_p99_ms", "from commit to effect, the slowest of a hundred", "ms"),
            ("events_two_processes_s", "from commit to effect, publisher and subscriber apart", "1/s"),
            ("event_effect_two_processes_p50_ms", "the same, the middle one", "ms"),
            ("event_effect_two_processes_p99_ms", "the same, the slowest of a hundred", "ms"),
        )
    ]


async def _round(history: int, single: int) -> dict[str, float]:
    asyncio.get_running_loop().set_task_factory(task_factory)
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
        publisher = await ModuleDatabase.open(SqliteFile("publisher", Path(folder)), migrations=None, events=(Counted,))
        subscriber = await ModuleDatabase.open(SqliteFile("subscriber", Path(folder)), migrations=None)
        async with subscriber.write() as work:
            table = 'CREATE TABLE effects (place INTEGER PRIMARY KEY, "group" TEXT, number INTEGER)'
            await work.session.execute(text(table))
        try:
            pair = Pair(publisher, subscriber)
            alone = await _late(pair, history) | await _arriving(pair, history) | await _single(pair, single)
            return alone | await _apart(pair, publisher.place.address, history, single)
        finally:
            await subscriber.close()
            await publisher.close()


async def _late(pair: Pair, history: int) -> dict[str, float]:
    began = time.perf_counter()
    await pair.publish(history)
    published = time.perf_counter()
    async with pair.running():
        await pair.subscription.reached(history)
        applied = time.perf_counter()
    return {"events_published_s": history / (published - began), "events_history_s": history / (applied - published)}


async def _arriving(pair: Pair, history: int) -> dict[str, float]:
    await pair.publish(history)
    first, start = await pair.outbox.head(), pair.subscription.position
    arriving = asyncio.create_task(pair.publish(100 * history))
    began = time.perf_counter()
    async with pair.running():
        while (head := await pair.outbox.head()) - pair.subscription.position > CLOSE:  # noqa: ASYNC110 - both move
            await asyncio.sleep(0.002)
        took = time.perf_counter() - began
        arriving.cancel()
        await asyncio.wait((arriving,))
    applied, arrived = (pair.subscription.position - start) / took, (head - first) / took
    return {
        "events_arriving_s": arrived,
        "events_catch_up_s": applied,
        "events_catch_up_ratio": applied / max(arrived, 1.0),
    }


async def _apart(pair: Pair, address: str, history: int, single: int) -> dict[str, float]:
    """Publish in another process."""
    with spoken("bench.tell", address) as teller:
        async with pair.running():
            await pair.subscription.reached(await pair.outbox.head())
            head = pair.subscription.position
            await _told(teller, 1)
            await pair.subscription.reached(head + 1)
            began = time.perf_counter()
            telling = asyncio.create_task(_told(teller, history))
            await pair.subscription.reached(head + 1 + history)
            rate = history / (time.perf_counter() - began)
            await telling
            times = []
            for number in range(single):
                telling = asyncio.create_task(_told(teller, 1))
                await pair.subscription.reached(head + 2 + history + number)
                applied = time.perf_counter()
                (committed,) = await telling
                times.append(max(applied - committed, 0.0) * 1e3)
    return {
        "events_two_processes_s": rate,
        "event_effect_two_processes_p50_ms": statistics.median(times),
        "event_effect_two_processes_p99_ms": statistics.quantiles(times, n=100)[98],
    }


async def _told(teller: Spoken, count: int) -> list[float]:
    """Have so many events published, and return when each was committed."""
    answer = await asyncio.to_thread(teller.ask, str(count).encode())
    return [float(each) for each in answer.split()]


async def _single(pair: Pair, count: int) -> dict[str, float]:
    times = []
    async with pair.running():
        await pair.subscription.reached(await pair.outbox.head())
        for _ in range(count):
            head = await pair.outbox.head()
            await pair.publish(1)
            committed = time.perf_counter()
            await pair.subscription.reached(head + 1)
            times.append((time.perf_counter() - committed) * 1e3)
    cuts = statistics.quantiles(times, n=100)
    return {"event_effect_p50_ms": statistics.median(times), "event_effect_p99_ms": cuts[98]}
