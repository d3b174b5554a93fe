"""How far a module has read a publisher's outbox."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import cursors


class Cursor:
    """One publisher's cursor in a subscriber's database, moved in the transaction of the effects."""

    def __init__(self, publisher: str) -> None:
        self._publisher = publisher
        self._mine = cursors.c.publisher == publisher

    async def read(self, session: AsyncSession) -> int:
        """Return the last sequence that was handled, 0 before the first."""
        found = select(cursors.c.position).where(self._mine)
        return (await session.execute(found)).scalar_one_or_none() or 0

    async def move(self, session: AsyncSession, position: int) -> None:
        """Set the last sequence that was handled."""
        moved = await session.execute(update(cursors).where(self._mine).values(position=position).returning(1))
        if moved.first() is None:
            await session.execute(insert(cursors).values(publisher=self._publisher, position=position))
