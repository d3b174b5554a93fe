"""Events that a module could not handle, and those that wait behind them, so that order per key holds.

Of each key only the first can have a time when it is `due`; where it has none, it is parked for good, until an operator
decides. Whatever takes the first out makes the next one due in the same transaction.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import instant, microseconds, parked
from contracts.kit.outbox import Record

TRIES = 8
"""How often an event is tried before it is parked for good."""
LONGEST_PAUSE = 60.0
"""Seconds between tries, at most."""
LONGEST = 4000
"""Characters of an error that are kept."""
_AT_ONCE = 500
"""Keys in one statement: SQLite takes only so many parameters (SQLITE_MAX_VARIABLE_NUMBER)."""

_FIELDS = tuple(parked.c[name] for name in Record.__struct_fields__)


def backoff(first: float, tries: int, longest: float = LONGEST_PAUSE) -> float:
    """Return how long to pause after so many tries: doubled each time, with jitter, in seconds."""
    return min(first * 2.0 ** min(tries - 1, 50), longest) * random.uniform(0.5, 1.0)


def told(error: BaseException) -> str:
    """Return an error as it is kept: its representation, cut to a tenth, and below it the end of its traceback."""
    head = repr(error).replace("\n", " ")[: LONGEST // 10]
    return f"{head}\n{''.join(traceback.format_exception(error))[-(LONGEST - len(head) - 1) :]}"


class Parking:
    """One publisher's events in a subscriber's database that wait for a try, and those that are parked."""

    def __init__(self, publisher: str) -> None:
        self._publisher = publisher
        self._mine = parked.c.publisher == publisher

    async def add(
        self, session: AsyncSession, record: Record, *, tries: int = 0, error: str = "", due: int | None = None
    ) -> None:
        """Set an event aside. ``tries`` is 0 for one that only waits behind another of its key."""
        values = {name: getattr(record, name) for name in Record.__struct_fields__}
        values |= {"published": microseconds(record.published), "parked": microseconds(datetime.now(UTC))}
        await session.execute(
            insert(parked).values(publisher=self._publisher, tries=tries, error=error, due=due, **values)
        )

    async def taken(self, session: AsyncSession, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that have events here, so that others of theirs have to wait."""
        asked, found = list(set(keys)), set[str]()
        for start in range(0, len(asked), _AT_ONCE):
            some = parked.c.key.in_(asked[start : start + _AT_ONCE])
            found.update((await session.execute(select(parked.c.key).where(self._mine, some).distinct())).scalars())
        return found

    async def left(self, session: AsyncSession) -> tuple[int, int | None]:
        """Return how many events are here, and when the earliest try is due, None where none is."""
        found = select(func.count().label("left"), func.min(parked.c.due).label("due")).where(self._mine)
        row = (await session.execute(found)).one()
        return row.left, row.due

    async def due(self, session: AsyncSession, now: int) -> tuple[Record, int] | None:
        """Return the event whose try has been due for the longest time, and how often it was tried.

        One that is due later than any pause could make it was set aside before somebody set the clock back: it is due.
        """
        later = now + round(2 * LONGEST_PAUSE * 1e6)
        found = select(*_FIELDS, parked.c.tries).where(self._mine, (parked.c.due <= now) | (parked.c.due > later))
        row = (await session.execute(found.order_by(parked.c.due, parked.c.sequence).limit(1))).one_or_none()
        return None if row is None else (_record(row), row.tries)

    async def blame(self, session: AsyncSession, sequence: int, error: str, due: int | None) -> None:
        """Count another failed try of an event; without a next one it is parked for good."""
        mine = update(parked).where(self._mine, parked.c.sequence == sequence)
        await session.execute(mine.values(tries=parked.c.tries + 1, error=error, due=due))

    async def remove(self, session: AsyncSession, sequence: int, key: str, now: int) -> None:
        """Take an event out, because it was handled or shall not be; if it was its key's first, the next is due."""
        first = await self._first(session, key)
        await session.execute(delete(parked).where(self._mine, parked.c.sequence == sequence))
        if first == sequence:
            await self.again(session, key, now)

    async def again(self, session: AsyncSession, key: str, now: int) -> int | None:
        """Make the first event of a key due at once; return its sequence, None where the key has none."""
        first = await self._first(session, key)
        await session.execute(update(parked).where(self._mine, parked.c.sequence == first).values(due=now))
        return first

    async def _first(self, session: AsyncSession, key: str) -> int | None:
        found = select(func.min(parked.c.sequence)).where(self._mine, parked.c.key == key)
        first: int | None = (await session.execute(found)).scalar_one()
        return first


def _record(row: Any) -> Record:
    values = {name: getattr(row, name) for name in Record.__struct_fields__}
    return Record(**values | {"published": instant(row.published)})
