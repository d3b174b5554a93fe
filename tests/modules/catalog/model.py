"""A small catalogue full of ties, and a plain model of what a search in it finds."""

from __future__ import annotations

import re
import unicodedata
from itertools import product as combinations

from contracts.catalog import NewProduct, Search, Sort, Variant
from contracts.values import CategoryId, ProductId
from tests.modules.catalog.builders import category, facts, product, variant

TREE = (
    category("Home"),
    category("Kitchen", "home"),
    category("Mugs", "kitchen"),
    category("Tall", "mugs"),
    category("Garden"),
    category("Empty"),
)
_BELOW = {
    None: {"home", "kitchen", "mugs", "tall", "garden", "empty"},
    "home": {"home", "kitchen", "mugs", "tall"},
    "kitchen": {"kitchen", "mugs", "tall"},
    "mugs": {"mugs", "tall"},
    "tall": {"tall"},
    "garden": {"garden"},
    "empty": {"empty"},
}


def _products() -> tuple[NewProduct, ...]:
    names, places = ("Ember Mug", "ember mug", "Tall Müg", "Lamp"), ("kitchen", "mugs", "tall", "garden")
    made = []
    for number, (name, place, price) in enumerate(combinations(names, places, (1000, 2000))):
        sku, colour = f"SKU-{number}", ("Blue", "Red")[number % 2]
        variants: list[Variant] = [variant(f"{sku}-A", price, Colour=colour, Size="L" if number % 3 else "S")]
        if number % 4 == 0:
            variants.append(variant(f"{sku}-B", price + 500, Colour="Red", Size="L"))
        made.append(
            product(
                f"product-{(number * 7) % 32}",
                *variants,
                name=name,
                brand=("Acme", "Other")[number % 3 == 0],
                category_id=CategoryId(place),
                description=("A fine thing.", "It is blue-green.", "")[number % 3],
                attributes=facts(Material="Clay") if number % 5 == 0 else (),
            )
        )
    return tuple(made)


PRODUCTS = _products()
"""In the order in which they are added."""


def expected(search: Search) -> list[ProductId]:
    """Return what a search finds, all pages together; relevance is taken for newest first."""
    matching = [
        (number, each)
        for number, each in enumerate(PRODUCTS)
        if each.category_id in _BELOW[search.category_id]
        and all(any(word.startswith(wanted) for word in _words(_text(each))) for wanted in _words(search.text))
        and any(_fits(search, each, one) for one in each.variants)
    ]
    return [each.id for _, each in sorted(matching, key=lambda one: _place(search.sort, *one))]


def _place(sort: Sort, number: int, new: NewProduct) -> tuple[str | int, int]:
    price = min(one.price.amount for one in new.variants)
    match sort:
        case Sort.NAME:
            return _plain(new.name), number
        case Sort.PRICE_UP:
            return price, number
        case Sort.PRICE_DOWN:
            return -price, -number
    return -number, 0


def _fits(search: Search, new: NewProduct, one: Variant) -> bool:
    has = {(each.name, each.value) for each in (*new.attributes, *one.attributes)}
    return (search.price_min or 0) <= one.price.amount <= (
        10**12 if search.price_max is None else search.price_max
    ) and all(
        any((wanted.name, value.value) in has for value in search.attributes if value.name == wanted.name)
        for wanted in search.attributes
    )


def _text(new: NewProduct) -> str:
    values = [each.value for each in new.attributes] + [each.value for one in new.variants for each in one.attributes]
    return " ".join([new.name, new.brand, new.description, *values])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _plain(unicodedata.normalize("NFC", text)))


def _plain(text: str) -> str:
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    ).casefold()
