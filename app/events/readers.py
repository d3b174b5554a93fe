"""What a publisher knows of those who read its outbox: who, which events, how far, and when last."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.tables import readers
from app.events.clock import Clock

AHEAD = 128
"""Batches that may be under way to a reader: more than all that is buffered between two hosts."""
RENEWED = 3600 * 1_000_000
"""Microseconds after which a reader's row is written again only to say that it still reads."""


class Reader(msgspec.Struct, frozen=True):
    """One reader: everything of these ``codes`` up to ``position`` it has taken in; ``seen`` is in microseconds."""

    name: str
    position: int
    codes: frozenset[str]
    seen: int

    def lacks(self, sequence: int, code: str) -> bool:
        """Say whether this is an event that it listens to and has not taken in."""
        return sequence > self.position and code in self.codes


class Readers:
    """One outbox's readers: noted in memory as they read, and `store`d now and then.

    What a process that is killed had not stored makes a reader look further behind than it is, never further ahead.
    """

    def __init__(self, database: ModuleDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or database.clock
        self._noted: dict[str, Reader] = {}
        self._stored: dict[str, Reader] = {}

    def reading(self, name: str, after: int, codes: tuple[str, ...]) -> Reading:
        """Note that a reader begins after a sequence, which it therefore has taken in."""
        return Reading(self, name, after, codes)

    def note(self, name: str, position: int, codes: frozenset[str]) -> None:
        """Note how far a reader is, which may be less far than before."""
        self._noted[name] = Reader(name, position, codes, self._clock())

    async def store(self) -> None:
        """Write what was noted and is not yet written; most often nothing."""
        due = list(self._due())
        if not due:
            return
        async with self._database.transaction() as work:
            for reader in due:
                await _write(work.session, reader)
        self._stored |= {reader.name: reader for reader in due}

    async def known(self) -> list[Reader]:
        """Return every reader that any process has stored."""
        found = select(readers.c.name, readers.c.position, readers.c.codes, readers.c.seen).order_by(readers.c.name)
        async with self._database.read() as session:
            rows = (await session.execute(found)).all()
        return [Reader(row.name, row.position, frozenset(row.codes.split()), row.seen) for row in rows]

    async def forget(self, name: str, before: int) -> bool:
        """Remove a reader that was last seen before an instant; say whether there was one."""
        async with self._database.transaction() as work:
            gone = delete(readers).where(readers.c.name == name, readers.c.seen < before).returning(readers.c.name)
            return (await work.session.execute(gone)).first() is not None

    def _due(self) -> Iterator[Reader]:
        for name, reader in self._noted.items():
            before = self._stored.get(name)
            if (
                before is None
                or (before.position, before.codes) != (reader.position, reader.codes)
                or reader.seen - before.seen >= RENEWED
            ):
                yield reader


class Reading:
    """One stream to a reader. What was given to it some batches ago, it has taken out of every buffer."""

    def __init__(self, noted: Readers, name: str, after: int, codes: tuple[str, ...]) -> None:
        self._readers = noted
        self._name = name
        self._codes = frozenset(codes)
        self._under_way: deque[int] = deque()
        noted.note(name, after, self._codes)

    def gave(self, head: int) -> None:
        """Note that a batch which ends there was given out."""
        self._under_way.append(head)
        if len(self._under_way) > AHEAD:
            self._readers.note(self._name, self._under_way.popleft(), self._codes)


async def _write(session: AsyncSession, reader: Reader) -> None:
    values = {"position": reader.position, "codes": " ".join(sorted(reader.codes)), "seen": reader.seen}
    changed = await session.execute(update(readers).where(readers.c.name == reader.name).values(**values).returning(1))
    if changed.first() is None:
        await session.execute(insert(readers).values(name=reader.name, **values))
