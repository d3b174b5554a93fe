"""Products as they are read from the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import Attribute, Offer, Picture, Product, ProductNotFound, Variant
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog.store.tables import categories, listed, pictures, products, variants

EXPORT_BATCH = 100

_attributes = msgspec.json.Decoder(tuple[Attribute, ...])

_products = (
    select(
        products.c.id,
        products.c.name,
        products.c.brand,
        products.c.category_id,
        products.c.description,
        products.c.attributes,
        products.c.currency,
        products.c.discontinued,
        variants.c.sku,
        variants.c.attributes,
        variants.c.price,
        variants.c.weight_grams,
    )
    .join_from(products, variants, variants.c.product == products.c.number)
    .order_by(products.c.id, variants.c.price, variants.c.position)
)
_products_by_id = _products.where(products.c.id.in_(bindparam("ids", expanding=True)))
_one_product = _products.where(products.c.id == bindparam("id"))
_products_after = _products.where(
    products.c.id.in_(
        select(products.c.id).where(products.c.id > bindparam("after")).order_by(products.c.id).limit(EXPORT_BATCH)
    )
)
_offers = (
    select(
        variants.c.sku,
        products.c.id,
        products.c.name,
        variants.c.attributes,
        variants.c.price,
        products.c.currency,
        categories.c.vat_rate,
        variants.c.weight_grams,
    )
    .join_from(variants, products, variants.c.product == products.c.number)
    .join(categories, products.c.category_id == categories.c.id)
    .where(variants.c.sku.in_(bindparam("skus", expanding=True)), listed)
)
_picture = (
    select(pictures.c.svg)
    .join(products, pictures.c.product == products.c.number)
    .where(products.c.id == bindparam("id"))
)

_ProductRow = Row[str, str, str, str, str, str, str, bool, str, str, int, int]


async def product(session: AsyncSession, product_id: ProductId) -> Product:
    """Return one product, or raise `ProductNotFound`."""
    for found in _assemble(await session.execute(_one_product, {"id": product_id})):
        return found
    raise ProductNotFound(product_id=product_id)


async def products_by_id(session: AsyncSession, ids: Sequence[ProductId]) -> dict[ProductId, Product]:
    """Return those of these products that there are."""
    return {each.id: each for each in _assemble(await session.execute(_products_by_id, {"ids": ids}))}


async def products_after(session: AsyncSession, product_id: str) -> tuple[Product, ...]:
    """Return the first `EXPORT_BATCH` products with a greater id, by id; ids are greater than an empty text."""
    return tuple(_assemble(await session.execute(_products_after, {"after": product_id})))


async def offers(session: AsyncSession, skus: Sequence[Sku]) -> dict[Sku, Offer]:
    """Return those of these SKUs that are sold now."""
    return {
        Sku(sku): Offer(
            sku=Sku(sku),
            product_id=ProductId(product_id),
            name=name,
            attributes=_attributes.decode(own),
            price=Money(amount=price, currency=currency),
            vat_rate=vat_rate,
            weight_grams=weight,
        )
        for sku, product_id, name, own, price, currency, vat_rate, weight in await session.execute(
            _offers, {"skus": skus}
        )
    }


async def picture(session: AsyncSession, product_id: ProductId) -> Picture:
    """Return a product's picture; `ProductNotFound` where there is no such product, or no picture of it."""
    svg = await session.scalar(_picture, {"id": product_id})
    if svg is None:
        raise ProductNotFound(product_id=product_id)
    return Picture(svg=svg)


def _assemble(rows: Iterable[_ProductRow]) -> Iterator[Product]:
    """Make products of rows that come one a variant, product by product."""
    last: _ProductRow | None = None
    found: list[Variant] = []
    for row in rows:
        if last is not None and row[0] != last[0]:
            yield _product(last, found)
            found = []
        _, _, _, _, _, _, currency, _, sku, attributes, price, weight = last = row
        found.append(
            Variant(
                sku=Sku(sku),
                attributes=_attributes.decode(attributes),
                price=Money(amount=price, currency=currency),
                weight_grams=weight,
            )
        )
    if last is not None:
        yield _product(last, found)


def _product(row: _ProductRow, found: Iterable[Variant]) -> Product:
    id_, name, brand, category_id, description, attributes, _, discontinued, *_ = row
    return Product(
        id=ProductId(id_),
        name=name,
        brand=brand,
        category_id=CategoryId(category_id),
        description=description,
        attributes=_attributes.decode(attributes),
        variants=tuple(found),
        discontinued=discontinued,
    )
