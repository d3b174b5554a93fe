"""In a browser, under the gateway's content security policy, htmx does what the pages ask of it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.kit import Overloaded
from tests.modules.storefront.till import TYPED
from tests.modules.storefront.world import PASSWORD, World, make_world, product

pytestmark = pytest.mark.browser

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def under_policy(app: ASGIApp) -> ASGIApp:
    """Send the policy with every answer that has none of its own, as the gateway does."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            headers = message.get("headers")
            if headers is not None and all(name != b"content-security-policy" for name, _ in headers):
                headers.append((b"content-security-policy", POLICY))
            await send(message)

        await app(scope, receive, add)

    return guarded


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = shutil.which("chromium")
    if path is None and not os.environ.get("FREESTONE_REQUIRE_BROWSER"):
        pytest.skip("there is no chromium here")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def store() -> Iterator[tuple[World, str]]:
    """A small store, and its address."""
    world = make_world()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(under_policy(world.app), lifespan="off", log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield world, f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(chromium: Browser, store: tuple[World, str]) -> Iterator[Page]:
    """A page in a new browser. What its console complains about fails the test, but for answers that are refusals."""
    context = chromium.new_context(base_url=store[1])
    complaints: list[str] = []
    shown = context.new_page()
    shown.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    yield shown
    context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


def test_adding_to_the_cart_stays_on_the_page(page: Page) -> None:
    page.goto("/products/p4")
    page.get_by_label("Large").check()
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#added")).to_contain_text("Watering can, Large: 3 in your cart.")
    expect(page.locator("#cart-count")).to_have_text("3 items")
    assert page.url.endswith("/products/p4")


def test_filters_apply_at_once_and_keep_the_focus(page: Page) -> None:
    page.goto("/categories/garden")
    box = page.get_by_role("checkbox", name="Steel")
    box.check()
    expect(page.locator(".card")).to_have_count(1)
    expect(box).to_be_focused()
    expect(box).to_be_checked()
    assert "f.Material=Steel" in page.url
    box.uncheck()
    expect(page.locator(".card")).to_have_count(4)


def test_search_follows_what_is_typed(page: Page) -> None:
    page.goto("/search?q=bread")
    field = page.get_by_role("searchbox")
    field.fill("oak")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “oak”")
    expect(page).to_have_title("Search: oak · Freestone Goods")
    expect(field).to_be_focused()


def test_more_products_come_below_and_get_the_focus(page: Page, store: tuple[World, str]) -> None:
    world, _ = store
    world.catalog.products = [product(number, "c1", f"Thing {number:02}", 100) for number in range(35)]
    page.goto("/search?q=made")
    expect(page.locator(".card")).to_have_count(24)
    page.get_by_role("link", name="Show more products").click()
    expect(page.locator(".card")).to_have_count(35)
    expect(page.locator(".card a").nth(24)).to_be_focused()
    expect(page.get_by_role("link", name="Show more products")).to_have_count(0)


def test_the_cart_changes_in_place(page: Page, store: tuple[World, str]) -> None:
    page.goto("/products/p1")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#added")).to_contain_text("Added")
    page.goto("/cart")
    page.get_by_label("Quantity of").fill("4")
    page.get_by_role("button", name="Update").click()
    expect(page.locator(".grand dd")).to_have_text("€196.00")
    expect(page.locator("#cart-count")).to_have_text("4 items")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    expect(page.locator("#cart-count")).to_be_hidden()


def test_the_total_follows_the_country_and_the_order_its_payment(page: Page, store: tuple[World, str]) -> None:
    world, _ = store
    page.goto("/register")
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.goto("/products/p1")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#added")).to_contain_text("Added")
    page.goto("/checkout")
    page.get_by_label("Country").select_option("AT")
    expect(page.locator("#summary")).to_contain_text("Delivery to Austria")
    expect(page.locator("#summary .grand")).to_contain_text("€57.90")
    for name, value in TYPED.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_label("tok_slow").check()
    page.get_by_role("button", name="Place order").click()
    expect(page.locator(".state")).to_have_text("In progress")
    world.orders.settle("F-1000")
    expect(page.locator(".state")).to_have_text("Paid")


def test_a_failure_is_announced_where_the_reader_is(page: Page, store: tuple[World, str]) -> None:
    world, _ = store
    page.goto("/products/p1")
    world.carts.faults["add_item"] = Overloaded(operation="carts.v1.add_item")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#announcements")).to_contain_text("Very busy right now")
    expect(page.get_by_role("button", name="Add to cart")).to_be_enabled()
