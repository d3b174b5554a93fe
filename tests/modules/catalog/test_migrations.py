"""The migrations make the tables that the store expects."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from app.data.database import ModuleDatabase
from modules.catalog.store.tables import metadata


def _ours(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
    """The framework's own tables, and the full-text index, are not among the store's."""
    return kind != "table" or not reflected or not str(name).startswith(("freestone_", "product_search"))


def _difference(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_type": True})
    return list(compare_metadata(context, metadata))


def test_the_migrated_tables_are_the_stores(database: ModuleDatabase) -> None:
    engine = create_engine(f"sqlite:///{database.file}")
    with engine.connect() as connection:
        assert _difference(connection) == []
        connection.exec_driver_sql("DROP INDEX ix_products_price")
        assert [change[0] for change in _difference(connection)] == ["add_index"]
    engine.dispose()
