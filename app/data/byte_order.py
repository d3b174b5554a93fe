"""Text on PostgreSQL that is compared and sorted by its bytes, as SQLite does it, whatever its database's collation.

So an order by a text is the same on both engines, a place in it is the same in a cursor that outlives a move, and no
index goes bad when the server's operating system learns another order ("Collation Support").
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, String
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler


class ByteOrder(PGTypeCompiler):
    """Adds the collation C to columns of text for which a migration names none."""

    def visit_VARCHAR(self, type_: String, **options: Any) -> str:  # noqa: N802  # so SQLAlchemy calls it
        return _by_bytes(super().visit_VARCHAR(type_, **options), type_, options)

    def visit_TEXT(self, type_: Any, **options: Any) -> str:  # noqa: N802
        return _by_bytes(super().visit_TEXT(type_, **options), type_, options)


def _by_bytes(said: str, type_: String, options: dict[str, Any]) -> str:
    is_column = isinstance(options.get("type_expression"), Column)  # and no cast, where there can be no collation
    return f'{said} COLLATE "C"' if is_column and not type_.collation else said
