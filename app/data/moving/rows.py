"""Reading and writing the rows of tables, many at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, func, insert, literal, select, tuple_, union_all
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.moving.failures import MoveFailed
from app.data.moving.shapes import Key, Shape, Values

T = TypeVar("T")

PAGE = 1000
"""Rows that are read, or written, at once."""
ASKED = 300
"""Rows that are asked for by their keys at once."""


async def pages(session: AsyncSession, shape: Shape) -> AsyncIterator[Sequence[Values]]:
    """Yield all rows, in the order of their keys by this engine's rules."""
    keys = shape.keys
    found = select(*shape.table.c).order_by(*keys).limit(PAGE)
    rows = (await session.execute(found)).all()
    while rows:
        yield rows
        if len(rows) < PAGE:
            return
        last = [literal(value, column.type) for value, column in zip(shape.key_of(rows[-1]), keys, strict=True)]
        beyond = keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*last)
        rows = (await session.execute(found.where(beyond))).all()


async def rows_of(session: AsyncSession, shape: Shape, keys: Sequence[Key]) -> list[Values]:
    """Return the rows with these keys, as far as there are any."""
    found: list[Values] = []
    alone = len(shape.key) == 1
    for some in chunks(keys, ASKED):
        mine = shape.keys[0].in_([key for (key,) in some]) if alone else tuple_(*shape.keys).in_(list(some))
        found += (await session.execute(select(*shape.table.c).where(mine))).all()
    return found


async def add(session: AsyncSession, shape: Shape, rows: Sequence[Values]) -> None:
    """Insert rows; `MoveFailed` where one does not fit."""
    names = [each.name for each in shape.table.c]
    for some in chunks(rows, PAGE):
        try:
            await session.execute(insert(shape.table), [dict(zip(names, row, strict=True)) for row in some])
        except DataError as error:
            raise MoveFailed(f"A row of table {shape.name} does not fit into the target: {said(error)}.") from error


async def remove(session: AsyncSession, shape: Shape, keys: Sequence[Key]) -> None:
    """Delete the rows with these keys, as far as there are any."""
    gone = delete(shape.table).where(*(each == bindparam(f"k{place}") for place, each in enumerate(shape.keys)))
    connection = await session.connection()
    for some in chunks(keys, PAGE):
        await connection.execute(gone, [{f"k{place}": value for place, value in enumerate(key)} for key in some])


class Tables:
    """All tables of a copy, for what is asked of every one of them in a single statement."""

    def __init__(self, shapes: Collection[Shape]) -> None:
        self._counts = union_all(*(select(literal(each.name), func.count()).select_from(each.table) for each in shapes))
        self._last = union_all(*(select(literal(each.name), func.max(each.log.c.change)) for each in shapes))

    async def counts(self, session: AsyncSession) -> Mapping[str, int]:
        """Return how many rows each has."""
        return dict((await session.execute(self._counts)).all())

    async def last_changes(self, session: AsyncSession) -> Mapping[str, int]:
        """Return the last change of each that `Native.capture` has noted, 0 before the first."""
        return {name: last or 0 for name, last in await session.execute(self._last)}


async def changed_since(session: AsyncSession, shape: Shape, change: int) -> list[Key]:
    """Return the keys of rows that were changed after a change."""
    found = select(*list(shape.log.c)[1:]).where(shape.log.c.change > change).distinct()
    return [tuple(row) for row in await session.execute(found)]


async def subjects_of(session: AsyncSession, shapes: Mapping[str, Shape], follows: Mapping[str, str]) -> set[Any]:
    """Return every value in these columns, one named for each table."""
    found: set[Any] = set()
    for table, column in follows.items():
        found.update((await session.execute(select(shapes[table].table.c[column]).distinct())).scalars())
    return found


def said(error: DBAPIError) -> str:
    """Return what the database says of an error, without what came with it."""
    return str(error.orig).strip().partition("\n")[0].rstrip(".")


def chunks(items: Collection[T], size: int) -> Iterator[Sequence[T]]:
    """Yield what there is, so many at a time."""
    listed = items if isinstance(items, Sequence) else list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))
