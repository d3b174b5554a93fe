"""Journeys that need a hand behind the counter: the store in this process, its pages over HTTP."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn

from app.launch import bind
from app.store import Store, open_store
from contracts.catalog import Catalog
from contracts.kit import Actor, Context, Role
from contracts.kit.context import scope
from contracts.values import Money, ProductId, Sku
from tests.journeys.shelf import products
from tests.journeys.shopper import ADDRESS, Page, Shopper
from tests.serving import environment

CLERK = Context(actor=Actor(id="clerk", roles=frozenset({Role.STAFF})))


@asynccontextmanager
async def served(seeded: Path, data: Path) -> AsyncIterator[tuple[Store, str]]:
    """Open a store of size S and serve its gateway on a free port; yields both."""
    shutil.copytree(seeded, data)
    async with open_store(environment(data)) as store:
        server = uvicorn.Server(uvicorn.Config(store.gateway, lifespan="off", log_config=None, access_log=False))
        with bind("127.0.0.1", 0) as listener:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield store, f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await running


async def test_a_price_that_changed_since_the_quote_is_shown_before_anything_is_ordered(
    seeded: Path, tmp_path: Path
) -> None:
    async with served(seeded, tmp_path / "data") as (store, url):
        with Shopper(url) as shopper:

            def go_to_the_checkout() -> Page:
                shopper.register()
                shopper.add(next(products(shopper)))
                return shopper.visit("/checkout")

            checkout = await asyncio.to_thread(go_to_the_checkout)
            form = checkout.form("Place order", {**ADDRESS, "tok_success": True})
            sku = Sku(dict(form.fields)["line"].partition(" ")[2])
            with scope(context=CLERK):
                await store.host.proxy(Catalog).change_price(sku, Money(amount=123456, currency="EUR"))
            refused = await asyncio.to_thread(shopper.send, form)
            assert refused.status == 409
            assert "Nothing was ordered: check it, then order again." in refused.text
            assert "€1,234.56" in refused.text
            assert refused.field("Street") == ADDRESS["Street and house number"]

            history = await asyncio.to_thread(shopper.visit, "/orders")
            assert "You have not ordered anything yet." in history.text
            confirmed = await asyncio.to_thread(shopper.press, refused, "Place order")
            assert confirmed.heading == "Thank you for your order"
            assert "€1,234.56" in confirmed.text


async def test_what_is_no_longer_sold_is_told_in_the_cart(seeded: Path, tmp_path: Path) -> None:
    async with served(seeded, tmp_path / "data") as (store, url):
        with Shopper(url) as shopper:
            product = await asyncio.to_thread(next, products(shopper))
            await asyncio.to_thread(shopper.add, product)
            with scope(context=CLERK):
                await store.host.proxy(Catalog).discontinue_product(ProductId(product.rpartition("/")[2]))
            cart = await asyncio.to_thread(shopper.visit, "/cart")
            assert "This is not sold any more. Please remove it." in cart.text
            assert "Checkout" not in cart.buttons
            remove = next(each for each in cart.buttons if each.startswith("Remove"))
            emptied = await asyncio.to_thread(shopper.press, cart, remove)
            assert "Your cart is empty." in emptied.text
            shown = await asyncio.to_thread(shopper.visit, product)
            assert "This product is no longer sold." in shown.text
            assert "Add to cart" not in shown.buttons


async def test_on_https_cookies_and_pages_stay_there(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data", PUBLIC_URL="https://shop.example")
    async with open_store(environ) as store:
        door = httpx2.ASGITransport(store.gateway)
        async with httpx2.AsyncClient(transport=door, base_url="https://shop.example") as browser:
            page = await browser.get("/register")
            assert page.headers["strict-transport-security"] == "max-age=31536000"
            typed = {"name": "Ada", "email": "ada@shop.example", "password": "seven quiet marmots"}
            answer = await browser.post("/register", data=typed, headers={"origin": "https://shop.example"})
            assert answer.status_code == 303
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-freestone-session=")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
            assert (await browser.get("/account")).status_code == 200
            elsewhere = await browser.get("/account", headers={"host": "other.example"})
            assert elsewhere.status_code == 421
