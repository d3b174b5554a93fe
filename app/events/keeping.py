"""How long published events are kept: a set time, longer for a known reader that is behind, never for ever."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn

import msgspec
from sqlalchemy import delete, func, select

from app.data.database import ModuleDatabase
from app.data.housekeeping import AT_ONCE, PAUSE, purge_keys
from app.data.tables import instant, outbox
from app.events.clock import Clock
from app.events.purged import remember
from app.events.readers import Reader, Readers

NOTED_EVERY = 60.0
"""Seconds between two writings of how far the readers are."""
PURGED_EVERY = 60
"""After so many writings it is looked what to warn of and what to purge."""
PATIENCE = 2
"""How many times as long an event is kept for a known reader that has not read it; then the reader is forgotten too."""
MARGIN = 10
"""A warning comes when only this part of a time is left."""

log = logging.getLogger("freestone.events")


class _Due(msgspec.Struct, frozen=True):
    """The oldest events, up to ``last``, that may go: the last ``codes`` of each kind, and who ``lacks`` how many."""

    last: int
    codes: dict[str, int]
    lacks: Counter[str]
    is_all: bool


class Keeper:
    """Keeps one module's house: notes its readers, warns those that fall behind, purges events and keys.

    Events go oldest first, once they are older than ``kept`` and every known reader that listens to them has them, or
    once they are older than `PATIENCE` times that, whoever lacks them. The newest stays, so that the count goes on.
    Several keepers of one database do each other no harm. ``clock`` is in microseconds since 1970.
    """

    def __init__(self, database: ModuleDatabase, readers: Readers, kept: timedelta, clock: Clock | None = None) -> None:
        self._database = database
        self._readers = readers
        self._kept = kept // timedelta(microseconds=1)
        self._clock = clock or database.clock
        self._turn = 0
        self._said: dict[str, int] = {}

    async def run(self) -> NoReturn:
        """Do it for ever; the first time a while after the start, when the readers have said how far they are."""
        while True:
            await asyncio.sleep(NOTED_EVERY)
            await self._readers.store()
            if self._turn % PURGED_EVERY == 0:
                await self.purge()
            self._turn += 1

    async def purge(self) -> None:
        """Warn who is about to lose events, then delete what is no longer kept."""
        await purge_keys(self._database, now=self._clock())
        readers = await self._present()
        for reader in readers:
            await self._warn(reader)
        lacks = Counter[str]()
        while (due := await self._due(readers)).last:
            async with self._database.transaction() as work:
                await work.session.execute(delete(outbox).where(outbox.c.sequence <= due.last))
                await remember(work.session, due.codes)
            lacks += due.lacks
            if due.is_all:
                break
            await asyncio.sleep(PAUSE)
        for name, count in lacks.items():
            log.error("%s lost %d events of %s that it had not read in time", name, count, self._database.module)

    async def _present(self) -> list[Reader]:
        """Return the known readers, without those that were not seen for so long that nothing is kept for them."""
        limit, present = self._clock() - PATIENCE * self._kept, []
        for reader in await self._readers.known():
            if reader.seen >= limit:
                present.append(reader)
            elif await self._readers.forget(reader.name, limit):
                log.warning("%s, which has not read from %s for long, is forgotten", reader.name, self._database.module)
        return present

    async def _warn(self, reader: Reader) -> None:
        """Say that a reader is behind: when its events would go if it were unknown, and before they do go."""
        found = select(outbox.c.published).where(outbox.c.sequence > reader.position, outbox.c.code.in_(reader.codes))
        async with self._database.read() as session:
            oldest = (await session.execute(found.order_by(outbox.c.sequence).limit(1))).scalar_one_or_none()
        age = 0 if oldest is None else self._clock() - oldest
        margin = self._kept // MARGIN
        level = (age >= self._kept - margin) + (age >= PATIENCE * self._kept - margin)
        if oldest is not None and level > self._said.get(reader.name, 0):
            log.warning(
                "%s has not read events of %s from %s on; they are deleted on %s, read or not",
                reader.name,
                self._database.module,
                f"{instant(oldest):%Y-%m-%d %H:%M}",
                f"{instant(oldest + PATIENCE * self._kept):%Y-%m-%d}",
            )
        self._said[reader.name] = level

    async def _due(self, readers: Sequence[Reader]) -> _Due:
        now, last, codes, lacks = self._clock(), 0, dict[str, int](), Counter[str]()
        found = select(outbox.c.sequence, outbox.c.code, outbox.c.published).order_by(outbox.c.sequence)
        async with self._database.read() as session:
            rows = (await session.execute(found.limit(AT_ONCE))).all()
            newest = (await session.execute(select(func.max(outbox.c.sequence)))).scalar_one()
        for row in rows:
            lacking = [reader.name for reader in readers if reader.lacks(row.sequence, row.code)]
            kept = PATIENCE * self._kept if lacking else self._kept
            if row.sequence == newest or row.published >= now - kept:
                break
            last = codes[row.code] = row.sequence
            lacks.update(lacking)
        return _Due(last, codes, lacks, not rows or last < rows[-1].sequence)
