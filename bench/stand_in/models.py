"""What crosses between the services: the shop's messages as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Sku = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Model(BaseModel):
    """A value that does not change."""

    model_config = ConfigDict(frozen=True)


class Money(Model):
    """An amount in minor units."""

    amount: int
    currency: Currency


class Attribute(Model):
    """One property."""

    name: str
    value: str


class Category(Model):
    """A node of the category tree."""

    id: str
    slug: str
    name: str
    parent_id: str | None
    vat_rate: int


class Variant(Model):
    """What is sold."""

    sku: Sku
    attributes: list[Attribute] = []
    price: Money
    weight_grams: int


class Product(Model):
    """One product with its variants."""

    id: str
    name: str
    brand: str
    category_id: str
    description: str
    attributes: list[Attribute]
    variants: list[Variant]
    discontinued: bool = False


class Card(Model):
    """What a list shows of a product."""

    product_id: str
    name: str
    brand: str
    category_id: str
    price_from: Money
    prices_differ: bool


class Offer(Model):
    """One SKU for carts and orders."""

    sku: Sku
    product_id: str
    name: str
    attributes: list[Attribute]
    price: Money
    vat_rate: int
    weight_grams: int


class Search(Model):
    """What to look for; newest first."""

    category_id: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 24


class FacetValue(Model):
    """A value that products have, and how many of them."""

    value: str
    count: int


class Facet(Model):
    """An attribute by which a category can be narrowed."""

    name: str
    values: list[FacetValue]


class Availability(Model):
    """How many of a SKU can be promised."""

    sku: Sku
    available: int


class Line(Model):
    """So many of one SKU."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=999)]


class Reservation(Model):
    """Stock held for an order."""

    order_id: str
    lines: Annotated[list[Line], Field(min_length=1)]
    expires: datetime | None = None


class Address(Model):
    """Where to deliver to."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    street: Annotated[str, Field(min_length=1, max_length=200)]
    postal_code: Annotated[str, Field(min_length=1, max_length=20)]
    city: Annotated[str, Field(min_length=1, max_length=120)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class SavedAddress(Model):
    """An address in a person's address book."""

    id: str
    address: Address


class Account(Model):
    """A person's account."""

    id: str
    email: str
    name: str
    roles: list[str]


class Registration(Model):
    """Who registers, and from where."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: Annotated[str, Field(min_length=10, max_length=200)]
    name: str
    source: str


class Session(Model):
    """A logged-in session."""

    token: str
    account: Account
    expires: datetime


class Identity(Model):
    """Whose session it is, and what proves it to other services."""

    account: Account
    assertion: str
    expires: datetime


class CartLine(Model):
    """One SKU in a cart."""

    sku: Sku
    quantity: int
    name: str
    detail: str
    product_id: str | None
    unit_price: Money | None
    total: Money | None
    available: int | None
    problem: str | None


class Cart(Model):
    """A cart as it stands now."""

    token: str | None
    lines: list[CartLine]
    subtotal: Money | None
    count: int


class Item(Model):
    """What is put into a cart."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=99)]
