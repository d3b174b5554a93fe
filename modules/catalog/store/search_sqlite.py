"""Full-text search by SQLite's FTS5 (its manual: “SQLite FTS5 Extension”)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncSession

from modules.catalog.store.text_index import Document, TextIndex

_COLUMNS = ("rowid", "name", "brand", "facts", "description")
"""In the order of `Document`."""
_search = table("product_search", *(column(name, Integer if name == "rowid" else String) for name in _COLUMNS))
_NAME, _BRAND, _FACTS, _DESCRIPTION = 10.0, 6.0, 4.0, 1.0
"""How much a word counts by where it stands: bm25's weights, in the order of the columns."""
_SCALE = 1_000_000_000_000
"""What makes a rank a whole number: a word that most products have weighs about a millionth in bm25."""


@final
class SqliteTextIndex(TextIndex):
    """An FTS5 table whose row ids are product numbers, made by the first migration."""

    def hits(self) -> Select[int, int]:
        """See `TextIndex.hits`. FTS5's own rank is better the lower it is, and a fraction."""
        whole_row: ColumnElement[str] = literal_column("product_search")
        rank = func.bm25(whole_row, _NAME, _BRAND, _FACTS, _DESCRIPTION)
        return select(
            _search.c.rowid.label("number"),
            cast(func.round(rank * -_SCALE), Integer).label("score"),
        ).where(whole_row.op("MATCH")(bindparam("text")))

    def expression(self, words: Sequence[str]) -> str:
        """See `TextIndex.expression`. A quoted string is never syntax; ``*`` makes it a prefix."""
        return " AND ".join(f'"{word}"*' for word in words)

    async def add(self, session: AsyncSession, documents: Iterable[Document]) -> None:
        """See `TextIndex.add`."""
        rows = [dict(zip(_COLUMNS, each, strict=True)) for each in documents]
        await session.execute(insert(_search), rows)

    async def remove(self, session: AsyncSession, numbers: Collection[int]) -> None:
        """See `TextIndex.remove`."""
        gone = delete(_search).where(_search.c.rowid == bindparam("gone"))
        await (await session.connection()).execute(gone, [{"gone": number} for number in numbers])
