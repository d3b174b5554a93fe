"""What a table holds, in short: the same for the same rows, on each engine."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.moving.rows import pages
from app.data.moving.shapes import Shape, digest

_BITS = 128


class Sum(msgspec.Struct, frozen=True):
    """How many rows a table has, and the sum of their checksums, in whatever order they come."""

    rows: int
    checksum: str


async def sums(session: AsyncSession, shapes: Iterable[Shape]) -> dict[str, Sum]:
    """Return each table's."""
    return {shape.name: await _sum(session, shape) for shape in shapes}


async def _sum(session: AsyncSession, shape: Shape) -> Sum:
    rows = total = 0
    async for page in pages(session, shape):
        rows += len(page)
        total += sum(int.from_bytes(digest(row)) for row in page)
    return Sum(rows, f"{total % 2**_BITS:032x}")
