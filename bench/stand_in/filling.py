"""Fills the stand-in's files with the goods that the store sells: `python -m bench.stand_in.filling GOODS`.

The file has categories, products and stock as the contracts' messages in JSON.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import TypeAdapter

from bench.stand_in import catalog, inventory
from bench.stand_in.models import Attribute, Availability, Category, Model, Product
from bench.stand_in.service import Transaction


class Goods(Model):
    """What there is to sell."""

    categories: list[Category]
    products: list[Product]
    stock: list[Availability]


_attributes: TypeAdapter[list[Attribute]] = TypeAdapter(list[Attribute])


async def fill(goods: Goods) -> None:
    """Write everything."""
    await catalog.database.open()
    async with catalog.database.write() as work:
        for each in goods.categories:
            await work.run(
                "INSERT INTO categories VALUES (:id, :slug, :name, :parent_id, :vat_rate)", **each.model_dump()
            )
        for number, product in enumerate(goods.products):
            await _add(work, number, product)
    await catalog.database.close()
    await inventory.database.open()
    async with inventory.database.write() as work:
        for line in goods.stock:
            await work.run("INSERT INTO stock VALUES (:sku, :on_hand, 0)", sku=line.sku, on_hand=line.available)
    await inventory.database.close()


async def _add(work: Transaction, number: int, product: Product) -> None:
    prices = [each.price.amount for each in product.variants]
    await work.run(
        "INSERT INTO products VALUES (:number, :id, :name, :brand, :category_id, :description, :attributes, "
        ":currency, :price_from, :prices_differ)",
        **product.model_dump(include={"id", "name", "brand", "category_id", "description"}),
        number=number,
        attributes=_json(product.attributes),
        currency=product.variants[0].price.currency,
        price_from=min(prices),
        prices_differ=min(prices) != max(prices),
    )
    for variant in product.variants:
        await work.run(
            "INSERT INTO variants VALUES (:sku, :product, :attributes, :price, :weight_grams)",
            sku=variant.sku,
            product=number,
            attributes=_json(variant.attributes),
            price=variant.price.amount,
            weight_grams=variant.weight_grams,
        )
    for attribute in (*product.attributes, *(each for variant in product.variants for each in variant.attributes)):
        await work.run(
            "INSERT OR IGNORE INTO attributes VALUES (:product, :name, :value)",
            product=number,
            name=attribute.name,
            value=attribute.value,
        )


def _json(attributes: list[Attribute]) -> str:
    return _attributes.dump_json(attributes).decode()


if __name__ == "__main__":
    asyncio.run(fill(Goods.model_validate_json(Path(sys.argv[1]).read_bytes())))
