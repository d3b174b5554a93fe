"""What the suites sell, under names of their own."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from contracts.catalog import Catalog, Category, NewProduct, Product, Variant
from contracts.inventory import Availability, Inventory, UnknownSku
from contracts.kit import Role
from contracts.values import CategoryId, Line, OrderId, ProductId, Sku
from tests.conformance.stage import Stage, fresh
from tests.modules.catalog.builders import product, variant


def new_category(parent: Category | None = None, **fields: Any) -> Category:
    """Return a category that there is not yet."""
    id_ = fresh("category")
    defaults: dict[str, Any] = {
        "id": CategoryId(id_),
        "slug": id_,
        "name": id_,
        "parent_id": None if parent is None else parent.id,
        "vat_rate": 1900,
    }
    return Category(**defaults | fields)


def new_sku() -> Sku:
    """Return a SKU that there is not yet."""
    return Sku(fresh("sku").upper())


def new_product(category: Category, *variants: Variant, **fields: Any) -> NewProduct:
    """Return a product that there is not yet; without variants it has one."""
    id_ = fields.pop("id", fresh("product"))
    return product(id_, *(variants or (variant(new_sku()),)), **{"category_id": category.id} | fields)


async def add_category(stage: Stage, parent: Category | None = None, **fields: Any) -> Category:
    """Add a category."""
    with stage.acting(Role.STAFF):
        return await stage.contract(Catalog).add_category(new_category(parent, **fields))


async def add_product(stage: Stage, category: Category, *variants: Variant, **fields: Any) -> Product:
    """Add a product."""
    with stage.acting(Role.STAFF):
        return await stage.contract(Catalog).add_product(new_product(category, *variants, **fields))


async def discontinue(stage: Stage, *products: ProductId) -> None:
    """Take products out of sale."""
    with stage.acting(Role.STAFF):
        for product_id in products:
            await stage.contract(Catalog).discontinue_product(product_id)


async def shelve(stage: Stage, *levels: int) -> tuple[Sku, ...]:
    """Add a product with a variant for each level, and let exactly so many of it be available."""
    if stage not in _shelves:
        _shelves[stage] = await add_category(stage)
    variants = [variant(new_sku(), 1000 + number) for number, _ in enumerate(levels)]
    await add_product(stage, _shelves[stage], *variants)
    skus = tuple(each.sku for each in variants)
    inventory = stage.contract(Inventory)
    too_many = []
    for there, level in zip(await inventory.get_availability(skus), levels, strict=True):
        if there.available < level:
            with stage.acting(Role.STAFF):
                await _restock(inventory, there.sku, level - there.available)
        elif there.available > level:
            too_many.append(Line(sku=there.sku, quantity=there.available - level))
    if too_many:
        gone = OrderId(fresh("order"))
        with stage.acting(Role.SYSTEM):
            await inventory.reserve(gone, tuple(too_many))
            await inventory.commit(gone)
    return skus


_shelves: WeakKeyDictionary[Stage, Category] = WeakKeyDictionary()
"""The category to which each stage's shelves belong."""


async def _restock(inventory: Inventory, sku: Sku, quantity: int) -> Availability:
    """Restock what the stock is still to hear of."""
    while True:
        try:
            return await inventory.restock(sku, quantity)
        except UnknownSku:
            await asyncio.sleep(0.01)
