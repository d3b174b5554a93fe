"""A schema on PostgreSQL: what a role may do, what is refused at the start, and what a lost connection is."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.migrations import prepare
from app.data.postgresql import Schema
from app.data.roles import prepare as prepare_roles
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from contracts.kit import Unavailable
from tests.databases import POSTGRES, Places, on_postgresql

pytestmark = on_postgresql


def schema(places: Places, module: str) -> Schema:
    place = places.of(module)
    assert isinstance(place, Schema)
    return place


def test_a_role_is_denied_everything_of_another_s(places: Places) -> None:
    catalog, orders = schema(places, "catalog"), schema(places, "orders")
    for each in (catalog, orders):
        prepare(each, None)
    forbidden = (
        "SELECT * FROM {}.freestone_outbox",
        "INSERT INTO {}.freestone_meta VALUES ('a', 'b')",
        "DELETE FROM {}.freestone_keys",
        "UPDATE {}.freestone_meta SET value = ''",
        "TRUNCATE {}.freestone_keys",
        "DROP TABLE {}.freestone_meta",
        "ALTER TABLE {}.freestone_meta ADD COLUMN x INT",
        "CREATE TABLE {}.mine (x INT)",
        "CREATE TABLE mine (x TEXT REFERENCES {}.freestone_meta)",
        "SELECT nextval('{}.freestone_outbox_sequence_seq')",
        "DROP SCHEMA {} CASCADE",
        "SET ROLE {}",
        "CREATE ROLE another",
        "CREATE SCHEMA another",
        "CREATE TABLE public.mine (x INT)",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')",
    )
    with psycopg.connect(catalog.conninfo(), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM freestone_outbox").fetchone() == (0,)
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.format(orders.schema))


def test_a_role_may_use_trigrams(places: Places) -> None:
    with psycopg.connect(schema(places, "catalog").conninfo()) as connection:
        assert connection.execute("SELECT similarity('mug', 'mugs') > 0.4").fetchone() == (True,)


def test_preparing_again_changes_nothing(places: Places) -> None:
    place = schema(places, "catalog")
    prepare(place, None)
    assert prepare_roles(POSTGRES, [place]) == []
    assert place.stored()


def test_an_admin_who_is_none_is_told_so(places: Places) -> None:
    place = schema(places, "catalog")
    with pytest.raises(LaunchRefused, match=r"^The roles and schemas cannot be made: .*(permission|must be|denied)"):
        prepare_roles(place.address, [Schema("x", place.address.replace("_catalog", "_x", 1))])
    with pytest.raises(LaunchRefused, match="is to be in the database elsewhere, and this is"):
        prepare_roles(POSTGRES, [Schema("x", "postgresql://x@127.0.0.1/elsewhere")])


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused_with_the_mend(places: Places, encoding: str) -> None:
    name, role = f"freestone_test_{os.getpid()}_encoded", f"{schema(places, 'catalog').schema}_encoded"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(LaunchRefused) as caught:
                prepare_roles(make_conninfo(POSTGRES, dbname=name), [Schema("catalog", f"postgresql://{role}@/{name}")])
            assert admin.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [role]).fetchone() == (0,)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert str(caught.value) == (
        f"The database {name} has the encoding {encoding}, and Freestone needs UTF8: "
        "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
    )


def test_what_is_not_prepared_is_refused(places: Places) -> None:
    place = schema(places, "catalog")
    with pytest.raises(LaunchRefused, match=r"cannot be used: .* does not exist; freestone database prepare makes"):
        Schema("x", place.address.replace("_catalog", "_nobody", 1)).stored()
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f"DROP SCHEMA {place.schema} CASCADE")
        try:
            with pytest.raises(LaunchRefused, match="is not there yet: make it with freestone database prepare"):
                place.stored()
        finally:
            admin.execute(f"CREATE SCHEMA {place.schema} AUTHORIZATION {place.schema}")


def test_a_schema_of_somebody_else_s_is_refused(places: Places) -> None:
    place = schema(places, "catalog")
    with psycopg.connect(place.conninfo()) as connection:
        connection.execute("CREATE TABLE theirs (x INT)")
    with pytest.raises(LaunchRefused, match="was not made by Freestone"):
        prepare(place, None)


def test_a_server_that_is_not_there_is_refused() -> None:
    with pytest.raises(LaunchRefused, match=r"on 127\.0\.0\.1:1, cannot be used: connection failed"):
        Schema("catalog", "postgresql://catalog@127.0.0.1:1/store").stored()


async def test_a_lost_connection_is_unavailable_and_the_next_transaction_works(places: Places) -> None:
    database = await ModuleDatabase.open(places.of("shop"), migrations=None)
    lose = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Unavailable, match="database of shop") as reading:
        async with database.read() as session:
            await session.execute(lose)
    assert not reading.value.may_have_executed

    async def lost_half_way() -> None:
        async with database.write() as work:
            await work.session.execute(text("CREATE TABLE t (x INT)"))
            await work.session.execute(lose)

    with pytest.raises(Unavailable, match="database of shop") as writing:
        await lost_half_way()
    assert not writing.value.may_have_executed
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE t (x INT)"))
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM t"))).scalar_one() == 0
    await database.close()


async def test_connections_that_were_lost_meanwhile_are_not_noticed(places: Places) -> None:
    database = await ModuleDatabase.open(places.of("shop"), migrations=None)
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        role = schema(places, "shop").schema
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [role])
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE t (x INT)"))
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM t"))).scalar_one() == 0
    await database.close()


def test_a_file_and_a_schema_say_what_they_hold_alike(places: Places, tmp_path: Path) -> None:
    here, there = SqliteFile("shop", tmp_path), places.of("shop")
    assert here.stored() == there.stored() == {}
    for place in (here, there):
        prepare(place, None)
    assert here.stored() == there.stored()
