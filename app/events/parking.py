"""Events that a module could not handle, and those that wait behind them, so that order per key holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import instant, microseconds, parked
from contracts.kit.outbox import Record

LONGEST = 2000
"""Characters of an error that are kept."""

_FIELDS = tuple(parked.c[name] for name in Record.__struct_fields__)


class Parking:
    """One publisher's parked events in a subscriber's database."""

    def __init__(self, publisher: str) -> None:
        self._publisher = publisher
        self._mine = parked.c.publisher == publisher

    async def add(self, session: AsyncSession, record: Record, *, tries: int, error: str) -> None:
        """Park an event. ``tries`` is 0 for one that only waits behind another."""
        values = {name: getattr(record, name) for name in Record.__struct_fields__}
        values |= {"published": microseconds(record.published), "parked": microseconds(datetime.now(UTC))}
        await session.execute(
            insert(parked).values(publisher=self._publisher, tries=tries, error=error[:LONGEST], **values)
        )

    async def taken(self, session: AsyncSession, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that have parked events."""
        found = select(parked.c.key).where(self._mine, parked.c.key.in_(keys)).distinct()
        return set((await session.execute(found)).scalars())

    async def keys(self, session: AsyncSession) -> Sequence[str]:
        """Return every key with parked events, the longest parked first."""
        found = select(parked.c.key).where(self._mine).group_by(parked.c.key).order_by(func.min(parked.c.sequence))
        return (await session.execute(found)).scalars().all()

    async def first(self, session: AsyncSession, key: str) -> Record | None:
        """Return the first parked event of a key."""
        found = select(*_FIELDS).where(self._mine, parked.c.key == key).order_by(parked.c.sequence).limit(1)
        row = (await session.execute(found)).one_or_none()
        return None if row is None else Record(**row._asdict() | {"published": instant(row.published)})

    async def remove(self, session: AsyncSession, record: Record) -> None:
        """Take an event out, because it was handled."""
        await session.execute(delete(parked).where(self._mine, parked.c.sequence == record.sequence))

    async def blame(self, session: AsyncSession, record: Record, error: str) -> None:
        """Count another failed try of a parked event."""
        mine = update(parked).where(self._mine, parked.c.sequence == record.sequence)
        await session.execute(mine.values(tries=parked.c.tries + 1, error=error[:LONGEST]))

    async def count(self, session: AsyncSession) -> int:
        """Return how many events are parked."""
        return (await session.execute(select(func.count()).where(self._mine))).scalar_one()
