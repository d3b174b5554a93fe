"""Finding products: the queries behind lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import Card, Search, Sort
from contracts.values import CategoryId, Money, ProductId
from modules.catalog.cursors import Place
from modules.catalog.store.categories import subtree
from modules.catalog.store.tables import attributes, listed, products, variants
from modules.catalog.store.text_index import TextIndexes

_NO_MAXIMUM = 2**63 - 1


class _Shape(NamedTuple):
    """What a search's statement depends on; ``names`` counts the attribute names to narrow by."""

    text: bool
    category: bool
    price: bool
    names: int
    sort: Sort
    after: bool


async def find(
    session: AsyncSession, indexes: TextIndexes, search: Search, words: Sequence[str], after: Place | None
) -> tuple[list[Card], Place | None]:
    """Return a page of cards, and the place after which the next page begins, None on the last."""
    index = indexes.of(session)
    narrowed = _alternatives(search)
    shape = _Shape(
        text=bool(words),
        category=search.category_id is not None,
        price=search.price_min is not None or search.price_max is not None,
        names=len(narrowed),
        sort=Sort.NEWEST if search.sort is Sort.RELEVANCE and not words else search.sort,
        after=after is not None,
    )
    values: dict[str, Any] = {
        "text": index.expression(words),
        "category": search.category_id,
        "price_min": search.price_min or 0,
        "price_max": _NO_MAXIMUM if search.price_max is None else search.price_max,
        "limit": search.limit + 1,
    }
    for place, (name, alternatives) in enumerate(narrowed):
        values |= {f"name_{place}": name, f"values_{place}": alternatives}
    if after is not None:
        values |= {"after_key": after.key, "after_number": after.number}
    rows = (await session.execute(_statement(index.hits, shape), values)).all()
    cards = [
        Card(
            product_id=ProductId(id_),
            name=name,
            brand=brand,
            category_id=CategoryId(category_id),
            price_from=Money(amount=price_from, currency=currency),
            prices_differ=prices_differ,
        )
        for _, _, id_, name, brand, category_id, price_from, currency, prices_differ in rows[: search.limit]
    ]
    if len(rows) <= search.limit:
        return cards, None
    key, number, *_ = rows[search.limit - 1]
    return cards, Place(key, number)


@lru_cache(maxsize=1024)
def _statement(
    hits_of: Callable[[], Select[int, int]], shape: _Shape
) -> Select[Any, int, str, str, str, str, int, str, bool]:
    key: ColumnElement[Any] = products.c.number
    source: FromClause = products
    if shape.text:
        hits = hits_of()
        if shape.sort is not Sort.RELEVANCE:
            hits = hits.with_only_columns(hits.selected_columns.number)
        # Materialised, so that the index is asked once and not once a product.
        found = hits.cte("hits").prefix_with("MATERIALIZED")
        source = found.join(products, products.c.number == found.c.number)
        if shape.sort is Sort.RELEVANCE:
            key = found.c.score
    match shape.sort:
        case Sort.PRICE_UP | Sort.PRICE_DOWN:
            key = products.c.price_from
        case Sort.NAME:
            key = products.c.sort_key
    statement = (
        select(
            key,
            products.c.number,
            products.c.id,
            products.c.name,
            products.c.brand,
            products.c.category_id,
            products.c.price_from,
            products.c.currency,
            products.c.prices_differ,
        )
        .select_from(source)
        .where(listed)
        .limit(bindparam("limit", type_=Integer))
    )
    if shape.category:
        statement = statement.where(products.c.category_id.in_(select(subtree.c.id)))
    statement = statement.where(*_narrowing(shape))
    place = tuple_(key, products.c.number)
    after = tuple_(bindparam("after_key", type_=key.type), bindparam("after_number", type_=BigInteger))
    if shape.sort in (Sort.PRICE_UP, Sort.NAME):
        statement = statement.order_by(key, products.c.number)
        return statement.where(place > after) if shape.after else statement
    statement = statement.order_by(key.desc(), products.c.number.desc())
    return statement.where(place < after) if shape.after else statement


def _narrowing(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    """Say that one variant of a product has the price and all of the attributes."""
    for place in range(shape.names):
        yield products.c.number.in_(select(attributes.c.product).where(_has(attributes, place)))
    if shape.names > 1 or shape.price:
        # More than one thing is asked, and each may hold for another variant.
        whole = exists().where(variants.c.product == products.c.number)
        if shape.price:
            whole = whole.where(variants.c.price.between(bindparam("price_min"), bindparam("price_max")))
        for place in range(shape.names):
            fact = attributes.alias(f"fact_{place}")
            of_variant = fact.c.sku.in_(["", variants.c.sku])
            whole = whole.where(exists().where(fact.c.product == variants.c.product, _has(fact, place), of_variant))
        yield whole


def _has(fact: FromClause, place: int) -> ColumnElement[bool]:
    return and_(
        fact.c.name == bindparam(f"name_{place}"), fact.c.value.in_(bindparam(f"values_{place}", expanding=True))
    )


def _alternatives(search: Search) -> list[tuple[str, list[str]]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for attribute in search.attributes:
        values[attribute.name].append(attribute.value)
    return sorted(values.items())


_listed_below = select(products.c.number).where(listed, products.c.category_id.in_(select(subtree.c.id)))
_facet_counts = (
    select(attributes.c.name, attributes.c.value, func.count(attributes.c.product.distinct()))
    .where(attributes.c.product.in_(_listed_below))
    .group_by(attributes.c.name, attributes.c.value)
)
_listed_count = select(func.count()).select_from(_listed_below.subquery())


async def facet_counts(session: AsyncSession, category_id: CategoryId) -> tuple[list[tuple[str, str, int]], int]:
    """Return (name, value, number of products) for a category with those below it, and their number."""
    bound = {"category": category_id}
    counts = [(name, value, count) for name, value, count in await session.execute(_facet_counts, bound)]
    return counts, await session.scalar(_listed_count, bound) or 0
