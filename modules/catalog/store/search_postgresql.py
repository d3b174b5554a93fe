"""Full-text search by PostgreSQL's tsvector and pg_trgm (its manual: “Full Text Search”, “pg_trgm”)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import final

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Select,
    String,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncSession

from modules.catalog import domain
from modules.catalog.store.text_index import Document, TextIndex

_vectors = table("product_vectors", column("number", BigInteger), column("name", String), column("document", TSVECTOR))
_WEIGHTS = cast([0.1, 0.4, 0.6, 1.0], ARRAY(REAL))
"""How much a word counts by where it stands, as for SQLite: description D, facts C, brand B, name A."""
_SCALE = 1_000_000_000
"""What makes a rank a whole number: ts_rank has no more than so many digits."""
_LONGEST = 200
"""Characters of a word that count; a lexeme has at most 2 KiB ("Limitations")."""


@final
class PostgresqlTextIndex(TextIndex):
    """A table with a tsvector for each product, made by the first migration.

    The words are told apart and folded here, by the same rules for what is searched and what is looked for, and the
    same everywhere: what a text search configuration makes of them is a matter of the server's.
    """

    def hits(self) -> Select[int, int]:
        """See `TextIndex.hits`. Each word counts for itself; all count up to twice, the more of a name they make up."""
        text = bindparam("text", type_=String)
        any_of_them = cast(func.replace(text, "&", "|"), TSQUERY)
        rank = func.ts_rank(_WEIGHTS, _vectors.c.document, any_of_them)
        in_name = _vectors.c.document.op("@@")(cast(func.replace(text, ":*", ":*A"), TSQUERY))
        # Which sees nothing but the words in the text, and takes longer than all else.
        likeness = case((in_name, func.similarity(_vectors.c.name, text)), else_=0)
        return select(
            _vectors.c.number,
            cast(func.round(rank * (1 + likeness) * _SCALE), BigInteger).label("score"),
        ).where(_vectors.c.document.op("@@")(cast(text, TSQUERY)))

    def expression(self, words: Sequence[str]) -> str:
        """See `TextIndex.expression`. A quoted lexeme is never syntax; ``:*`` makes it a prefix."""
        return " & ".join(f"{_quoted(word)}:*" for word in _lexemes(words))

    async def add(self, session: AsyncSession, documents: Iterable[Document]) -> None:
        """See `TextIndex.add`."""
        rows = [
            {"number": each.number, "name": " ".join(_lexemes(domain.words(each.name))), "document": _vector(each)}
            for each in documents
        ]
        await session.execute(insert(_vectors), rows)

    async def remove(self, session: AsyncSession, numbers: Collection[int]) -> None:
        """See `TextIndex.remove`."""
        await session.execute(delete(_vectors).where(_vectors.c.number.in_(numbers)))


def _vector(document: Document) -> str:
    """Return a product's tsvector as the manual writes one, each word once for every text it stands in."""
    _, *texts = document
    weighed = [
        (word, weight) for weight, text in zip("ABCD", texts, strict=True) for word in _lexemes(domain.words(text))
    ]
    return " ".join(f"{_quoted(word)}:{place}{weight}" for place, (word, weight) in enumerate(weighed, 1))


def _lexemes(words: Iterable[str]) -> Iterator[str]:
    return (domain.folded(word)[:_LONGEST] for word in words)


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
