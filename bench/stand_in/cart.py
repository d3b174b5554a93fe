# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The carts as a service."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from typing import Annotated

from fastapi import Header, HTTPException  # type: ignore[import-not-found]
from pydantic import TypeAdapter

from bench.stand_in.models import Account, Availability, Cart, CartLine, Item, Money, Offer
from bench.stand_in.purchase import Bought
from bench.stand_in.service import Actor, Clients, Customer, Database, Transaction, detail_of, make_service

SCHEMA = """
CREATE TABLE carts (
    number INTEGER PRIMARY KEY, account_id TEXT UNIQUE, token_hash BLOB UNIQUE, touched REAL
);
CREATE TABLE lines (
    number INTEGER PRIMARY KEY, cart INTEGER REFERENCES carts ON DELETE CASCADE, sku TEXT,
    quantity INTEGER, name TEXT, detail TEXT, UNIQUE (cart, sku)
)
"""
PUT = (
    "INSERT INTO lines (cart, sku, quantity, name, detail) VALUES (:cart, :sku, :quantity, :name, :detail) "
    "ON CONFLICT (cart, sku) DO UPDATE SET quantity = MIN(99, quantity + excluded.quantity)"
)

database = Database("cart", SCHEMA)
clients = Clients()
app = make_service(database, clients)
CartToken = Annotated[str | None, Header(alias="x-cart")]
_offers: TypeAdapter[list[Offer]] = TypeAdapter(list[Offer])
_stock: TypeAdapter[list[Availability]] = TypeAdapter(list[Availability])


@app.get("/cart")
async def get_cart(asking: Actor, token: CartToken = None) -> Cart:
    """Return the cart with prices and availability as they are now."""
    async with database.read() as work:
        cart = await _find(work, asking, token)
        held = [] if cart is None else await _held(work, cart)
    return await _as_it_stands(token if asking is None else None, held)


@app.get("/count")
async def count_items(asking: Actor, token: CartToken = None) -> int:
    """Return how many items the cart holds."""
    async with database.read() as work:
        cart = await _find(work, asking, token)
        found = None if cart is None else await work.one("SELECT SUM(quantity) FROM lines WHERE cart = :c", c=cart)
    return 0 if found is None else found[0] or 0


@app.post("/items")
async def add_item(item: Item, asking: Actor, token: CartToken = None) -> Cart:
    """Add to the cart."""
    offers = await _ask_offers([item.sku])
    if not offers:
        raise HTTPException(404, "there is no such item")
    async with database.write() as work:
        cart = await _find(work, asking, token)
        if cart is None:
            if asking is None:
                token = secrets.token_urlsafe(32)
            cart = await _add(work, asking, token)
        offer = offers[0]
        await work.run("UPDATE carts SET touched = :now WHERE number = :cart", now=time.time(), cart=cart)
        await work.run(
            PUT,
            cart=cart,
            sku=offer.sku,
            quantity=item.quantity,
            name=offer.name,
            detail=detail_of(offer.attributes),
        )
        held = await _held(work, cart)
    return await _as_it_stands(token if asking is None else None, held)


@app.post("/merge", status_code=204)
async def merge(asking: Customer, token: CartToken) -> None:
    """Move a guest's cart into the actor's own."""
    async with database.write() as work:
        guests = await _find(work, None, token)
        if guests is None:
            return
        cart = await _find(work, asking, None) or await _add(work, asking, None)
        for sku, quantity, name, detail in await _held(work, guests):
            await work.run(PUT, cart=cart, sku=sku, quantity=quantity, name=name, detail=detail)
        await work.run("DELETE FROM carts WHERE number = :cart", cart=guests)


@app.post("/bought", status_code=204)
async def take_out(bought: Bought) -> None:
    """Take what was bought out of an account's cart."""
    async with database.write() as work:
        for line in bought.lines:
            await work.run(
                "DELETE FROM lines WHERE sku = :sku AND cart = (SELECT number FROM carts WHERE account_id = :account)",
                sku=line.sku,
                account=bought.account_id,
            )


async def _find(work: Transaction, asking: Account | None, token: str | None) -> int | None:
    if asking is not None:
        row = await work.one("SELECT number FROM carts WHERE account_id = :account", account=asking.id)
    elif token is not None:
        row = await work.one("SELECT number FROM carts WHERE token_hash = :hash", hash=_hash(token))
    else:
        return None
    return None if row is None else row[0]


async def _add(work: Transaction, asking: Account | None, token: str | None) -> int:
    row = await work.one(
        "INSERT INTO carts (account_id, token_hash, touched) VALUES (:account, :hash, :now) RETURNING number",
        account=None if asking is None else asking.id,
        hash=None if asking is not None or token is None else _hash(token),
        now=time.time(),
    )
    return int(row[0])


async def _held(work: Transaction, cart: int) -> list[tuple[str, int, str, str]]:
    rows = await work.all("SELECT sku, quantity, name, detail FROM lines WHERE cart = :cart ORDER BY number", cart=cart)
    return [tuple(row) for row in rows]


async def _as_it_stands(token: str | None, held: list[tuple[str, int, str, str]]) -> Cart:
    if not held:
        return Cart(token=token, lines=[], subtotal=None, count=0)
    skus = [sku for sku, *_ in held]
    sold, stock = await asyncio.gather(_ask_offers(skus), _ask_stock(skus))
    offers, left = {each.sku: each for each in sold}, {each.sku: each.available for each in stock}
    lines = [_line(*item, offers.get(item[0]), left.get(item[0], 0)) for item in held]
    totals = [line.total for line in lines if line.total is not None]
    subtotal = Money(amount=sum(each.amount for each in totals), currency=totals[0].currency) if totals else None
    return Cart(token=token, lines=lines, subtotal=subtotal, count=sum(line.quantity for line in lines))


def _line(sku: str, quantity: int, name: str, detail: str, offer: Offer | None, available: int) -> CartLine:
    price = None if offer is None else offer.price
    return CartLine(
        sku=sku,
        quantity=quantity,
        name=name if offer is None else offer.name,
        detail=detail if offer is None else detail_of(offer.attributes),
        product_id=None if offer is None else offer.product_id,
        unit_price=price,
        total=None if price is None else Money(amount=price.amount * quantity, currency=price.currency),
        available=available,
        problem="unknown" if offer is None else None if available >= quantity else "too_few",
    )


async def _ask_offers(skus: list[str]) -> list[Offer]:
    response = await clients("catalog").post("/offers", json=skus)
    response.raise_for_status()
    return _offers.validate_json(response.content)


async def _ask_stock(skus: list[str]) -> list[Availability]:
    response = await clients("inventory").post("/availability", json=skus)
    response.raise_for_status()
    return _stock.validate_json(response.content)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
