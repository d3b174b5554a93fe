"""Finding one's way in the category tree."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.catalog import Category
from contracts.values import CategoryId


def by_slug(categories: Sequence[Category], slug: str) -> Category | None:
    """Return the category of this slug."""
    return next((category for category in categories if category.slug == slug), None)


def children(categories: Sequence[Category], parent: CategoryId | None) -> list[Category]:
    """Return the categories right below one, or the roots."""
    return [category for category in categories if category.parent_id == parent]


def roots(categories: Sequence[Category]) -> dict[CategoryId, CategoryId]:
    """Return for each category its root; parents stand before their children."""
    found: dict[CategoryId, CategoryId] = {}
    for category in categories:
        found[category.id] = found.get(category.parent_id, category.id) if category.parent_id else category.id
    return found


def trail(categories: Sequence[Category], category_id: CategoryId) -> list[Category]:
    """Return the way from the root to a category, itself included; empty where it is unknown."""
    known = {category.id: category for category in categories}
    way: list[Category] = []
    here: CategoryId | None = category_id
    while here is not None and here in known and len(way) <= len(known):
        way.append(known[here])
        here = known[here].parent_id
    return way[::-1]
