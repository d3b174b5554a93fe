"""A module's data in a schema on a PostgreSQL server, under a role of its own: the place.

Imports the driver, which takes a while: so it is imported where such a place is meant, and not before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, final

import psycopg
from psycopg import conninfo
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.data.byte_order import ByteOrder
from app.data.notices import NoticeBell
from app.data.place import Place, said
from app.data.schema_engines import SchemaEngines
from app.data.server_connection import GONE
from app.errors import LaunchRefused

OLDEST = 150000
"""The oldest PostgreSQL that is tested, as the server says its version: 15."""
PATIENCE = 60.0
"""Seconds to wait while another process upgrades the same schema."""
CONNECT = 5
"""Seconds to wait for a connection."""


@final
class Schema(Place):
    """The schema that has the name of the role in an address, ``postgresql://role[:password]@host[:port]/database``.

    `roles.prepare` makes both. The role owns the schema, and may use what lies in ``public``.
    """

    def __init__(self, module: str, address: str) -> None:
        self.module = module
        self.address = address
        self._parts = parts_of(address, f"the data of module {module}")
        if "user" not in self._parts:
            raise LaunchRefused(f"The address of the data of module {module} names nobody who logs in.")
        self.schema = str(self._parts["user"])
        server = f"{self._parts.get('host', 'localhost')}:{self._parts.get('port', 5432)}"
        self.name = f"schema {self.schema} of {self._parts.get('dbname')} on {server}"

    @property
    def key(self) -> Hashable:
        return self.name

    def __str__(self) -> str:
        return f"The database of module {self.module}, {self.name},"

    def stored(self) -> Mapping[str, str] | None:
        with self._usable() as connection, connection.cursor() as cursor:
            if connection.info.server_version < OLDEST:
                version = connection.info.server_version // 10000
                raise LaunchRefused(f"{self} is on PostgreSQL {version}; Freestone needs {OLDEST // 10000} or newer.")
            here, ours, anything = cursor.execute(
                "SELECT current_schema(), to_regclass(quote_ident(current_schema()) || '.freestone_meta') IS NOT NULL,"
                " EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
                " OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = current_schema()::regnamespace)"
            ).fetchone() or ("", False, False)
            if here != self.schema:
                raise LaunchRefused(f"{self} is not there yet: make it with freestone database prepare.")
            return said(iter(cursor.execute("SELECT name, value FROM freestone_meta")) if ours else None, anything)

    def settle(self) -> None:
        """Nothing: what `stored` has looked at is all there is to it."""

    @contextmanager
    def upgrade(self) -> Iterator[Connection]:
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(self.conninfo(lock_timeout=f"{PATIENCE:g}s")),
            poolclass=NullPool,
            use_native_hstore=False,
        )
        engine.dialect.type_compiler_instance = ByteOrder(engine.dialect)
        try:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _number(self.schema)})
                yield connection
        except DBAPIError as error:
            raise LaunchRefused(f"{self} cannot be upgraded: {_first_line(error.orig)}.") from None

    def others(self, mine: int = 0) -> int:
        such = "usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        with self._usable() as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {such}").fetchone() or (0,)  # noqa: S608
        return int(count) - mine

    def shrink(self) -> None:
        """Nothing: a table's files go with it."""

    def engines(self, *, filling: bool = False) -> SchemaEngines:
        return SchemaEngines(self.module, self.conninfo, filling=filling)

    def bell(self, heard: Callable[[], None]) -> NoticeBell:
        return NoticeBell(self.conninfo(), self.schema, heard)

    def conninfo(self, **options: str) -> str:
        """Return what libpq connects by, to sessions with these settings."""
        said = {"search_path": f"{self.schema},public", **options}
        # tcp_user_timeout: a server that is gone without a word is noticed after so many milliseconds.
        return conninfo.make_conninfo(
            self.address,
            application_name=f"freestone {self.module}",
            connect_timeout=self._parts.get("connect_timeout", CONNECT),
            tcp_user_timeout=GONE * 1000,
            options=" ".join(f"-c {name}={value}" for name, value in said.items()),
        )

    @contextmanager
    def _usable(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(self.conninfo()) as connection:
                yield connection
        except psycopg.Error as error:
            why = _first_line(error)
            # A failed connection has no code that would tell the reasons apart.
            mend = "; freestone database prepare makes roles and schemas" if f'"{self.schema}"' in why else ""
            raise LaunchRefused(f"{self} cannot be used: {why}{mend}.") from None


def parts_of(address: str, whose: str) -> Mapping[str, Any]:
    """Return what an address says, by libpq's names. `LaunchRefused` where it cannot be read does not quote it."""
    try:
        return conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError:  # which quotes the part that is wrong, and that may be the password
        raise LaunchRefused(
            f"The address of {whose} cannot be read: behind each % go two hexadecimal digits (%25 is a % itself), "
            "and behind ? words that libpq knows, as in postgresql://user:password@host:5432/database?sslmode=require."
        ) from None


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _number(name: str) -> int:
    """Return a lock's number for a name: 64 bits with a sign, as pg_advisory_xact_lock takes them."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
