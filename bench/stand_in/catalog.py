# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The catalogue as a service."""

from __future__ import annotations

import json
from typing import Any

from fastapi import HTTPException  # type: ignore[import-not-found]
from pydantic import TypeAdapter

from bench.stand_in.models import Attribute, Card, Category, Facet, FacetValue, Money, Offer, Product, Search, Variant
from bench.stand_in.service import Database, make_service

SCHEMA = """
CREATE TABLE categories (
    id TEXT PRIMARY KEY, slug TEXT UNIQUE, name TEXT, parent_id TEXT, vat_rate INTEGER
);
CREATE TABLE products (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, brand TEXT, category_id TEXT,
    description TEXT, attributes TEXT, currency TEXT, price_from INTEGER, prices_differ INTEGER
);
CREATE TABLE variants (
    sku TEXT PRIMARY KEY, product INTEGER, attributes TEXT, price INTEGER, weight_grams INTEGER
);
CREATE TABLE attributes (
    product INTEGER, name TEXT, value TEXT, PRIMARY KEY (product, name, value)
) WITHOUT ROWID;
CREATE INDEX by_category ON products (category_id, number);
CREATE INDEX by_product ON variants (product, price)
"""
BELOW = (
    "WITH RECURSIVE below(id) AS (SELECT :category UNION ALL "
    "SELECT categories.id FROM categories JOIN below ON categories.parent_id = below.id) "
)
CARD = "SELECT id, name, brand, category_id, price_from, currency, prices_differ FROM products "

database = Database("catalog", SCHEMA)
app = make_service(database)
_attributes: TypeAdapter[list[Attribute]] = TypeAdapter(list[Attribute])


@app.get("/categories")
async def list_categories() -> list[Category]:
    """Return the whole category tree."""
    async with database.read() as work:
        rows = await work.all("SELECT id, slug, name, parent_id, vat_rate FROM categories ORDER BY name")
    return [Category(id=a, slug=b, name=c, parent_id=d, vat_rate=e) for a, b, c, d, e in rows]


@app.get("/products/{product_id}")
async def get_product(product_id: str) -> Product:
    """Return one product."""
    async with database.read() as work:
        rows = await work.all(
            "SELECT p.id, p.name, p.brand, p.category_id, p.description, p.attributes, p.currency, "
            "v.sku, v.attributes, v.price, v.weight_grams "
            "FROM products p JOIN variants v ON v.product = p.number WHERE p.id = :id ORDER BY v.price",
            id=product_id,
        )
    if not rows:
        raise HTTPException(404)
    id_, name, brand, category_id, description, attributes, currency, *_ = rows[0]
    return Product(
        id=id_,
        name=name,
        brand=brand,
        category_id=category_id,
        description=description,
        attributes=_attributes.validate_json(attributes),
        variants=[
            Variant(
                sku=row[7],
                attributes=_attributes.validate_json(row[8]),
                price=Money(amount=row[9], currency=currency),
                weight_grams=row[10],
            )
            for row in rows
        ],
    )


@app.post("/offers")
async def get_offers(skus: list[str]) -> list[Offer]:
    """Return SKUs as they are sold now."""
    async with database.read() as work:
        rows = await work.all(
            "SELECT v.sku, p.id, p.name, v.attributes, v.price, p.currency, c.vat_rate, v.weight_grams "
            "FROM variants v JOIN products p ON p.number = v.product JOIN categories c ON c.id = p.category_id "
            "WHERE v.sku IN (SELECT value FROM json_each(:skus))",
            skus=json.dumps(skus),
        )
    found = {row[0]: row for row in rows}
    return [_offer(*found[sku]) for sku in skus if sku in found]


@app.post("/search")
async def search(search: Search) -> list[Card]:
    """Return the newest products, of a category with those below it or of all."""
    async with database.read() as work:
        if search.category_id is None:
            rows = await work.all(f"{CARD} ORDER BY number DESC LIMIT :limit", limit=search.limit)
        else:
            rows = await work.all(
                f"{BELOW}{CARD} WHERE category_id IN below ORDER BY number DESC LIMIT :limit",
                category=search.category_id,
                limit=search.limit,
            )
    return [
        Card(
            product_id=id_,
            name=name,
            brand=brand,
            category_id=category_id,
            price_from=Money(amount=price, currency=currency),
            prices_differ=bool(differ),
        )
        for id_, name, brand, category_id, price, currency, differ in rows
    ]


@app.get("/categories/{category_id}/facets")
async def list_facets(category_id: str) -> list[Facet]:
    """Return the attributes by which a category can be narrowed."""
    async with database.read() as work:
        rows = await work.all(
            f"{BELOW}SELECT name, value, COUNT(DISTINCT product) FROM attributes WHERE product IN "
            "(SELECT number FROM products WHERE category_id IN below) GROUP BY name, value ORDER BY 3 DESC",
            category=category_id,
        )
    values: dict[str, list[FacetValue]] = {}
    for name, value, count in rows:
        values.setdefault(name, []).append(FacetValue(value=value, count=count))
    return [Facet(name=name, values=found) for name, found in values.items() if len(found) > 1]


def _offer(*row: Any) -> Offer:
    sku, product_id, name, attributes, price, currency, vat_rate, weight = row
    return Offer(
        sku=sku,
        product_id=product_id,
        name=name,
        attributes=_attributes.validate_json(attributes),
        price=Money(amount=price, currency=currency),
        vat_rate=vat_rate,
        weight_grams=weight,
    )
