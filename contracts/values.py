"""Values that several contracts share: money, addresses, instants, typed ids."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType

from msgspec import Meta

from contracts.kit import Message

AccountId = NewType("AccountId", str)
CategoryId = NewType("CategoryId", str)
ProductId = NewType("ProductId", str)
Sku = NewType("Sku", str)
"""A stock-keeping unit: what exactly is sold and counted, e.g. one size and colour of a product."""
OrderId = NewType("OrderId", str)

Instant = Annotated[datetime, Meta(tz=True)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$(?!\n)", description="An ISO 4217 currency code, e.g. EUR.")]
Quantity = Annotated[int, Meta(ge=1, le=999)]
CountryCode = Annotated[str, Meta(pattern="^[A-Z]{2}$(?!\n)", description="An ISO 3166-1 alpha-2 country code.")]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000, description="Hundredths of a percent: 1900 is 19 %.")]


class Money(Message):
    """An amount in the minor unit of its currency (cents of EUR, whole yen of JPY).

    ``amount`` lies within ±10¹⁵, so that sums stay exact in every language behind a contract.
    """

    amount: Annotated[int, Meta(ge=-(10**15), le=10**15)]
    currency: Currency


class Address(Message):
    """Where to deliver to. Line breaks are not part of any field."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    street: Annotated[str, Meta(min_length=1, max_length=200)]
    postal_code: Annotated[str, Meta(min_length=1, max_length=20)]
    city: Annotated[str, Meta(min_length=1, max_length=120)]
    country: CountryCode


class Line(Message):
    """So many of one SKU."""

    sku: Sku
    quantity: Quantity
