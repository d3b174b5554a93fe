"""Products as they are written to the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import AlreadyExists, CategoryNotFound, Picture, Product, VariantNotFound
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog import domain
from modules.catalog.store.indexing import document_of
from modules.catalog.store.tables import attributes, categories, pictures, products, variants
from modules.catalog.store.text_index import TextIndexes

_known_ids = select(products.c.id).where(products.c.id.in_(bindparam("ids", expanding=True)))
_known_skus = select(variants.c.sku).where(variants.c.sku.in_(bindparam("skus", expanding=True)))
_known_categories = select(categories.c.id).where(categories.c.id.in_(bindparam("ids", expanding=True)))
_insert_products = insert(products).returning(products.c.id, products.c.number)
_variant = (
    select(variants.c.product, products.c.id, variants.c.price, products.c.currency)
    .join(products, variants.c.product == products.c.number)
    .where(variants.c.sku == bindparam("sku"))
)
_set_price = update(variants).where(variants.c.sku == bindparam("its_sku")).values(price=bindparam("new_price"))
_its_variants = variants.c.product == bindparam("product")
_lowest, _highest = func.min(variants.c.price), func.max(variants.c.price)
_set_card_prices = (
    update(products)
    .where(products.c.number == bindparam("product"))
    .values(
        price_from=select(_lowest).where(_its_variants).scalar_subquery(),
        prices_differ=select(_lowest < _highest).where(_its_variants).scalar_subquery(),
    )
)
_discontinue = update(products).where(products.c.id == bindparam("product_id")).values(discontinued=True)


class NewRow(msgspec.Struct, frozen=True):
    """A product to be kept, with its picture, if there is one."""

    product: Product
    picture: Picture | None


async def known_products(session: AsyncSession, ids: Sequence[ProductId]) -> set[str]:
    """Return which of these ids are taken."""
    return set(await session.scalars(_known_ids, {"ids": ids}))


async def add_products(session: AsyncSession, indexes: TextIndexes, new: Sequence[NewRow]) -> None:
    """Add products, and let them be found; at most a few hundred at a time.

    Raises `AlreadyExists` for an id or SKU that is taken, `CategoryNotFound` for an unknown category.
    """
    added = [each.product for each in new]
    await _check(session, added)
    rows = [_product_row(each) for each in added]
    numbers = dict((await session.execute(_insert_products, rows)).all())
    await session.execute(insert(variants), [row for each in added for row in _variant_rows(each, numbers[each.id])])
    facts = [row for each in added for row in _fact_rows(each, numbers[each.id])]
    if facts:
        await session.execute(insert(attributes), facts)
    drawn = [{"product": numbers[each.product.id], "svg": each.picture.svg} for each in new if each.picture]
    if drawn:
        await session.execute(insert(pictures), drawn)
    await indexes.of(session).add(session, [document_of(each, numbers[each.id]) for each in added])


async def set_price(session: AsyncSession, sku: Sku, price: Money) -> tuple[ProductId, bool]:
    """Set a variant's price and say whose it is, and whether it was another before.

    Raises `VariantNotFound`, and `InvalidPrice` for another currency than the product has.
    """
    found = (await session.execute(_variant, {"sku": sku})).one_or_none()
    if found is None:
        raise VariantNotFound(sku=sku)
    product, product_id, before, currency = found
    domain.check_price(price, currency)
    if price.amount == before:
        return ProductId(product_id), False
    await session.execute(_set_price, {"its_sku": sku, "new_price": price.amount})
    await session.execute(_set_card_prices, {"product": product})
    return ProductId(product_id), True


async def discontinue(session: AsyncSession, product_id: ProductId) -> None:
    """Take a product out of all lists."""
    await session.execute(_discontinue, {"product_id": product_id})


async def _check(session: AsyncSession, added: Sequence[Product]) -> None:
    ids = [each.id for each in added]
    skus = [variant.sku for each in added for variant in each.variants]
    for taken in (*await known_products(session, ids), *_repeated(ids)):
        raise AlreadyExists(what="id", value=taken)
    for taken in (*await session.scalars(_known_skus, {"skus": skus}), *_repeated(skus)):
        raise AlreadyExists(what="sku", value=taken)
    needed = {each.category_id for each in added}
    for missing in needed.difference(await session.scalars(_known_categories, {"ids": sorted(needed)})):
        raise CategoryNotFound(category=CategoryId(missing))


def _repeated(names: Sequence[str]) -> Iterator[str]:
    return (name for name, count in Counter(names).items() if count > 1)


def _product_row(product: Product) -> dict[str, Any]:
    cheapest = product.variants[0].price
    return {
        "id": product.id,
        "name": product.name,
        "sort_key": domain.sort_key(product.name),
        "brand": product.brand,
        "category_id": product.category_id,
        "description": product.description,
        "attributes": msgspec.json.encode(product.attributes).decode(),
        "currency": cheapest.currency,
        "price_from": cheapest.amount,
        "prices_differ": product.variants[0].price != product.variants[-1].price,
        "discontinued": product.discontinued,
    }


def _variant_rows(product: Product, number: int) -> Iterator[dict[str, Any]]:
    for position, variant in enumerate(product.variants):
        yield {
            "sku": variant.sku,
            "product": number,
            "position": position,
            "attributes": msgspec.json.encode(variant.attributes).decode(),
            "price": variant.price.amount,
            "weight_grams": variant.weight_grams,
        }


def _fact_rows(product: Product, number: int) -> Iterator[dict[str, Any]]:
    facts = {(each.name, each.value, "") for each in product.attributes}
    facts |= {(each.name, each.value, variant.sku) for variant in product.variants for each in variant.attributes}
    for name, value, sku in sorted(facts):
        yield {"product": number, "name": name, "value": value, "sku": sku}
