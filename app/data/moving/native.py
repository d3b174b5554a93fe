"""What a move needs of an engine and each engine does in its own way; which one it is, is picked here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.data.moving.shapes import Shape


class Native(Protocol):
    """Each method works in the transaction of the session that it is given."""

    async def tables(self, session: AsyncSession) -> Collection[str]:
        """Return the names of the tables that hold rows: no views, nor what only a full-text index has to itself."""

    async def odd(self, session: AsyncSession) -> Collection[str]:
        """Return the names of tables that only this engine knows the like of."""

    async def hold(self, session: AsyncSession) -> None:
        """Let this transaction, which only reads, be idle for as long as it likes."""

    async def capture(self, session: AsyncSession, shapes: Collection[Shape]) -> None:
        """Have the key of every row that is changed from the next transaction on noted in its shape's log."""

    async def release(self, session: AsyncSession) -> None:
        """Remove all that `capture` has made, for this move or another; nothing where there is nothing."""

    async def counters(self, session: AsyncSession) -> Mapping[str, int]:
        """Return the last number that was given out for new rows, by table, where the engine keeps it."""

    async def count_on(self, session: AsyncSession, counters: Mapping[str, int]) -> None:
        """Have the next numbers be beyond these, and beyond those of all rows."""

    async def loosen(self, session: AsyncSession) -> Sequence[str]:
        """Let rows come in any order and no trigger run; return the statements that undo this."""

    async def prove(self, session: AsyncSession) -> None:
        """Have the engine look at what came in while it was told not to look."""


def native_of(session: AsyncSession) -> Native:
    """Return the one for a session's engine."""
    if session.get_bind().dialect.name == "postgresql":
        from app.data.moving.native_postgresql import NativePostgresql

        return NativePostgresql()
    from app.data.moving.native_sqlite import NativeSqlite

    return NativeSqlite()


async def run(session: AsyncSession, statements: Sequence[str]) -> None:
    """Execute statements as they are."""
    connection = await session.connection()
    for statement in statements:
        await connection.exec_driver_sql(statement)
