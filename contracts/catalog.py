"""What the store may ask of its catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from contracts.kit import STAFF, Error, Event, Message, atomic, command, contract, query, stream
from contracts.values import BasisPoints, CategoryId, Money, ProductId, Sku

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Slug = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=120)]
ProductIds = Annotated[tuple[ProductId, ...], Meta(max_length=100)]


class Category(Message):
    """A node of the category tree; ``parent_id`` is None at its roots.

    ``slug`` is unique and stands in addresses; ``vat_rate`` holds for the category's own products.
    """

    id: CategoryId
    slug: Slug
    name: Name
    parent_id: CategoryId | None
    vat_rate: BasisPoints


class Attribute(Message):
    """One property, such as colour: blue."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    value: Annotated[str, Meta(min_length=1, max_length=120)]


class Variant(Message):
    """What is actually sold: one SKU with what sets it apart, its price including VAT, and its weight."""

    sku: Annotated[Sku, Meta(pattern="^[A-Z0-9][A-Z0-9-]{1,39}$(?!\n)")]
    attributes: tuple[Attribute, ...] = ()
    price: Money
    weight_grams: Annotated[int, Meta(ge=0, le=1_000_000)]


class Product(Message):
    """One product with its variants, cheapest first; at least one.

    ``attributes`` are those that all variants share. A discontinued product is still shown to those who
    know it, but is not listed, found or sold.
    """

    id: ProductId
    name: Name
    brand: Name
    category_id: CategoryId
    description: Annotated[str, Meta(max_length=10_000)]
    attributes: tuple[Attribute, ...]
    variants: Annotated[tuple[Variant, ...], Meta(min_length=1, max_length=200)]
    discontinued: bool = False


class Card(Message):
    """What a list shows of a product; ``price_from`` is its cheapest variant's, including VAT."""

    product_id: ProductId
    name: str
    brand: str
    category_id: CategoryId
    price_from: Money
    prices_differ: bool


class Offer(Message):
    """One SKU for carts and orders: its own ``attributes``, and its ``price`` including VAT at ``vat_rate``."""

    sku: Sku
    product_id: ProductId
    name: str
    attributes: tuple[Attribute, ...]
    price: Money
    vat_rate: BasisPoints
    weight_grams: int


class Sort(StrEnum):
    """The order of a search's results; ``RELEVANCE`` without a text means newest first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"
    NAME = "name"


class Search(Message):
    """What to look for; whatever is left out does not narrow the search.

    ``category_id`` includes the categories below it. ``attributes`` with the same name are
    alternatives, with different names they must all hold. Prices are minor units including VAT, both
    ends included. A product matches if one of its variants has the attributes and the price.
    ``cursor`` is the `next_cursor` of the page before, valid for the same search only; ``limit`` may
    change from page to page.
    """

    text: Annotated[str, Meta(max_length=200)] = ""
    category_id: CategoryId | None = None
    price_min: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    price_max: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    attributes: Annotated[tuple[Attribute, ...], Meta(max_length=20)] = ()
    sort: Sort = Sort.RELEVANCE
    cursor: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 24


class Page(Message):
    """One page of results; ``next_cursor`` is None on the last."""

    cards: tuple[Card, ...]
    next_cursor: str | None


class FacetValue(Message):
    """A value that products have, and how many of them."""

    value: str
    count: int


class Facet(Message):
    """An attribute by which a category can be narrowed: its 50 most frequent values, most frequent first."""

    name: str
    values: tuple[FacetValue, ...]


class Picture(Message):
    """A product's picture: an SVG document without scripts or outside references."""

    svg: Annotated[str, Meta(max_length=100_000)]


class NewProduct(Message):
    """A product to be added, in an existing category."""

    id: Annotated[ProductId, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=120)]
    name: Name
    brand: Name
    category_id: CategoryId
    description: Annotated[str, Meta(max_length=10_000)] = ""
    attributes: tuple[Attribute, ...] = ()
    variants: Annotated[tuple[Variant, ...], Meta(min_length=1, max_length=200)]
    picture: Picture | None = None


class ProductNotFound(Error):
    """No product has this id."""

    code = "catalog.product_not_found"
    product_id: ProductId


class CategoryNotFound(Error):
    """No category has this id or slug."""

    code = "catalog.category_not_found"
    category: str


class VariantNotFound(Error):
    """No variant has this SKU."""

    code = "catalog.variant_not_found"
    sku: Sku


class InvalidCursor(Error):
    """The cursor is damaged, or belongs to another search."""

    code = "catalog.invalid_cursor"


class AlreadyExists(Error):
    """The id, slug or SKU is taken; ``what`` says which, e.g. ``sku``."""

    code = "catalog.already_exists"
    what: str
    value: str


class InvalidPrice(Error):
    """A price is negative, or not in the store's currency."""

    code = "catalog.invalid_price"
    price: Money


class InvalidPicture(Error):
    """A picture is not SVG, or more than a plain drawing: it holds scripts, styles, outside references, …"""

    code = "catalog.invalid_picture"
    problem: str


class ProductAdded(Event):
    """A product can be sold from now on."""

    code: ClassVar[str] = "catalog.product_added"
    key: ClassVar[str] = "product_id"
    product_id: ProductId
    skus: tuple[Sku, ...]


class PriceChanged(Event):
    """A variant's price, including VAT, is another from now on."""

    code: ClassVar[str] = "catalog.price_changed"
    key: ClassVar[str] = "product_id"
    product_id: ProductId
    sku: Sku
    price: Money


class ProductDiscontinued(Event):
    """A product is no longer sold."""

    code: ClassVar[str] = "catalog.product_discontinued"
    key: ClassVar[str] = "product_id"
    product_id: ProductId
    skus: tuple[Sku, ...]


@contract(version=1, events=(ProductAdded, PriceChanged, ProductDiscontinued))
class Catalog(Protocol):
    """Categories, products and their prices; search."""

    @query()
    async def list_categories(self) -> tuple[Category, ...]:
        """Return the whole category tree, parents before their children, siblings by name."""
        ...

    @query(deadline=0.5, raises=(ProductNotFound,))
    async def get_product(self, product_id: ProductId) -> Product:
        """Return one product, discontinued or not. ProductNotFound: there never was one."""
        ...

    @query()
    async def get_products(self, product_ids: ProductIds) -> tuple[Product, ...]:
        """Return up to 100 products in the order asked for; unknown ids are left out."""
        ...

    @query()
    async def get_offers(self, skus: Annotated[tuple[Sku, ...], Meta(max_length=200)]) -> tuple[Offer, ...]:
        """Return up to 200 SKUs as they are sold now, in the order asked for; what is not sold is left out."""
        ...

    @query(raises=(CategoryNotFound, InvalidCursor))
    async def search(self, search: Search) -> Page:
        """Return one page of the products that match, without discontinued ones.

        Words of the text match as prefixes; all must match in name, brand, description or attributes.
        """
        ...

    @query(raises=(CategoryNotFound,))
    async def list_facets(self, category_id: CategoryId) -> tuple[Facet, ...]:
        """Return the attributes by which a category, with those below it, can be narrowed: those that differ."""
        ...

    @query(raises=(ProductNotFound,))
    async def get_picture(self, product_id: ProductId) -> Picture:
        """Return a product's picture. ProductNotFound also where it has none."""
        ...

    @stream()
    def export(self) -> AsyncIterator[Product]:
        """Yield all products, discontinued ones too, by id."""
        ...

    @command(atomic, allow=STAFF, raises=(AlreadyExists, CategoryNotFound))
    async def add_category(self, category: Category) -> Category:
        """Add a category. CategoryNotFound: its parent; AlreadyExists: its id or slug."""
        ...

    @command(atomic, allow=STAFF, raises=(AlreadyExists, CategoryNotFound, InvalidPrice, InvalidPicture))
    async def add_product(self, product: NewProduct) -> Product:
        """Add a product and announce `ProductAdded`. AlreadyExists: its id, or one of its SKUs."""
        ...

    @command(atomic, allow=STAFF, raises=(VariantNotFound, InvalidPrice))
    async def change_price(self, sku: Sku, price: Money) -> Product:
        """Set a variant's price, including VAT, and announce `PriceChanged` if it is another."""
        ...

    @command(atomic, allow=STAFF, raises=(ProductNotFound,))
    async def discontinue_product(self, product_id: ProductId) -> Product:
        """Take a product out of sale and announce `ProductDiscontinued`; once is enough."""
        ...
