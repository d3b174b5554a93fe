"""What nobody needs any more, removed a little at a time so that nobody waits for it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningDelete

from modules.accounts.domain.throttles import FORGET
from modules.accounts.store.tables import buckets, failures, known_sources, sessions

BATCH = 500
REMEMBER = 90 * 86_400
"""Seconds for which a source counts as known after its last log-in."""


def _delete_some(table: Table, instant: ColumnElement[int]) -> ReturningDelete[int]:
    """Remove some of the rows whose ``instant`` has come."""
    due = select(*table.primary_key).where(instant <= bindparam("before")).limit(BATCH)
    return delete(table).where(tuple_(*table.primary_key).in_(due)).returning(instant)


_STALE = (
    (_delete_some(sessions, sessions.c.ends), 0),
    (_delete_some(buckets, buckets.c.empty_at), 0),
    (_delete_some(failures, failures.c.until), FORGET),
    (_delete_some(known_sources, known_sources.c.seen), REMEMBER),
)
"""What to remove, and the seconds for which it is kept beyond its instant."""


async def purge(session: AsyncSession, now: int) -> bool:
    """Remove at most `BATCH` of each kind; say whether there may be more."""
    fullest = 0
    for statement, kept in _STALE:
        removed = (await session.scalars(statement, {"before": now - kept})).all()
        fullest = max(fullest, len(removed))
    return fullest == BATCH
