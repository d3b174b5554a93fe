"""Where one module's data lies: a SQLite file, or a schema on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

UNDONE = (
    "the transaction is rolled back, since a statement in it failed; "
    "put what may fail into a savepoint, async with session.begin_nested()"
)
"""What is said to who swallows a statement's error, and goes on or commits: on both engines."""


class Bell(Protocol):
    """How a commit in one process wakes, at once, those in other processes who wait for it.

    A ring may be missed, so whoever listens looks for itself now and then.
    """

    async def ring_with(self, session: AsyncSession) -> None:
        """Ring when, and only if, this session's transaction is committed; where the engine can."""

    def ring(self) -> None:
        """Ring now, after a commit; nothing where `ring_with` has done it."""

    def listening(self) -> AbstractContextManager[None]:
        """Have it heard for as long as the block lasts; used in the event loop, which then calls."""


class Engines(Protocol):
    """A place's two engines: one that writes, with a single connection, and one that only reads."""

    writing: AsyncEngine
    reading: AsyncEngine
    look_every: float
    """Seconds, at most, between two looks of readers whether the data is still here."""

    @property
    def connections(self) -> int:
        """How many connections are open."""

    async def open(self) -> None:
        """Open one connection of each, so that what is wrong, and who it is, is known at once."""
        for engine in (self.writing, self.reading):
            async with engine.connect():
                pass

    async def close(self) -> None:
        """Close every connection, those in use too."""

    async def ahead(self) -> int:
        """Return by how many microseconds the place's clock is ahead of this machine's."""


class Place(Protocol):
    """One module's place. Its text begins a sentence about it; neither that nor its name holds a secret."""

    module: str
    """Whose data it is."""
    name: str
    """What people call it."""
    address: str
    """What `place_at` makes this place of; it may hold a secret."""

    @property
    def key(self) -> Hashable:
        """What is equal for all who mean this place, in this process."""

    def stored(self) -> Mapping[str, str] | None:
        """Return what the database says of itself: nothing if it is empty, None if Freestone did not make it.

        `LaunchRefused` where it cannot be reached or read. Nothing is written.
        """

    def settle(self) -> None:
        """Make it ready to be used by many; `LaunchRefused` where that cannot be."""

    def upgrade(self) -> AbstractContextManager[Connection]:
        """One transaction that changes tables, alone among all; committed at the end of the block."""

    def others(self, mine: int = 0) -> int:
        """Return how many connections others have open here, as far as they can be seen, beside the caller's own."""

    def shrink(self) -> None:
        """Give back the room of what was removed, where that does not happen by itself."""

    def engines(self, *, filling: bool = False) -> Engines:
        """Return engines, not opened yet; for ``filling`` a copy the one that writes looks after no rows' parents."""

    def bell(self, heard: Callable[[], None]) -> Bell:
        """Return the place's bell; ``heard`` is called when another process has rung."""


def said(rows: Iterator[tuple[str, str]] | None, tables: bool) -> Mapping[str, str] | None:
    """Return what `Place.stored` does, given the rows of freestone_meta, if it is there, or whether others are."""
    if rows is not None:
        return dict(rows)
    return None if tables else {}
