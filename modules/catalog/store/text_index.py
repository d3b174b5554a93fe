"""The port behind which a full-text index stands, and which index stands behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol, final

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession


class Document(NamedTuple):
    """What is to be found of one product; ``facts`` are its attributes' values."""

    number: int
    name: str
    brand: str
    facts: str
    description: str


class TextIndex(Protocol):
    """The full-text index of a database, kept in the same transactions as the products."""

    def hits(self) -> Select[int, int]:
        """Return the query for (number, score) of the products that match the text bound as ``text``.

        The better the match, the higher the whole-numbered score, the same for the same data.
        """

    def expression(self, words: Sequence[str]) -> str:
        """Return what to bind as ``text`` to find products that have all of these words, or begin of words."""

    async def add(self, session: AsyncSession, documents: Iterable[Document]) -> None:
        """Let new products be found from now on."""

    async def remove(self, session: AsyncSession, numbers: Collection[int]) -> None:
        """Let products not be found any more; nothing for those that are not."""


@final
class TextIndexes:
    """The index of each kind of database, by the name of its SQLAlchemy dialect.

    Asked anew by everybody with a session: a module is moved from one kind to another while it serves.
    """

    def __init__(self, **by_dialect: TextIndex) -> None:
        self._by_dialect = by_dialect

    def of(self, session: AsyncSession) -> TextIndex:
        """Return the index of a session's database."""
        return self._by_dialect[session.get_bind().dialect.name]
