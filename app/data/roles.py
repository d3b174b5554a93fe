"""Making the roles and schemas that modules use on a PostgreSQL server, with the least that each needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import psycopg
from psycopg import conninfo, sql

from app.data.postgresql import OLDEST, Schema, parts_of
from app.errors import LaunchRefused

EXTENSIONS = ("pg_trgm",)
"""What every module may count on, in the schema public: "trusted" ones, which need no superuser (CREATE EXTENSION)."""

ENCODING = "UTF8"
"""The encoding of every text, by PostgreSQL's name: another cannot hold all of them, and SQL_ASCII looks at none."""


def prepare(admin: str, schemas: Collection[Schema]) -> list[str]:
    """Make what is missing, and set every password anew; return in words what was made.

    ``admin`` is the address by which somebody logs in who may create roles, and schemas in that database. Each role
    may log in, owns its schema, and has no right on another's; nobody else has one on its. All or nothing is done;
    what was there before is left as it is, but for the right of all to make things in the schema public.
    `LaunchRefused` says what the server refuses.
    """
    parts_of(admin, "the admin")
    try:
        with psycopg.connect(admin, connect_timeout=10) as connection:
            return list(_prepare(connection, schemas))
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise LaunchRefused(f"The roles and schemas cannot be made: {reason}.") from None


def _prepare(connection: psycopg.Connection[Any], schemas: Collection[Schema]) -> Iterator[str]:
    if connection.info.server_version < OLDEST:
        version = connection.info.server_version // 10000
        raise LaunchRefused(f"This is PostgreSQL {version}; Freestone needs {OLDEST // 10000} or newer.")
    # The server says so at the start of a session, as SHOW server_encoding would; in one that is SQL_ASCII the driver
    # decodes no answer.
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != ENCODING:
        raise LaunchRefused(
            f"The database {connection.info.dbname} has the encoding {encoding}, and Freestone needs {ENCODING}: "
            f"make one with CREATE DATABASE … ENCODING '{ENCODING}' TEMPLATE template0."
        )
    # Two at once would trip over each other's grants on the database ("tuple concurrently updated").
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('freestone', 0))")
    yield from _close_public(connection)
    for extension in EXTENSIONS:
        name = sql.Identifier(extension)
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(name))
    for schema in schemas:
        there = conninfo.conninfo_to_dict(schema.address)
        if there.get("dbname") != connection.info.dbname:
            raise LaunchRefused(
                f"The data of module {schema.module} is to be in the database {there.get('dbname')}, "
                f"and this is {connection.info.dbname}; name that one."
            )
        yield from _role(connection, schema, there.get("password"))
        yield from _schema(connection, schema)


def _close_public(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Let nobody plant there what others' statements would find: all may, in a database from before PostgreSQL 15.

    A function whose types fit better goes before the system's own ("Function Type Resolution"), and runs with the
    rights of who calls it ("Secure Schema Usage Patterns").
    """
    may_all = "SELECT has_schema_privilege('public', 'public', 'CREATE')"
    if connection.execute(may_all).fetchone() == (False,):
        return
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    if connection.execute(may_all).fetchone() != (False,):  # who has only that right himself is but warned
        raise LaunchRefused(
            f"In the database {connection.info.dbname} everybody may make things in the schema public, for others to "
            "run unawares; have its owner say there: REVOKE CREATE ON SCHEMA public FROM PUBLIC."
        )
    yield "schema public safe: not everybody may make things there any more"


def _role(connection: psycopg.Connection[Any], schema: Schema, password: Any) -> Iterator[str]:
    role = sql.Identifier(schema.schema)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [schema.schema]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(role))
        yield f"role {schema.schema}"
    if password is not None:
        # Encrypted here, so that the server's log never has it ("PQencryptPasswordConn").
        encrypted = connection.pgconn.encrypt_password(str(password).encode(), schema.schema.encode(), b"scram-sha-256")
        change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(encrypted.decode()))
        connection.execute(change)
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))


def _schema(connection: psycopg.Connection[Any], schema: Schema) -> Iterator[str]:
    name = sql.Identifier(schema.schema)
    if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema.schema]).fetchone() is None:
        # Who is no superuser gives a schema only to a role that it belongs to ("CREATE SCHEMA").
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA {0} AUTHORIZATION {0}").format(name))
        connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(name))
        yield f"schema {schema.schema}"
