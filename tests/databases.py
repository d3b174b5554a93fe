"""Places for modules' data on both engines: SQLite always, PostgreSQL where FREESTONE_TEST_POSTGRES says where."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql

from app.data import migrations
from app.data.addresses import own_address
from app.data.database import ModuleDatabase
from app.data.place import Place
from app.data.postgresql import Schema
from app.data.roles import prepare
from app.data.sqlite_place import SqliteFile

POSTGRES = os.environ.get("FREESTONE_TEST_POSTGRES", "")
"""Where to log in as somebody who may create roles: ``postgresql://postgres@127.0.0.1:5432/test``."""
REQUIRED = bool(os.environ.get("FREESTONE_REQUIRE_POSTGRES"))
"""Whether the tests fail, and are not skipped, where there is none."""
WHY = "FREESTONE_TEST_POSTGRES names no PostgreSQL server"

_PREFIX = "freestone_test_"
_OWNER = re.compile(_PREFIX + r"(\d+)_")

both_engines = pytest.mark.both_engines
"""Has those tests run on both engines whose databases come from the fixture ``places``, directly or not."""
on_postgresql = pytest.mark.on_postgresql
"""Has them run on PostgreSQL alone."""
sqlite_only = pytest.mark.sqlite_only
"""Leaves one test out of that, since it looks at what only SQLite has."""


def file_of(database: ModuleDatabase) -> Path:
    """Return the file of a database that is one."""
    assert isinstance(database.place, SqliteFile)
    return database.place.file


class Places:
    """Where the databases of one test are. ``engine`` is sqlite or postgresql."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self._made: dict[str, Schema] = {}

    def of(self, module: str) -> Place:
        """Return a module's place, empty when it is first asked for in a test."""
        if self.engine == "sqlite":
            return SqliteFile(module, self.folder)
        if module not in self._made:
            self._made[module] = _server().empty(module)
        return self._made[module]

    def migrated(self, module: str) -> Place:
        """Return the place of one of the shop's modules with its tables, empty when it is first asked for in a test.

        It is a copy, or was emptied: migrating takes longer than most tests.
        """
        if self.engine == "sqlite":
            place = SqliteFile(module, self.folder)
            if not place.file.exists():
                place.file.write_bytes(_template(module))
            return place
        if module not in self._made:
            self._made[module] = _server().migrated(module)
        return self._made[module]

    @property
    def url(self) -> str:
        """What FREESTONE_DATABASE_URL is in a store whose modules have these places, on PostgreSQL."""
        return _server().url

    def prepared(self, *modules: str) -> str:
        """Have empty places for these modules, and return `url`."""
        for module in modules:
            self.of(module)
        return self.url


class Server:
    """The roles and schemas that one process of the tests has made; those of processes that are gone are removed."""

    def __init__(self, admin: str, name: str = "t") -> None:
        self._admin = admin
        self.prefix = f"{_PREFIX}{os.getpid()}_{name}"
        parts = conninfo.conninfo_to_dict(admin)
        self.url = f"postgresql://{self.prefix}:secret@{parts['host']}:{parts.get('port', 5432)}/{parts['dbname']}"
        self._used: set[str] = set()
        self._migrated: set[str] = set()
        self._sweep()

    def empty(self, module: str) -> Schema:
        """Return a module's schema with nothing in it."""
        schema = Schema(module, own_address(module, self.url))
        self._migrated.discard(module)
        if module not in self._used:
            prepare(self._admin, [schema])
            self._used.add(module)
            # A crash of the server would cost the tests what they wrote last, and that is all.
            self._run(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(sql.Identifier(schema.schema)))
        else:
            self._end(schema.schema)
            self._run(
                sql.SQL("DROP SCHEMA {0} CASCADE; CREATE SCHEMA {0} AUTHORIZATION {0}").format(
                    sql.Identifier(schema.schema)
                )
            )
        return schema

    def migrated(self, module: str) -> Schema:
        """Return the schema of one of the shop's modules with its tables and nothing in them."""
        if module not in self._migrated:
            schema = self.empty(module)
            migrations.prepare(schema, migrations_of(module))
            self._migrated.add(module)
            return schema
        schema = Schema(module, own_address(module, self.url))
        _clear(schema)
        return schema

    def close(self) -> None:
        """Remove everything again."""
        self._remove([f"{self.prefix}_{module}" for module in self._used])

    def adopt(self, roles: Iterable[str]) -> None:
        """Have these removed too, which a test has made."""
        self._used.update(role.removeprefix(f"{self.prefix}_") for role in roles)

    def _sweep(self) -> None:
        with psycopg.connect(self._admin) as connection:
            roles = [name for (name,) in connection.execute("SELECT rolname FROM pg_roles")]
        gone = [role for role in roles if (match := _OWNER.match(role)) and not Path("/proc", match[1]).exists()]
        self._remove(gone)

    def _remove(self, roles: list[str]) -> None:
        for role in roles:
            with suppress(psycopg.Error):  # another process of the tests may be at it
                self._end(role)
                self._run(
                    sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE; DROP OWNED BY {0}; DROP ROLE {0}").format(
                        sql.Identifier(role)
                    )
                )

    def _end(self, role: str) -> None:
        self._run(
            sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = {}").format(role)
        )

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement)


def migrations_of(module: str) -> Path:
    """Return where the migrations of one of the shop's modules are."""
    return Path(import_module(f"modules.{module}").__path__[0], "migrations")


def _clear(schema: Schema) -> None:
    """Delete all rows in one statement, at whose end foreign keys are looked at; TRUNCATE would take longer to sync."""
    with psycopg.connect(schema.conninfo()) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'freestone_meta'"
        )
        deletions = [
            sql.SQL("{} AS (DELETE FROM {})").format(sql.Identifier(f"deleted_{name}"), sql.Identifier(name))
            for (name,) in tables
        ]
        connection.execute(sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(deletions)))
        connection.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences"
            " WHERE schemaname = current_schema()"
        )


@cache
def _template(module: str) -> bytes:
    with TemporaryDirectory() as scratch:
        made = SqliteFile(module, Path(scratch))
        migrations.prepare(made, migrations_of(module))
        return made.file.read_bytes()


_servers: list[Server] = []


def _server() -> Server:
    if not POSTGRES:
        if REQUIRED:
            pytest.fail(WHY)
        pytest.skip(WHY)
    if not _servers:
        _servers.append(Server(POSTGRES))
    return _servers[0]


@pytest.fixture
def places(request: Any, tmp_path: Path) -> Places:
    """Where this test's databases are: SQLite files, or with `both_engines` also schemas on PostgreSQL."""
    engine = getattr(request, "param", "sqlite")
    if engine == "postgresql":
        _server()
    return Places(engine, tmp_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked so on each engine."""
    marked = metafunc.definition.get_closest_marker
    if "places" not in metafunc.fixturenames:
        return
    if marked("on_postgresql"):
        metafunc.parametrize("places", ["postgresql"], indirect=True)
    elif marked("both_engines") and not marked("sqlite_only"):
        metafunc.parametrize("places", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def _tidy_server() -> Iterator[None]:
    yield
    while _servers:
        _servers.pop().close()
