"""One module's endless reading of another's outbox."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

from app.data.database import ModuleDatabase
from app.data.shared import News
from app.events.clock import Clock
from app.events.handlers import Handlers, acting
from app.events.intake import Intake
from app.events.lag import Lag
from app.events.lease import Lease, LeaseLost
from app.events.parking import Parking, backoff
from app.events.retrying import Retrying
from app.failpoints import failpoints
from contracts.kit import Event, Unavailable
from contracts.kit.context import scope
from contracts.kit.module import Handler
from contracts.kit.outbox import Outbox

LONGEST_PAUSE = 10.0
"""Seconds, at most, before a stream that broke is opened again."""

STARTING = 5.0
"""Seconds for which a publisher may be unavailable before that is a warning: its host may start, or start again."""

log = logging.getLogger("freestone.events")


class Subscription:
    """Pulls one publisher's events and applies them, as `Intake` says, to one subscriber's database.

    Of several for the same database, wherever they run, one holds the lease and does the work; the others stand by.
    ``position`` is the last sequence that was applied, set aside or passed over, as far as this one knows; ``pause``
    is the first pause after a failure, in seconds.
    """

    def __init__(
        self,
        subscriber: str,
        publisher: str,
        outbox: Outbox,
        database: ModuleDatabase,
        handlers: Mapping[type[Event], Handler],
        *,
        pause: float = 0.2,
        clock: Clock | None = None,
    ) -> None:
        self.subscriber = subscriber
        self.publisher = publisher
        self.position = 0
        self._outbox = outbox
        self._database = database
        self._codes = tuple(sorted(event.code for event in handlers))
        clock = clock or database.clock
        self._lease = Lease(publisher, database, clock)
        self._lag = Lag(clock)
        called = Handlers(subscriber, handlers)
        self._intake = Intake(publisher, database, called, self._lease, clock, pause)
        self._retrying = Retrying(publisher, database, called, self._lease, clock, pause)
        self._pause = pause
        self._lost, self._lost_since = 0, 0.0
        self._said = ""
        self._moved = News()

    async def run(self) -> NoReturn:
        """Read and apply, for ever, whenever the lease can be had; after a failure, again after a pause."""
        with scope(context=acting(self.subscriber)):
            while True:
                try:
                    async with self._leased():
                        await self._work()
                except* LeaseLost:
                    log.warning("%s lost the lease on the events of %s", self.subscriber, self.publisher)
                except* Exception as errors:  # noqa: BLE001  # whatever it is, the next try may do better
                    await self._recover(errors.exceptions[0])

    async def reached(self, sequence: int) -> None:
        """Return when everything up to a sequence was applied, set aside or passed over."""
        while True:
            ticket = self._moved.ticket()
            if self.position >= sequence:
                return
            await self._moved.wait(ticket)

    @property
    def holds(self) -> bool:
        """Whether this one does the work, as far as it knows."""
        return self._lease.token > 0

    @property
    def failures(self) -> int:
        """How often an event could not be handled since the start."""
        return self._intake.failures + self._retrying.failures

    @property
    def behind(self) -> float | None:
        """The age in seconds of the oldest event that may be unread; None where another does the work."""
        return self._lag.seconds(self._intake.stored)

    @property
    def set_aside(self) -> int | None:
        """How many events are set aside, as of about a second ago; None where another does the work."""
        return None if self.behind is None else self._retrying.left

    async def parked(self) -> int:
        """Return how many events are set aside: waiting for a try, parked for good, or behind such a one."""
        async with self._database.read() as session:
            return (await Parking(self.publisher).left(session))[0]

    @asynccontextmanager
    async def _leased(self) -> AsyncIterator[None]:
        try:
            while not await self._lease.take():
                self._lag.stand_by()
                self._at(max(self.position, await self._intake.position()))
                await self._lease.wait()
            self._lag.begin()
            if left := await self.parked():
                told = "%s: %d events of %s are set aside; see them with freestone events list %s"
                log.warning(told, self.subscriber, left, self.publisher, self.subscriber)
            yield
        finally:
            with suppress(Exception):  # it runs out
                await self._lease.release()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_unbroken(self._lease.keep()))
            tasks.create_task(_unbroken(self._retrying.run(self._intake.aside)))
            tasks.create_task(_unbroken(self._follow()))

    async def _follow(self) -> NoReturn:
        """Read and apply; after a stream that ended or failed, go on with another one."""
        while True:
            try:
                await self._pull()
            except LeaseLost:
                raise
            except Exception as error:  # noqa: BLE001  # whatever it is, the next try may do better
                await self._recover(error)
            else:
                await self._recover(None)

    async def _pull(self) -> None:
        self._at(await self._intake.position())
        stream = self._outbox.pull(self.position, self._codes)
        try:
            async for batch in stream:
                self._lag.came(batch)
                if failpoints.armed and batch.records:
                    failpoints.hit("events.taken", f"{self.subscriber} ← {self.publisher}")
                self._at(await self._intake.take(batch, self.position))
                if failpoints.armed and batch.records:
                    failpoints.hit("events.done", f"{self.subscriber} ← {self.publisher}")
                self._lost, self._said = 0, ""
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    async def _recover(self, error: BaseException | None) -> None:
        """Say what is wrong, once for as long as it stays the same, and pause."""
        now = time.monotonic()
        if not self._lost:
            self._lost_since = now
        may_start = isinstance(error, Unavailable) and now < self._lost_since + STARTING
        if error is not None and repr(error) != self._said and not may_start:
            self._said = repr(error)
            log.warning("%s cannot read the events of %s: %s", self.subscriber, self.publisher, self._said)
        self._lost += 1
        await asyncio.sleep(backoff(self._pause, self._lost, LONGEST_PAUSE))

    def _at(self, position: int) -> None:
        self.position = position
        self._moved.tell()


async def _unbroken(work: Coroutine[Any, Any, None]) -> None:
    """Do a part of the work; where it ends as cancelled and nobody cancelled it, that is a failure like any other.

    A task group would take it for one that has done its part.
    """
    task = asyncio.current_task()
    assert task is not None
    try:
        await work
    except asyncio.CancelledError as error:
        if task.cancelling():
            raise
        raise RuntimeError("it waited for something that was cancelled") from error
