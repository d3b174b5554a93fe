"""The catalogue's tables.

Products have a ``number`` beside their public id: it grows with every product added, so it stands for
age, settles ties in every order, and keeps the tables below a product small.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    PrimaryKeyConstraint,
    Table,
    TypedColumns,
)

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


class _Categories(TypedColumns):
    id: Named[str] = Column(primary_key=True)
    slug: Named[str] = Column(unique=True)
    name: Named[str]
    parent_id: Named[str | None] = Column(ForeignKey("categories.id"), index=True)
    vat_rate: Named[int]


class _Products(TypedColumns):
    """``attributes`` is JSON; ``price_from`` and ``prices_differ`` follow from the variants."""

    number: Named[int] = Column(_Number, primary_key=True)
    id: Named[str] = Column(unique=True)
    name: Named[str]
    sort_key: Named[str]
    brand: Named[str]
    category_id: Named[str] = Column(ForeignKey("categories.id"))
    description: Named[str]
    attributes: Named[str]
    currency: Named[str]
    price_from: Named[int] = Column(BigInteger)
    prices_differ: Named[bool]
    discontinued: Named[bool]


class _Variants(TypedColumns):
    """``attributes`` is JSON; ``position`` settles the order of variants with the same price."""

    sku: Named[str] = Column(primary_key=True)
    product: Named[int] = Column(_Number, ForeignKey("products.number"))
    position: Named[int]
    attributes: Named[str]
    price: Named[int] = Column(BigInteger)
    weight_grams: Named[int]


class _Attributes(TypedColumns):
    """What products are narrowed by. ``sku`` is empty for what all variants of the product share."""

    product: Named[int] = Column(_Number, ForeignKey("products.number"))
    name: Named[str]
    value: Named[str]
    sku: Named[str]


class _Pictures(TypedColumns):
    product: Named[int] = Column(_Number, ForeignKey("products.number"), primary_key=True, autoincrement=False)
    svg: Named[str]


categories = Table("categories", metadata, _Categories)
products = Table("products", metadata, _Products)
variants = Table("variants", metadata, _Variants)
attributes = Table(
    "attributes",
    metadata,
    _Attributes,
    PrimaryKeyConstraint("product", "name", "value", "sku"),
    sqlite_with_rowid=False,
)
pictures = Table("pictures", metadata, _Pictures)

listed = products.c.discontinued.is_(False)
"""What may be shown in lists; the same expression in every query, so that these indexes serve it."""

Index("ix_products_category", products.c.category_id, products.c.number, sqlite_where=listed, postgresql_where=listed)
Index("ix_products_price", products.c.price_from, products.c.number, sqlite_where=listed, postgresql_where=listed)
Index("ix_products_name", products.c.sort_key, products.c.number, sqlite_where=listed, postgresql_where=listed)
Index("ix_variants_product", variants.c.product, variants.c.price)
Index("ix_attributes_value", attributes.c.name, attributes.c.value, attributes.c.product, attributes.c.sku)
