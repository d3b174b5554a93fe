"""Finding something to buy, by looking at pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.journeys.shopper import Page, Shopper, said


class Find(NamedTuple):
    """A variant of which few are left: its product's address, its label, and how many."""

    product: str
    label: str
    left: int


def products(shopper: Shopper) -> Iterator[str]:
    """Walk through the store: the addresses of the products on the categories' first pages, each once."""
    seen = set()
    for category in shopper.visit("/").links("/categories/"):
        for address in shopper.visit(category).links("/products/"):
            if address not in seen:
                seen.add(address)
                yield address


def scarce(shopper: Shopper, at_least: int = 1) -> Find:
    """Find a variant of which a few are left, but so many."""
    for address in products(shopper):
        page = shopper.visit(address)
        if "Only" in page.response.text:
            for label, number in few(page).items():
                if number >= at_least:
                    return Find(address, label, number)
    raise AssertionError("there is enough of everything")


def few(page: Page) -> dict[str, int]:
    """Return the variants on a product's page of which few are left, none included."""
    found = {}
    for label in page.soup.select(".variants label"):
        match re.fullmatch(r"(.+) (?:Only (\d+) left|Sold out)", said(label)):
            case re.Match() as stock:
                found[stock[1]] = int(stock[2] or 0)
    return found


def left(shopper: Shopper, find: Find) -> int:
    """Return how many of a find are left now."""
    return few(shopper.visit(find.product))[find.label]


def put(shopper: Shopper, find: Find, quantity: int) -> Page:
    """Put so many of a find into the cart."""
    return shopper.add(find.product, quantity, {find.label: True})
