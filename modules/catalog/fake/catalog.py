"""The whole contract over a few dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import final

import msgspec

from contracts.catalog import (
    AlreadyExists,
    Catalog,
    Category,
    CategoryNotFound,
    Facet,
    NewProduct,
    Offer,
    Page,
    Picture,
    Product,
    ProductNotFound,
    Search,
    VariantNotFound,
)
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog import cursors, domain
from modules.catalog.fake import finding
from modules.catalog.pictures import check_picture
from modules.catalog.settings import CatalogSettings

AT_FIRST = 60
"""How many products of the demonstration catalogue it begins with."""


@final
class FakeCatalog(Catalog):
    """Begins with the categories and products that it is given, in this order, or with the demonstration's first."""

    def __init__(
        self,
        settings: CatalogSettings,
        categories: Iterable[Category] | None = None,
        products: Iterable[NewProduct] | None = None,
    ) -> None:
        from modules.catalog.seed import generator  # with its grammar, which nobody else needs to read

        self._currency = settings.currency
        self._categories: dict[CategoryId, Category] = {}
        self._products: dict[ProductId, Product] = {}
        self._pictures: dict[ProductId, Picture] = {}
        self._owners: dict[Sku, ProductId] = {}
        for category in generator.categories() if categories is None else categories:
            self._add_category(category)
        for product in generator.products(AT_FIRST, self._currency) if products is None else products:
            self._add_product(product)

    async def list_categories(self) -> tuple[Category, ...]:
        return domain.tree_order(self._categories.values())

    async def get_product(self, product_id: ProductId) -> Product:
        if product_id not in self._products:
            raise ProductNotFound(product_id=product_id)
        return self._products[product_id]

    async def get_products(self, product_ids: tuple[ProductId, ...]) -> tuple[Product, ...]:
        return tuple(self._products[each] for each in product_ids if each in self._products)

    async def get_offers(self, skus: tuple[Sku, ...]) -> tuple[Offer, ...]:
        owners = ((sku, self._products[self._owners[sku]]) for sku in skus if sku in self._owners)
        return tuple(self._offer(sku, product) for sku, product in owners if not product.discontinued)

    async def search(self, search: Search) -> Page:
        after = cursors.place_of(search)
        rows = finding.found(self._listed(search.category_id), search, after)
        cards = tuple(finding.card(product) for _, product in rows[: search.limit])
        is_last = len(rows) <= search.limit
        return Page(cards=cards, next_cursor=None if is_last else cursors.issue(search, rows[search.limit - 1][0]))

    async def list_facets(self, category_id: CategoryId) -> tuple[Facet, ...]:
        products = [product for _, product in self._listed(category_id)]
        return domain.facets(finding.counted(products), len(products))

    async def get_picture(self, product_id: ProductId) -> Picture:
        if product_id not in self._pictures:
            raise ProductNotFound(product_id=product_id)
        return self._pictures[product_id]

    async def export(self) -> AsyncIterator[Product]:
        for product_id in sorted(self._products):
            yield self._products[product_id]

    async def add_category(self, category: Category) -> Category:
        self._add_category(category)
        return category

    async def add_product(self, product: NewProduct) -> Product:
        return self._add_product(product)

    async def change_price(self, sku: Sku, price: Money) -> Product:
        if sku not in self._owners:
            raise VariantNotFound(sku=sku)
        domain.check_price(price, self._currency)
        product = self._products[self._owners[sku]]
        variants = (
            msgspec.structs.replace(each, price=price) if each.sku == sku else each for each in product.variants
        )
        by_price = tuple(sorted(variants, key=lambda variant: variant.price.amount))
        self._products[product.id] = msgspec.structs.replace(product, variants=by_price)
        return self._products[product.id]

    async def discontinue_product(self, product_id: ProductId) -> Product:
        product = await self.get_product(product_id)
        self._products[product_id] = msgspec.structs.replace(product, discontinued=True)
        return self._products[product_id]

    def _add_category(self, category: Category) -> None:
        if category.parent_id is not None:
            self._check_category(category.parent_id)
        if category.id in self._categories:
            raise AlreadyExists(what="id", value=category.id)
        if any(each.slug == category.slug for each in self._categories.values()):
            raise AlreadyExists(what="slug", value=category.slug)
        self._categories[category.id] = category

    def _add_product(self, new: NewProduct) -> Product:
        for variant in new.variants:
            domain.check_price(variant.price, self._currency)
        if new.picture is not None:
            check_picture(new.picture.svg)
        if new.id in self._products:
            raise AlreadyExists(what="id", value=new.id)
        owners: dict[Sku, ProductId] = {}
        for variant in new.variants:
            if variant.sku in self._owners or variant.sku in owners:
                raise AlreadyExists(what="sku", value=variant.sku)
            owners[variant.sku] = new.id
        self._check_category(new.category_id)
        self._owners |= owners
        self._products[new.id] = domain.product_from(new)
        if new.picture is not None:
            self._pictures[new.id] = new.picture
        return self._products[new.id]

    def _check_category(self, category_id: CategoryId) -> None:
        if category_id not in self._categories:
            raise CategoryNotFound(category=category_id)

    def _listed(self, category_id: CategoryId | None) -> list[tuple[int, Product]]:
        """Return what is sold of a category with those below it, or of all, numbered in the order of its coming."""
        below = set(self._categories)
        if category_id is not None:
            self._check_category(category_id)
            below = {category_id}
            for category in domain.tree_order(self._categories.values()):
                if category.parent_id in below:
                    below.add(category.id)
        numbered = enumerate(self._products.values())
        return [(number, each) for number, each in numbered if each.category_id in below and not each.discontinued]

    def _offer(self, sku: Sku, product: Product) -> Offer:
        (variant,) = (each for each in product.variants if each.sku == sku)
        return Offer(
            sku=sku,
            product_id=product.id,
            name=product.name,
            attributes=variant.attributes,
            price=variant.price,
            vat_rate=self._categories[product.category_id].vat_rate,
            weight_grams=variant.weight_grams,
        )
