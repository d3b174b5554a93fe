"""What `prepare` makes of a database in which everybody may make things, as in each from before PostgreSQL 15."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo

from app.data.postgresql import Schema
from app.data.roles import prepare
from app.errors import LaunchRefused
from tests.databases import POSTGRES, Places, on_postgresql

pytestmark = on_postgresql

PLANTED = "CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT current_user::text'"


@pytest.fixture
def admin(places: Places) -> Iterator[str]:
    """Who may do anything, in a database of the test's own."""
    name = f"freestone_test_{os.getpid()}_open"
    modules = [each.schema for each in schemas(places, POSTGRES)]
    own = POSTGRES.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            with psycopg.connect(own, autocommit=True) as connection:
                connection.execute("ALTER SCHEMA public OWNER TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO PUBLIC")
            yield own
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            for role in (*modules, f"{name}_admin"):
                server.execute(f"DROP ROLE IF EXISTS {role}")


def schemas(places: Places, admin: str) -> list[Schema]:
    """Two modules' places, in the admin's database; the tests' own roles have other names."""
    found = []
    for module in ("aaa", "bbb"):
        parts = conninfo.conninfo_to_dict(places.url) | conninfo.conninfo_to_dict(admin)
        address = f"postgresql://freestone_test_{os.getpid()}_open_{module}:x@{parts['host']}:{parts.get('port', 5432)}"
        found.append(Schema(module, f"{address}/{parts['dbname']}"))
    return found


def test_no_module_can_plant_what_another_would_run(places: Places, admin: str) -> None:
    ours, theirs = schemas(places, admin)
    assert "schema public safe: not everybody may make things there any more" in prepare(admin, [ours, theirs])
    assert prepare(admin, [ours, theirs]) == []
    denied = pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema public")
    with psycopg.connect(theirs.conninfo()) as connection, denied:
        connection.execute(PLANTED)
    with psycopg.connect(ours.conninfo()) as connection:
        assert connection.execute("SELECT lower('It'::varchar)").fetchone() == ("it",)
        assert connection.execute("SELECT similarity('mug', 'mugs') > 0.4").fetchone() == (True,)


def test_who_cannot_close_it_is_told_who_can(places: Places, admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        role = f"{connection.info.dbname}_admin"
        connection.execute(f"CREATE ROLE {role} LOGIN CREATEROLE")
        connection.execute(f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {role}")
    lesser = admin.replace("//postgres@", f"//{role}@")
    assert lesser != admin
    with pytest.raises(LaunchRefused, match=r"have its owner say there: REVOKE CREATE ON SCHEMA public FROM PUBLIC\.$"):
        prepare(lesser, schemas(places, admin))


def test_what_lies_in_public_is_taken_for_nobody_s_data(places: Places, admin: str) -> None:
    ours, _ = schemas(places, admin)
    prepare(admin, [ours])
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.freestone_meta AS SELECT 'copy' AS name, '{}' AS value")
        connection.execute("GRANT SELECT ON public.freestone_meta TO PUBLIC")
    assert ours.stored() == {}
