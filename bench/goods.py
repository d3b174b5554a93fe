"""What the store sells, asked of a running one: so that others can sell the same."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.cli.reach import connect_cli
from contracts.catalog import Catalog, Category, Product
from contracts.inventory import Availability, Inventory
from contracts.kit import Context
from contracts.kit.context import root_scope

BATCH = 200
ENOUGH = 10
"""So many of a product's first variant are left, that is bought again and again."""


class Goods(msgspec.Struct):
    """Everything that can be bought."""

    categories: tuple[Category, ...]
    products: list[Product]
    stock: list[Availability]

    def choices(self) -> list[tuple[str, str]]:
        """Return products of which there is enough, each behind the slug of a category that leads to it."""
        slugs = {each.id: each.slug for each in self.categories}
        left = {each.sku: each.available for each in self.stock}
        return [
            (slugs[each.category_id], each.id) for each in self.products if left.get(each.variants[0].sku, 0) >= ENOUGH
        ]


async def goods_of(environ: Mapping[str, str]) -> Goods:
    """Ask the store that runs with this environment."""
    async with connect_cli(environ) as reach:
        catalog, inventory = await reach.proxy(Catalog), await reach.proxy(Inventory)
        with root_scope(Context(request_id="bench")):
            categories = await catalog.list_categories()
            products = [each async for each in catalog.export() if not each.discontinued]
            skus = [variant.sku for product in products for variant in product.variants]
            stock: list[Availability] = []
            for start in range(0, len(skus), BATCH):
                stock += await inventory.get_availability(tuple(skus[start : start + BATCH]))
    return Goods(categories, products, stock)
