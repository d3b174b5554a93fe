"""A catalogue in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Never, final

from contracts.catalog import (
    Attribute,
    Card,
    Catalog,
    Category,
    CategoryNotFound,
    Facet,
    FacetValue,
    InvalidCursor,
    NewProduct,
    Offer,
    Page,
    Picture,
    Product,
    ProductNotFound,
    Search,
    Sort,
)
from contracts.kit import PermissionDenied
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.modules.storefront.fakes.breakable import Breakable


@final
class FakeCatalog(Breakable, Catalog):
    """Finds by substring, pages by number."""

    def __init__(self, categories: tuple[Category, ...], products: tuple[Product, ...]) -> None:
        super().__init__()
        self.categories = categories
        self.products = list(products)
        self.pictures: dict[str, str] = {}
        self.searches: list[Search] = []

    async def list_categories(self) -> tuple[Category, ...]:
        self.enter("list_categories")
        return self.categories

    async def get_product(self, product_id: ProductId) -> Product:
        self.enter("get_product")
        for product in self.products:
            if product.id == product_id:
                return product
        raise ProductNotFound(product_id=product_id)

    async def get_products(self, product_ids: tuple[ProductId, ...]) -> tuple[Product, ...]:
        self.enter("get_products")
        return tuple(product for each in product_ids for product in self.products if product.id == each)

    async def get_offers(self, skus: tuple[Sku, ...]) -> tuple[Offer, ...]:
        self.enter("get_offers")
        return tuple(offer for sku in skus if (offer := self._offer(sku)) is not None)

    async def search(self, search: Search) -> Page:
        self.enter("search")
        self.searches.append(search)
        found = [product for product in self.products if not product.discontinued and self._matches(product, search)]
        if search.sort is Sort.NAME:
            found.sort(key=lambda product: product.name)
        elif search.sort in (Sort.PRICE_UP, Sort.PRICE_DOWN):
            found.sort(key=lambda each: each.variants[0].price.amount, reverse=search.sort is Sort.PRICE_DOWN)
        if search.cursor is not None and not search.cursor.isdecimal():
            raise InvalidCursor
        start = int(search.cursor or 0)
        end = start + search.limit
        return Page(
            cards=tuple(_card(product) for product in found[start:end]),
            next_cursor=str(end) if end < len(found) else None,
        )

    async def list_facets(self, category_id: CategoryId) -> tuple[Facet, ...]:
        self.enter("list_facets")
        below = self._below(category_id)
        counts: dict[str, dict[str, int]] = {}
        for product in self.products:
            if product.category_id in below:
                for name, value in {(each.name, each.value) for each in _attributes(product)}:
                    values = counts.setdefault(name, {})
                    values[value] = values.get(value, 0) + 1
        return tuple(
            Facet(
                name=name,
                values=tuple(
                    FacetValue(value=value, count=count)
                    for value, count in sorted(values.items(), key=lambda each: (-each[1], each[0]))
                ),
            )
            for name, values in sorted(counts.items())
        )

    async def get_picture(self, product_id: ProductId) -> Picture:
        self.enter("get_picture")
        if product_id not in self.pictures:
            raise ProductNotFound(product_id=product_id)
        return Picture(svg=self.pictures[product_id])

    async def export(self) -> AsyncIterator[Product]:
        self.enter("export")
        for product in self.products:
            yield product

    async def add_category(self, category: Category) -> Category:
        self._refuse()

    async def add_product(self, product: NewProduct) -> Product:
        self._refuse()

    async def change_price(self, sku: Sku, price: Money) -> Product:
        self._refuse()

    async def discontinue_product(self, product_id: ProductId) -> Product:
        self._refuse()

    def _refuse(self) -> Never:
        raise PermissionDenied(operation="catalog.v1")

    def _below(self, category_id: CategoryId) -> set[CategoryId]:
        below = {category_id}
        for category in self.categories:
            if category.parent_id in below:
                below.add(category.id)
        if not any(category.id == category_id for category in self.categories):
            raise CategoryNotFound(category=category_id)
        return below

    def _matches(self, product: Product, search: Search) -> bool:
        text = f"{product.name} {product.brand} {product.description}".lower()
        price = product.variants[0].price.amount
        wanted: dict[str, set[str]] = {}
        for each in search.attributes:
            wanted.setdefault(each.name, set()).add(each.value)
        has = {(each.name, each.value) for each in _attributes(product)}
        return (
            all(word in text for word in search.text.lower().split())
            and (search.category_id is None or product.category_id in self._below(search.category_id))
            and (search.price_min is None or price >= search.price_min)
            and (search.price_max is None or price <= search.price_max)
            and all(any((name, value) in has for value in values) for name, values in wanted.items())
        )

    def _offer(self, sku: Sku) -> Offer | None:
        rates = {category.id: category.vat_rate for category in self.categories}
        for product in self.products:
            for variant in product.variants:
                if variant.sku == sku and not product.discontinued:
                    return Offer(
                        sku=sku,
                        product_id=product.id,
                        name=product.name,
                        attributes=variant.attributes,
                        price=variant.price,
                        vat_rate=rates[product.category_id],
                        weight_grams=variant.weight_grams,
                    )
        return None


def _attributes(product: Product) -> list[Attribute]:
    return [*product.attributes, *(each for variant in product.variants for each in variant.attributes)]


def _card(product: Product) -> Card:
    return Card(
        product_id=product.id,
        name=product.name,
        brand=product.brand,
        category_id=product.category_id,
        price_from=product.variants[0].price,
        prices_differ=len({each.price for each in product.variants}) > 1,
    )
