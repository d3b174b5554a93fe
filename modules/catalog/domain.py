"""The rules of a catalogue that need nothing but values."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from contracts.catalog import (
    Attribute,
    Category,
    Facet,
    FacetValue,
    InvalidPrice,
    NewProduct,
    Product,
)
from contracts.values import Money, Sku

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
LONGEST_SORT_KEY = 60
"""In characters; a cursor carries one of these."""
MOST_FACET_VALUES = 50


def words(text: str) -> tuple[str, ...]:
    """Return the words to look for in a customer's text, each once.

    Only letters, digits and the accents on them are left, so no text can be mistaken for a search
    engine's syntax. Capitals and accents are for the engine to fold, as it does with what it searches.
    """
    return tuple(dict.fromkeys(_WORD.findall(text)))


def folded(text: str) -> str:
    """Return a text without accents and capitals."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return plain.casefold()


def sort_key(name: str) -> str:
    """Return what stands for a name where names are put in order."""
    return folded(name)[:LONGEST_SORT_KEY]


def check_price(price: Money, currency: str) -> None:
    """Refuse what a variant cannot cost in a store that sells in ``currency``."""
    if price.amount < 0 or price.currency != currency:
        raise InvalidPrice(price=price)


def product_from(new: NewProduct) -> Product:
    """Return a new product as it will be shown: cheapest variant first."""
    return Product(
        id=new.id,
        name=new.name,
        brand=new.brand,
        category_id=new.category_id,
        description=new.description,
        attributes=new.attributes,
        variants=tuple(sorted(new.variants, key=lambda variant: variant.price.amount)),
    )


def skus(product: Product) -> tuple[Sku, ...]:
    """Return what is sold of a product."""
    return tuple(variant.sku for variant in product.variants)


def searchable(attributes: Iterable[Attribute]) -> str:
    """Return the attribute values as one text to be searched."""
    return " ".join(dict.fromkeys(attribute.value for attribute in attributes))


def tree_order(categories: Iterable[Category]) -> tuple[Category, ...]:
    """Put every category right after its parent and its siblings' families, siblings by name."""
    below: defaultdict[str | None, list[Category]] = defaultdict(list)
    for category in sorted(categories, key=lambda each: (sort_key(each.name), each.id), reverse=True):
        below[category.parent_id].append(category)
    ordered: list[Category] = []
    waiting = list(below[None])
    while waiting:
        category = waiting.pop()
        ordered.append(category)
        waiting.extend(below[category.id])
    return tuple(ordered)


def facets(counts: Iterable[tuple[str, str, int]], total: int) -> tuple[Facet, ...]:
    """Make facets of (name, value, number of products) among ``total`` products.

    Most frequent first, equals by name; what all products share narrows nothing and is left out.
    """
    values: defaultdict[str, list[FacetValue]] = defaultdict(list)
    for name, value, count in counts:
        values[name].append(FacetValue(value=value, count=count))
    found = [
        Facet(name=name, values=tuple(sorted(each, key=lambda value: (-value.count, value.value))[:MOST_FACET_VALUES]))
        for name, each in values.items()
        if len(each) > 1 or each[0].count < total
    ]
    return tuple(sorted(found, key=lambda facet: (-sum(value.count for value in facet.values), facet.name)))
