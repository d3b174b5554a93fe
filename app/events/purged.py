"""What of an outbox is gone: the last event of each code that was purged."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import purged


async def remember(session: AsyncSession, last: Mapping[str, int]) -> None:
    """Store, for each code, the last sequence that is purged in this transaction."""
    found = select(purged.c.code, purged.c.sequence).where(purged.c.code.in_(last))
    before = {row.code: row.sequence for row in await session.execute(found)}
    for code, sequence in last.items():
        if code not in before:
            await session.execute(insert(purged).values(code=code, sequence=sequence))
        elif before[code] < sequence:
            await session.execute(update(purged).where(purged.c.code == code).values(sequence=sequence))


async def lost(session: AsyncSession, after: int, codes: Collection[str]) -> int:
    """Return the last sequence behind ``after`` of an event of these codes that was purged; 0 where none was."""
    found = select(func.max(purged.c.sequence)).where(purged.c.code.in_(codes), purged.c.sequence > after)
    return (await session.execute(found)).scalar_one() or 0
