"""What is to be found of products, and the index as a thing that follows from them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import Product
from contracts.kit import Derived
from contracts.values import ProductId
from modules.catalog import domain
from modules.catalog.store.products import products_by_id
from modules.catalog.store.search_postgresql import PostgresqlTextIndex
from modules.catalog.store.search_sqlite import SqliteTextIndex
from modules.catalog.store.tables import products
from modules.catalog.store.text_index import Document, TextIndexes

_ids = select(products.c.id, products.c.number).where(products.c.number.in_(bindparam("numbers", expanding=True)))


def text_indexes() -> TextIndexes:
    """Return the index of every kind of database."""
    return TextIndexes(sqlite=SqliteTextIndex(), postgresql=PostgresqlTextIndex())


def document_of(product: Product, number: int) -> Document:
    """Return what is to be found of a product."""
    own = [each for variant in product.variants for each in variant.attributes]
    return Document(
        number, product.name, product.brand, domain.searchable([*product.attributes, *own]), product.description
    )


async def derive(session: AsyncSession, numbers: Collection[int]) -> None:
    """Make anew the index of the products with these numbers, in whatever kind of database it is."""
    index = text_indexes().of(session)
    await index.remove(session, numbers)
    rows = (await session.execute(_ids.order_by(products.c.number), {"numbers": list(numbers)})).all()
    if rows:
        found = await products_by_id(session, [ProductId(id_) for id_, _ in rows])
        await index.add(session, [document_of(found[ProductId(id_)], number) for id_, number in rows])


derived = Derived(
    tables=("product_search", "product_vectors"),
    follows={"products": "number", "variants": "product"},
    derive=derive,
)
