"""What SQLite does in its own way for a move."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.moving.native import Native, run
from app.data.moving.shapes import CHANGES, Shape

_TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = '{}' AND substr(name, 1, 7) <> 'sqlite_'"


@final
class NativeSqlite(Native):
    """See `Native`."""

    async def tables(self, session: AsyncSession) -> Collection[str]:
        return (await session.execute(text(_TABLES.format("table")))).scalars().all()

    async def odd(self, session: AsyncSession) -> Collection[str]:
        return (await session.execute(text(_TABLES.format("virtual")))).scalars().all()

    async def hold(self, session: AsyncSession) -> None:
        """Nothing: a reader may take its time."""

    async def capture(self, session: AsyncSession, shapes: Collection[Shape]) -> None:
        for shape in shapes:
            await run(session, list(_capture(shape)))

    async def release(self, session: AsyncSession) -> None:
        mine = f"type = 'trigger' AND substr(name, 1, {len(CHANGES)}) = '{CHANGES}'"
        triggers = (await session.execute(text(f"SELECT name FROM sqlite_schema WHERE {mine}"))).scalars().all()
        await run(session, [f"DROP TRIGGER {_quoted(name)}" for name in triggers])
        logs = [name for name in await self.tables(session) if name.startswith(CHANGES)]
        await run(session, [f"DROP TABLE {_quoted(name)}" for name in logs])

    async def counters(self, session: AsyncSession) -> Mapping[str, int]:
        """See `Native.counters`: of AUTOINCREMENT tables; others begin again behind their last row."""
        return dict((await session.execute(text("SELECT name, seq FROM sqlite_sequence"))).all())

    async def count_on(self, session: AsyncSession, counters: Mapping[str, int]) -> None:
        counting = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        here = await self.counters(session)
        for name in (await session.execute(text(counting))).scalars().all():
            bound = {"name": name, "last": max(here.get(name, 0), counters.get(name, 0))}
            await session.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), bound)
            await session.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), bound)

    async def loosen(self, session: AsyncSession) -> Sequence[str]:
        """See `Native.loosen`; a connection that fills looks after no parents anyhow."""
        triggers = (await session.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))).all()
        await run(session, [f"DROP TRIGGER {_quoted(name)}" for name, _ in triggers])
        return [sql for _, sql in triggers]

    async def prove(self, session: AsyncSession) -> None:
        """Nothing: the rows are those of a database whose parents were looked after."""


def _capture(shape: Shape) -> Iterator[str]:
    log = _quoted(f"{CHANGES}{shape.name}")
    columns = ", ".join(f"k{place}" for place in range(len(shape.key)))
    # Columns without a type take each value as it is.
    yield f"CREATE TABLE {log} (change INTEGER PRIMARY KEY, {columns})"
    for event, rows in (("INSERT", ("NEW",)), ("DELETE", ("OLD",)), ("UPDATE", ("OLD", "NEW"))):
        keys = [", ".join(f"{row}.{_quoted(each.name)}" for each in shape.keys) for row in rows]
        notes = "".join(f" INSERT INTO {log} ({columns}) VALUES ({key});" for key in keys)
        name = _quoted(f"{CHANGES}{shape.name}_{event.lower()}")
        yield f"CREATE TRIGGER {name} AFTER {event} ON {_quoted(shape.name)} BEGIN{notes} END"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
