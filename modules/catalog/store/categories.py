"""The category tree in the database."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import CTE, bindparam, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import AlreadyExists, Category, CategoryNotFound
from contracts.values import CategoryId
from modules.catalog.store.tables import categories

_columns = select(categories.c.id, categories.c.slug, categories.c.name, categories.c.parent_id, categories.c.vat_rate)
_one = select(categories.c.id).where(categories.c.id == bindparam("category"))
_taken = select(categories.c.id, categories.c.slug).where(
    or_(categories.c.id == bindparam("id"), categories.c.slug == bindparam("slug"))
)


def _subtree() -> CTE:
    tree = select(categories.c.id).where(categories.c.id == bindparam("category")).cte("subtree", recursive=True)
    return tree.union_all(select(categories.c.id).join(tree, categories.c.parent_id == tree.c.id))


subtree = _subtree()
"""The ids of the category bound as ``category`` and of all below it."""


async def all_categories(session: AsyncSession) -> tuple[Category, ...]:
    """Return every category, in no order."""
    return tuple(
        Category(
            id=CategoryId(id_),
            slug=slug,
            name=name,
            parent_id=None if parent is None else CategoryId(parent),
            vat_rate=vat_rate,
        )
        for id_, slug, name, parent, vat_rate in await session.execute(_columns)
    )


async def check_category(session: AsyncSession, category_id: CategoryId) -> None:
    """Raise `CategoryNotFound` where there is no such category."""
    if await session.scalar(_one, {"category": category_id}) is None:
        raise CategoryNotFound(category=category_id)


async def add_categories(session: AsyncSession, added: Iterable[Category]) -> None:
    """Add categories, parents before their children."""
    for category in added:
        if category.parent_id is not None:
            await check_category(session, category.parent_id)
        taken = await session.execute(_taken, {"id": category.id, "slug": category.slug})
        for known_id, _ in taken:
            if known_id == category.id:
                raise AlreadyExists(what="id", value=category.id)
            raise AlreadyExists(what="slug", value=category.slug)
        await session.execute(insert(categories), msgspec.structs.asdict(category))
