"""What PostgreSQL does in its own way for a move."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.moving.native import Native, run
from app.data.moving.shapes import CHANGES, Shape

_TABLES = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
_SEQUENCES = """
SELECT t.relname::text AS name, a.attname::text AS "column", s.oid::regclass::text AS sequence
FROM pg_class s
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace AND NOT starts_with(t.relname, '{changes}')
"""
"""The sequences that number the rows of tables: of serial columns ("a") and of identity columns ("i")."""
_PARENTS = """
SELECT conrelid::regclass::text AS name, quote_ident(conname) AS parent, pg_get_constraintdef(oid) AS said
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace {which} ORDER BY oid
"""
_TRIGGERS = """
SELECT tgrelid::regclass::text AS name, quote_ident(tgname) AS trigger, tgenabled = 'A' AS always
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace
"""


@final
class NativePostgresql(Native):
    """See `Native`."""

    async def tables(self, session: AsyncSession) -> Collection[str]:
        return (await session.execute(text(_TABLES))).scalars().all()

    async def odd(self, session: AsyncSession) -> Collection[str]:  # noqa: ARG002
        return ()

    async def hold(self, session: AsyncSession) -> None:
        await run(session, ["SET LOCAL idle_in_transaction_session_timeout = 0"])

    async def capture(self, session: AsyncSession, shapes: Collection[Shape]) -> None:
        for shape in shapes:
            await run(session, list(_capture(shape)))

    async def release(self, session: AsyncSession) -> None:
        """See `Native.release`. To drop a trigger nobody may read its table, and nobody shall wait long for that."""
        await run(session, ["SET LOCAL lock_timeout = '300ms'"])
        notes = f"SELECT oid::regprocedure::text FROM pg_proc WHERE starts_with(proname, '{CHANGES}')"
        mine = f"{notes} AND pronamespace = current_schema()::regnamespace"
        functions = (await session.execute(text(mine))).scalars().all()
        await run(session, [f"DROP FUNCTION {name} CASCADE" for name in functions])
        logs = [name for name in await self.tables(session) if name.startswith(CHANGES)]
        await run(session, [f"DROP TABLE {_quoted(name)}" for name in logs])

    async def counters(self, session: AsyncSession) -> Mapping[str, int]:
        found = {}
        for name, _, sequence in (await session.execute(text(_SEQUENCES.format(changes=CHANGES)))).all():
            last = await session.execute(text(f"SELECT last_value - (NOT is_called)::int FROM {sequence}"))
            found[name] = last.scalar_one()
        return found

    async def count_on(self, session: AsyncSession, counters: Mapping[str, int]) -> None:
        for name, column, sequence in (await session.execute(text(_SEQUENCES.format(changes=CHANGES)))).all():
            highest = await session.execute(text(f"SELECT max({_quoted(column)}) FROM {_quoted(name)}"))
            last = max(counters.get(name, 0), highest.scalar_one() or 0)
            if last > 0:
                await session.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})

    async def loosen(self, session: AsyncSession) -> Sequence[str]:
        """See `Native.loosen`: the keys of parents come back unproven, which takes no time, and are proven later."""
        parents = (await session.execute(text(_PARENTS.format(which="")))).all()
        triggers = (await session.execute(text(_TRIGGERS))).all()
        await run(session, [f"ALTER TABLE {name} DROP CONSTRAINT {parent}" for name, parent, _ in parents])
        await run(session, [f"ALTER TABLE {name} DISABLE TRIGGER {trigger}" for name, trigger, _ in triggers])
        back = [
            f"ALTER TABLE {name} ENABLE {'ALWAYS ' if always else ''}TRIGGER {trigger}"
            for name, trigger, always in triggers
        ]
        unproven = [(name, parent, said.removesuffix(" NOT VALID")) for name, parent, said in parents]
        back += [f"ALTER TABLE {name} ADD CONSTRAINT {parent} {said} NOT VALID" for name, parent, said in unproven]
        return back

    async def prove(self, session: AsyncSession) -> None:
        unproven = (await session.execute(text(_PARENTS.format(which="AND NOT convalidated")))).all()
        await run(session, [f"ALTER TABLE {name} VALIDATE CONSTRAINT {parent}" for name, parent, _ in unproven])


def _capture(shape: Shape) -> Iterator[str]:
    log, table = _quoted(f"{CHANGES}{shape.name}"), _quoted(shape.name)
    columns = ", ".join(f"k{place}" for place in range(len(shape.key)))
    named = ", ".join(f"{_quoted(each.name)} AS k{place}" for place, each in enumerate(shape.keys))
    yield f"CREATE TABLE {log} AS SELECT {named} FROM {table} WITH NO DATA"
    yield f"ALTER TABLE {log} ADD COLUMN change bigserial PRIMARY KEY"
    notes = ""
    for unlike, row in (("INSERT", "OLD"), ("DELETE", "NEW")):
        key = ", ".join(f"{row}.{_quoted(each.name)}" for each in shape.keys)
        notes += f"IF TG_OP <> '{unlike}' THEN INSERT INTO {log} ({columns}) VALUES ({key}); END IF; "
    yield (f"CREATE FUNCTION {log}() RETURNS trigger LANGUAGE plpgsql AS $note$ BEGIN {notes}RETURN NULL; END $note$")
    yield (f"CREATE TRIGGER {log} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {log}()")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
