"""What these tests put into a catalogue, and what they read from its outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from contracts.catalog import Attribute, Category, NewProduct, Picture, Variant
from contracts.kit import Database, Event
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog import domain
from modules.catalog.container import CatalogContainer
from modules.catalog.store.categories import add_categories
from modules.catalog.store.writing import NewRow, add_products

MUGS = Category(id=CategoryId("mugs"), slug="mugs", name="Mugs", parent_id=None, vat_rate=1900)
PICTURE = Picture(svg="<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4' cy='4' r='4'/></svg>")


def category(name: str, parent: str | None = None, **more: Any) -> Category:
    """Return a category whose id and slug are its name in small letters."""
    fields: dict[str, Any] = {"id": name.lower(), "slug": name.lower(), "name": name, "vat_rate": 1900}
    return msgspec.convert(fields | {"parent_id": parent} | more, Category)


def facts(**values: str) -> tuple[Attribute, ...]:
    """Return attributes: facts(Colour="Blue")."""
    return tuple(Attribute(name=name, value=value) for name, value in values.items())


def variant(sku: str, price: int = 1000, currency: str = "EUR", grams: int = 100, **own: str) -> Variant:
    """Return a variant that costs so many cents."""
    return Variant(
        sku=Sku(sku), attributes=facts(**own), price=Money(amount=price, currency=currency), weight_grams=grams
    )


def product(id_: str, *variants: Variant, **fields: Any) -> NewProduct:
    """Return a product; without variants it has one whose SKU is its id in capitals."""
    defaults: dict[str, Any] = {
        "name": id_.replace("-", " ").title(),
        "brand": "Acme",
        "category_id": MUGS.id,
        "variants": variants or (variant(id_.upper()),),
    }
    return NewProduct(id=ProductId(id_), **defaults | fields)


async def stock(container: CatalogContainer, categories: Iterable[Category], products: Iterable[NewProduct]) -> None:
    """Fill a catalogue in one transaction, which is quicker than product by product."""
    database: Database[AsyncSession] = container.database()
    async with database.write() as work:
        await add_categories(work.session, categories)
        rows = [NewRow(domain.product_from(each), each.picture) for each in products]
        await add_products(work.session, container.indexes(), rows)


async def published(database: ModuleDatabase, *kinds: type[Event]) -> list[Event]:
    """Return the events in the outbox that are of these kinds, in order."""
    by_code = {kind.code: kind for kind in kinds}
    async with database.read() as session:
        rows = await session.execute(text("SELECT code, payload FROM freestone_outbox ORDER BY sequence"))
        return [msgspec.json.decode(payload, type=by_code[code]) for code, payload in rows if code in by_code]
