"""Removing what a module's database holds: its tables, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

_SQLITE = """
SELECT CASE type WHEN 'view' THEN 'VIEW' ELSE 'TABLE' END, name FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""
"""Without shadow tables, which go with their virtual one."""
_POSTGRESQL = """
SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
       relname::text
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
"""
_ROUTINES = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"


def empty(connection: Connection, *, kept: Collection[str] = ()) -> None:
    """Drop every table that is not ``kept``, every view, sequence and function; on SQLite with foreign keys off."""
    server = connection.dialect.name == "postgresql"
    quote = connection.dialect.identifier_preparer.quote
    for kind, name in connection.execute(text(_POSTGRESQL if server else _SQLITE)).all():
        if name not in kept:
            connection.exec_driver_sql(f"DROP {kind} IF EXISTS {quote(name)}{' CASCADE' if server else ''}")
    if server:
        for routine in connection.execute(text(_ROUTINES)).scalars().all():
            connection.exec_driver_sql(f"DROP ROUTINE IF EXISTS {routine} CASCADE")
