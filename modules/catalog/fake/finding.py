"""Finding products in memory."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from contracts.catalog import Attribute, Card, Product, Search, Sort, Variant
from modules.catalog import domain
from modules.catalog.cursors import Place

_NAME, _BRAND, _FACTS, _DESCRIPTION = 10, 6, 4, 1
"""How much a word counts by where it stands, as in the catalogue's own index."""


def found(listed: Iterable[tuple[int, Product]], search: Search, after: Place | None) -> list[tuple[Place, Product]]:
    """Return the numbered products that match, in order, as far as they come after a place."""
    words = [domain.folded(word) for word in domain.words(search.text)]
    rows = []
    for number, product in listed:
        score = _score(product, words)
        if (score or not words) and any(_fits(search, product, variant) for variant in product.variants):
            rows.append((_place(search, number, product, score), product))
    is_rising = search.sort in (Sort.PRICE_UP, Sort.NAME)
    rows.sort(key=lambda row: _order(row[0]), reverse=not is_rising)
    if after is None:
        return rows
    return [row for row in rows if row[0] != after and (_order(row[0]) > _order(after)) is is_rising]


def card(product: Product) -> Card:
    """Return what a list shows of a product."""
    cheapest, dearest = product.variants[0].price, product.variants[-1].price
    return Card(
        product_id=product.id,
        name=product.name,
        brand=product.brand,
        category_id=product.category_id,
        price_from=cheapest,
        prices_differ=cheapest != dearest,
    )


def facts(product: Product) -> set[tuple[str, str]]:
    """Return the names and values of all attributes of a product and its variants."""
    own = (each for variant in product.variants for each in variant.attributes)
    return {(each.name, each.value) for each in (*product.attributes, *own)}


def counted(products: Iterable[Product]) -> list[tuple[str, str, int]]:
    """Return how many products have each attribute."""
    counts = Counter(fact for product in products for fact in facts(product))
    return [(name, value, count) for (name, value), count in counts.items()]


def _place(search: Search, number: int, product: Product, score: int) -> Place:
    match search.sort:
        case Sort.NAME:
            return Place(domain.sort_key(product.name), number)
        case Sort.PRICE_UP | Sort.PRICE_DOWN:
            return Place(product.variants[0].price.amount, number)
        case Sort.RELEVANCE if score:
            return Place(score, number)
    return Place(number, number)


def _order(place: Place) -> tuple[Any, int]:
    return place.key, place.number


def _fits(search: Search, product: Product, variant: Variant) -> bool:
    low, high = search.price_min or 0, search.price_max
    if variant.price.amount < low or (high is not None and variant.price.amount > high):
        return False
    has = {(each.name, each.value) for each in (*product.attributes, *variant.attributes)}
    return all(any((name, value) in has for value in values) for name, values in _alternatives(search.attributes))


def _alternatives(attributes: Iterable[Attribute]) -> Iterable[tuple[str, list[str]]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for each in attributes:
        values[each.name].append(each.value)
    return values.items()


def _score(product: Product, words: Sequence[str]) -> int:
    """Return how well a product has all of the words as beginnings of its own; 0 where it lacks one."""
    values = " ".join(value for _, value in facts(product))
    texts = ((_NAME, product.name), (_BRAND, product.brand), (_FACTS, values), (_DESCRIPTION, product.description))
    own = [(weight, re.findall(r"[^\W_]+", domain.folded(text))) for weight, text in texts]
    scores = [
        sum(weight for weight, tokens in own if any(token.startswith(word) for token in tokens)) for word in words
    ]
    return sum(scores) if all(scores) else 0
