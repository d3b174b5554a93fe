"""What an operator sees, and does, of the events that one module has set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.tables import instant, leases, parked
from app.events.clock import Clock
from app.events.lease import is_live
from app.events.parking import Parking


class SetAside(msgspec.Struct, frozen=True):
    """An event that could not be handled: ``waiting`` for its next try, at ``due``, or ``parked`` for good.

    One that is ``behind`` such an event of its key was not tried yet. ``since`` is when it was set aside.
    """

    module: str
    publisher: str
    sequence: int
    code: str
    key: str
    state: Literal["waiting", "parked", "behind"]
    tries: int
    since: datetime
    due: datetime | None
    error: str
    published: datetime
    request_id: str
    payload: msgspec.Raw | str | None = None


class Behind(Exception):
    """An event cannot be tried before ``first``, which comes before it and has the same key."""

    def __init__(self, first: int) -> None:
        super().__init__(first)
        self.first = first


class Desk:
    """Looks at one module's database and changes it, whether or not the module runs."""

    def __init__(self, database: ModuleDatabase, clock: Clock | None = None) -> None:
        self.database = database
        self._clock = clock or database.clock

    async def publishers(self) -> list[str]:
        """Return the publishers of whose events some are set aside."""
        async with self.database.read() as session:
            return list((await session.execute(select(parked.c.publisher).distinct())).scalars())

    async def count(self) -> int:
        """Return how many events are set aside."""
        async with self.database.read() as session:
            return (await session.execute(select(func.count()).select_from(parked))).scalar_one()

    async def events(self, limit: int) -> Sequence[SetAside]:
        """Return the first events of each publisher, at most so many, without what they say."""
        columns = [column for column in parked.c if column.name != "payload"]
        found = select(*columns, _first().label("first")).order_by(parked.c.publisher, parked.c.sequence)
        async with self.database.read() as session:
            return [self._shown(row) for row in await session.execute(found.limit(limit))]

    async def find(self, publisher: str, sequence: int) -> SetAside | None:
        """Return one event, with what it says."""
        found = select(*parked.c, _first().label("first")).where(*_one(publisher, sequence))
        async with self.database.read() as session:
            row = (await session.execute(found)).one_or_none()
        return None if row is None else msgspec.structs.replace(self._shown(row), payload=_payload(row.payload))

    async def keys(self, publisher: str) -> list[str]:
        """Return the keys of which events are set aside."""
        async with self.database.read() as session:
            found = select(parked.c.key).where(parked.c.publisher == publisher).distinct()
            return list((await session.execute(found)).scalars())

    async def held(self, publisher: str) -> bool:
        """Say whether somebody applies this publisher's events now, and so tries again what is due."""
        async with self.database.read() as session:
            found = select(leases.c.until).where(leases.c.publisher == publisher)
            until = (await session.execute(found)).scalar_one_or_none()
        return until is not None and is_live(until, self._clock())

    async def retry(self, publisher: str, sequence: int | None = None, key: str | None = None) -> dict[int, int]:
        """Make due at once one event, the first of a key, or those of all keys; return them, with their new times.

        `Behind` where an event has to wait for another one.
        """
        now = self._clock()
        async with self.database.transaction() as work:
            mine = parked.c.publisher == publisher
            if sequence is not None:
                mine &= parked.c.sequence == sequence
                await _check_first(work.session, publisher, sequence)
            elif key is not None:
                mine &= parked.c.key == key
            firsts = select(func.min(parked.c.sequence)).where(mine).group_by(parked.c.key)
            sequences = list((await work.session.execute(firsts)).scalars())
            due = update(parked).where(parked.c.publisher == publisher, parked.c.sequence.in_(firsts.scalar_subquery()))
            await work.session.execute(due.values(due=now))
        return dict.fromkeys(sequences, now)

    async def tried(self, publisher: str, due: dict[int, int]) -> tuple[int, dict[int, str]]:
        """Of events that `retry` made due, return how many were handled, and those that failed, with their errors."""
        async with self.database.read() as session:
            seen = (parked.c.publisher == publisher) & ((parked.c.tries > 0) | parked.c.due.is_not(None))
            found = select(parked.c.sequence, parked.c.due, parked.c.error).where(seen)
            left = {row.sequence: row for row in await session.execute(found) if row.sequence in due}
        failed = {number: row.error.partition("\n")[0] for number, row in left.items() if row.due != due[number]}
        return len(due) - len(left), failed

    async def discard(self, publisher: str, sequence: int | None = None, key: str | None = None) -> int:
        """Take out for good one event, those of a key, or all; return how many. What waited behind one is due."""
        async with self.database.transaction() as work:
            mine = parked.c.publisher == publisher
            if sequence is not None:
                of = (await work.session.execute(select(parked.c.key).where(*_one(publisher, sequence)))).scalar()
                if of is None:
                    return 0
                await Parking(publisher).remove(work.session, sequence, of, self._clock())
                return 1
            if key is not None:
                mine &= parked.c.key == key
            return len((await work.session.execute(delete(parked).where(mine).returning(parked.c.sequence))).all())

    def _shown(self, row: Any) -> SetAside:
        first = row.sequence == row.first
        return SetAside(
            module=self.database.module,
            publisher=row.publisher,
            sequence=row.sequence,
            code=row.code,
            key=row.key,
            state="behind" if not first else "parked" if row.due is None else "waiting",
            tries=row.tries,
            since=instant(row.parked),
            due=None if row.due is None else instant(row.due),
            error=row.error,
            published=instant(row.published),
            request_id=row.request_id,
        )


def _first() -> ColumnElement[int]:
    """The first event of the same key."""
    others = parked.alias()
    same = (others.c.publisher == parked.c.publisher) & (others.c.key == parked.c.key)
    return select(func.min(others.c.sequence)).where(same).correlate(parked).scalar_subquery()


def _one(publisher: str, sequence: int) -> tuple[ColumnElement[bool], ...]:
    return parked.c.publisher == publisher, parked.c.sequence == sequence


async def _check_first(session: AsyncSession, publisher: str, sequence: int) -> None:
    first = (await session.execute(select(_first()).select_from(parked).where(*_one(publisher, sequence)))).scalar()
    if first is not None and first != sequence:
        raise Behind(first)


def _payload(payload: bytes) -> msgspec.Raw | str:
    """Return JSON as it is, and what is none as text."""
    try:
        msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return payload.decode(errors="backslashreplace")
    return msgspec.Raw(payload)
