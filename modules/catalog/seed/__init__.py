"""Fills an empty store with a demonstration catalogue of the project's own making."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import Category, NewProduct, ProductAdded
from contracts.kit import Database, SeedSize
from modules.catalog import domain
from modules.catalog.container import CatalogContainer
from modules.catalog.store.categories import add_categories, all_categories
from modules.catalog.store.text_index import TextIndexes
from modules.catalog.store.writing import NewRow, add_products, known_products

__all__ = ["seed"]

_BATCH = 100


async def seed(container: CatalogContainer, size: SeedSize, progress: Callable[[int, int], None]) -> None:
    """Add the demonstration catalogue, as far as it is not there; what is there stays as it is."""
    from modules.catalog.seed import generator  # with its grammar, which no other start needs to read

    database: Database[AsyncSession] = container.database()
    indexes = container.indexes()
    total = generator.PRODUCTS[size]
    made = generator.products(total, container.settings().currency)
    await _seed_categories(database, generator.categories())
    done = 0
    while batch := list(islice(made, _BATCH)):
        await _seed_products(database, indexes, batch)
        done += len(batch)
        progress(done, total)


async def _seed_categories(database: Database[AsyncSession], tree: Iterable[Category]) -> None:
    async with database.read() as session:
        known = {category.id for category in await all_categories(session)}
    missing = [category for category in tree if category.id not in known]
    if missing:
        async with database.write() as work:
            await add_categories(work.session, missing)


async def _seed_products(database: Database[AsyncSession], indexes: TextIndexes, batch: Sequence[NewProduct]) -> None:
    async with database.read() as session:
        known = await known_products(session, [each.id for each in batch])
    missing = [NewRow(domain.product_from(each), each.picture) for each in batch if each.id not in known]
    if missing:
        async with database.write() as work:
            await add_products(work.session, indexes, missing)
            for row in missing:
                work.publish(ProductAdded(product_id=row.product.id, skus=domain.skus(row.product)))
