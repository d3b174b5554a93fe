"""The roles and schemas of a bench on a PostgreSQL server, if one is named; they are removed with the block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import conninfo, sql

from app.data.addresses import own_address
from app.data.postgresql import Schema
from app.data.roles import prepare

VARIABLE = "FREESTONE_TEST_POSTGRES"
"""Names where to log in as somebody who may create roles, as the tests do."""
MODULES = ("accounts", "cart", "catalog", "inventory", "orders", "payments")


@contextmanager
def schemas(*modules: str, name: str = "s") -> Iterator[str | None]:
    """Make schemas for these modules; yield what FREESTONE_DATABASE_URL is for them, None where no server is named."""
    admin = os.environ.get(VARIABLE)
    if not admin:
        print(f"PostgreSQL is left out: {VARIABLE} names no server.", flush=True)
        yield None
        return
    there = conninfo.conninfo_to_dict(admin)
    common = (
        f"postgresql://freestone_bench_{os.getpid()}_{name}:bench"
        f"@{there.get('host', '127.0.0.1')}:{there.get('port', 5432)}/{there['dbname']}"
    )
    made = [Schema(module, own_address(module, common)) for module in modules]
    prepare(admin, made)
    try:
        yield common
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            for each in made:
                role = sql.Identifier(each.schema)
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [each.schema]
                )
                for statement in ("DROP SCHEMA {} CASCADE", "DROP OWNED BY {}", "DROP ROLE {}"):
                    connection.execute(sql.SQL(statement).format(role))
