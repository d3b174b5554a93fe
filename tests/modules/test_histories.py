"""Every module's migrations leave behind the very tables that its store declares: columns, keys, checks and indexes."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect

from app.data.history import read_history
from app.data.migrations import prepare
from app.lint.rolling.announced import announcements
from app.wiring import find_modules
from tests.databases import Places

HISTORIES = {
    part.name: folder
    for part in find_modules()
    for folder in (Path(importlib.import_module(f"modules.{part.name}").__path__[0], "migrations"),)
    if folder.is_dir()
}

INDEXES = {
    "sqlite": "SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
}

Tables = dict[str, dict[str, Any]]


def stores_of(module: str) -> list[MetaData]:
    """Return what a module's store declares its tables in."""
    store = importlib.import_module(f"modules.{module}.store")
    files = pkgutil.walk_packages(getattr(store, "__path__", []), f"{store.__name__}.")
    named = [vars(importlib.import_module(name)) for name in (store.__name__, *(each.name for each in files))]
    return list({id(each): each for names in named for each in names.values() if isinstance(each, MetaData)}.values())


def tables_of(connection: Connection) -> Tables:
    """Return all that the database says of the tables, save the host's own and the full-text index's."""
    found = inspect(connection)
    indexes = connection.exec_driver_sql(INDEXES[connection.dialect.name]).all()
    return {
        name: {
            **{each["name"]: {**each, "type": str(each["type"])} for each in found.get_columns(name)},
            "PRIMARY KEY": found.get_pk_constraint(name)["constrained_columns"],
            "FOREIGN KEY": sorted(map(str, found.get_foreign_keys(name))),
            "UNIQUE": sorted(str(each["column_names"]) for each in found.get_unique_constraints(name)),
            "CHECK": sorted(each["sqltext"] for each in found.get_check_constraints(name)),
            "INDEX": sorted(said for table, said in indexes if table == name),
        }
        for name in found.get_table_names()
        if not name.startswith(("freestone_", "product_search", "product_vectors"))
    }


def migrated(module: str, places: Places, *more: str) -> Tables:
    """Return the tables that a module's migrations make, and ``more`` statements, without what is leaving them."""
    place = places.of(module)
    prepare(place, HISTORIES[module])
    with place.upgrade() as connection:
        for each in more:
            connection.exec_driver_sql(each)
        made = tables_of(connection)
    for revision in read_history(module, HISTORIES[module]):
        for announced in announcements(ast.parse(revision.file.read_text("utf-8")).body):
            table, _, column = announced.name.partition(".")
            if announced.leaving and table in made:
                (made[table] if column else made).pop(column or table, None)
    return made


def declared(module: str, places: Places) -> Tables:
    """Return the tables that a module's store declares."""
    place = places.of(module)
    place.settle()
    with place.upgrade() as connection, connection.begin_nested() as made:
        for each in stores_of(module):
            each.create_all(connection)
        found = tables_of(connection)
        made.rollback()
        return found


@pytest.mark.parametrize("module", HISTORIES)
def test_the_migrated_tables_are_the_stores(module: str, places: Places) -> None:
    expected = declared(module, places)
    assert expected != {}
    assert migrated(module, places) == expected


@pytest.mark.parametrize("less", ["DROP INDEX ix_products_price", "ALTER TABLE products DROP COLUMN brand"])
def test_what_is_missing_is_noticed(less: str, places: Places) -> None:
    expected = declared("catalog", places)
    assert migrated("catalog", places, less) != expected
