# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""httpx and FastAPI with pydantic models, as their documentation shows them: what an average team does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx  # type: ignore[import-not-found]
import msgspec
from fastapi import FastAPI, Query  # type: ignore[import-not-found]
from pydantic import BaseModel, TypeAdapter

from bench.contestants import Calls, Place, Served
from bench.contestants.asgi import serving
from bench.shelf import ONE, PAGE, PRODUCTS


class Attribute(BaseModel):
    """One property."""

    name: str
    value: str


class Money(BaseModel):
    """An amount in minor units."""

    amount: int
    currency: str


class Variant(BaseModel):
    """What is sold."""

    sku: str
    attributes: list[Attribute]
    price: Money
    weight_grams: int


class Product(BaseModel):
    """The same product."""

    id: str
    name: str
    brand: str
    category_id: str
    description: str
    attributes: list[Attribute]
    variants: list[Variant]
    discontinued: bool = False


products = {key: Product.model_validate(msgspec.to_builtins(each)) for key, each in PRODUCTS.items()}
_page: TypeAdapter[list[Product]] = TypeAdapter(list[Product])
application = FastAPI()


@application.get("/products/{product_id}")
async def get_product(product_id: str) -> Product:
    """Return one product."""
    return products[product_id]  # type: ignore[index]  # a plain text is as good


@application.get("/products")
async def get_products(product_id: Annotated[list[str], Query()]) -> list[Product]:
    """Return several products."""
    return [products[each] for each in product_id]  # type: ignore[index]  # as above


@asynccontextmanager
async def serve(_: Place) -> AsyncIterator[Served]:
    """Serve the application on a free port."""
    async with serving(application) as served:
        yield served


@asynccontextmanager
async def call(_: Place, address: str) -> AsyncIterator[Calls]:
    """Call it with one client, which keeps as many connections as there are callers."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=address, limits=limits) as client:

        async def product() -> Product:
            response = await client.get(f"/products/{ONE}")
            response.raise_for_status()
            return Product.model_validate_json(response.content)

        async def page() -> list[Product]:
            response = await client.get("/products", params={"product_id": PAGE})
            response.raise_for_status()
            return _page.validate_json(response.content)

        yield Calls(product, page)
