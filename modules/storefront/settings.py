"""What can be set about the storefront."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message
from contracts.values import CountryCode, Currency


class StorefrontSettings(Message):
    """How the store presents itself.

    ``currency`` is that of the price filter and is to be the catalogue's. ``country`` is preselected at
    checkout, ``countries`` are offered there; whether an order can go to one of them is for the orders
    module to say. ``cart_days`` is how long a browser keeps a guest's cart. ``secure_cookies`` makes
    browsers take cookies from this host alone and send them over https only; so it is for requests that
    come by https in any case.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)] = "Freestone Goods"
    tagline: Annotated[str, Meta(max_length=160)] = "Well-made things for home, garden and the road."
    currency: Currency = "EUR"
    country: CountryCode = "DE"
    countries: Annotated[tuple[CountryCode, ...], Meta(min_length=1)] = (
        "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
        "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    )  # fmt: skip
    page_size: Annotated[int, Meta(ge=4, le=100)] = 24
    cart_days: Annotated[int, Meta(ge=1, le=400)] = 60
    secure_cookies: bool = False
