"""What the catalogue does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import (
    Catalog,
    Category,
    Facet,
    NewProduct,
    Offer,
    Page,
    Picture,
    PriceChanged,
    Product,
    ProductAdded,
    ProductDiscontinued,
    Search,
)
from contracts.kit import Database
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog import cursors, domain
from modules.catalog.pictures import check_picture
from modules.catalog.settings import CatalogSettings
from modules.catalog.store import categories, products, writing
from modules.catalog.store.search import facet_counts, find
from modules.catalog.store.text_index import TextIndexes


@final
class CatalogService(Catalog):
    """The catalogue over its database; each operation is described by the contract."""

    def __init__(self, database: Database[AsyncSession], indexes: TextIndexes, settings: CatalogSettings) -> None:
        self._database = database
        self._indexes = indexes
        self._currency = settings.currency

    async def list_categories(self) -> tuple[Category, ...]:
        async with self._database.read() as session:
            return domain.tree_order(await categories.all_categories(session))

    async def get_product(self, product_id: ProductId) -> Product:
        async with self._database.read() as session:
            return await products.product(session, product_id)

    async def get_products(self, product_ids: tuple[ProductId, ...]) -> tuple[Product, ...]:
        async with self._database.read() as session:
            found = await products.products_by_id(session, product_ids)
        return tuple(found[each] for each in product_ids if each in found)

    async def get_offers(self, skus: tuple[Sku, ...]) -> tuple[Offer, ...]:
        async with self._database.read() as session:
            found = await products.offers(session, skus)
        return tuple(found[each] for each in skus if each in found)

    async def search(self, search: Search) -> Page:
        after = cursors.place_of(search)
        async with self._database.read() as session:
            cards, last = await find(session, self._indexes, search, domain.words(search.text), after)
            if not cards and search.category_id is not None:
                # Only a category that has no products can be an unknown one.
                await categories.check_category(session, search.category_id)
        return Page(cards=tuple(cards), next_cursor=None if last is None else cursors.issue(search, last))

    async def list_facets(self, category_id: CategoryId) -> tuple[Facet, ...]:
        async with self._database.read() as session:
            counts, total = await facet_counts(session, category_id)
            if not total:
                await categories.check_category(session, category_id)
        return domain.facets(counts, total)

    async def get_picture(self, product_id: ProductId) -> Picture:
        async with self._database.read() as session:
            return await products.picture(session, product_id)

    async def export(self) -> AsyncIterator[Product]:
        batch = await self._products_after("")
        while batch:
            for product in batch:
                yield product
            batch = await self._products_after(batch[-1].id)

    async def add_category(self, category: Category) -> Category:
        async with self._database.write() as work:
            await categories.add_categories(work.session, [category])
            return category

    async def add_product(self, product: NewProduct) -> Product:
        for variant in product.variants:
            domain.check_price(variant.price, self._currency)
        if product.picture is not None:
            check_picture(product.picture.svg)
        added = domain.product_from(product)
        async with self._database.write() as work:
            await writing.add_products(work.session, self._indexes, [writing.NewRow(added, product.picture)])
            work.publish(ProductAdded(product_id=added.id, skus=domain.skus(added)))
            return added

    async def change_price(self, sku: Sku, price: Money) -> Product:
        async with self._database.write() as work:
            product_id, changed = await writing.set_price(work.session, sku, price)
            if changed:
                work.publish(PriceChanged(product_id=product_id, sku=sku, price=price))
            return await products.product(work.session, product_id)

    async def discontinue_product(self, product_id: ProductId) -> Product:
        async with self._database.write() as work:
            before = await products.product(work.session, product_id)
            if before.discontinued:
                return before
            await writing.discontinue(work.session, product_id)
            work.publish(ProductDiscontinued(product_id=product_id, skus=domain.skus(before)))
            return await products.product(work.session, product_id)

    async def _products_after(self, product_id: str) -> tuple[Product, ...]:
        # A session a batch: a slow reader of an export keeps no transaction open.
        async with self._database.read() as session:
            return await products.products_after(session, product_id)
