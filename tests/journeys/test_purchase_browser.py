"""A purchase in a real browser, by what people see and hear: with a mouse, by keyboard, on a phone, without scripts."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect, sync_playwright

from tests.journeys.shopper import ADDRESS, PASSWORD

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; for this module only, since Playwright occupies its thread's event loop."""
    path = shutil.which("chromium")
    if path is None:
        reason = "there is no chromium on the path (Debian and Ubuntu: apt install chromium)"
        (pytest.fail if os.environ.get("FREESTONE_REQUIRE_BROWSER") == "1" else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def tab(chromium: Browser, store: str, **options: Any) -> Iterator[Page]:
    """Open a tab of a new browser profile; at the end, nothing may have gone wrong in it."""
    wrong: list[str] = []

    def listen(response: Response) -> None:
        if response.status >= 400 or not response.url.startswith(store):
            wrong.append(f"{response.status} {response.url}")

    context = chromium.new_context(base_url=store, **{"viewport": DESK, **options})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", listen)
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


def fits(page: Page) -> None:
    """Check that the page needs no scrolling to the side."""
    assert page.evaluate(OVERFLOW) <= 0, page.url


def register(page: Page) -> None:
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(f"{secrets.token_hex(6)}@browser.example")
    page.get_by_label("Password").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Register").click()


def fill_address_in(page: Page) -> None:
    for label in ("Street and house number", "Postal code", "Town or city"):
        page.get_by_label(label).fill(ADDRESS[label])
    page.get_by_label("tok_success").check()


def see_the_order(page: Page) -> None:
    """Check the confirmation, the history and the cart."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    expect(page.get_by_role("status").filter(has_text="Paid")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Order confirmed")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="All your orders").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text("2 items")
    fits(page)
    page.get_by_role("link", name="Your cart").click()
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_something_is_bought(chromium: Browser, store: str, viewport: dict[str, int]) -> None:
    with tab(chromium, store, viewport=viewport) as page:
        page.goto("/")
        fits(page)
        page.get_by_role("navigation", name="Categories", exact=True).get_by_role("link", name="Kitchen").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kitchen")
        fits(page)
        page.get_by_role("region", name="Products").get_by_role("link").first.click()
        page.get_by_label("Quantity").fill("2")
        fits(page)
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("status").filter(has_text="Added.")).to_contain_text("2 in your cart")
        page.get_by_role("link", name="View cart").click()
        expect(page.get_by_role("spinbutton")).to_have_value("2")
        fits(page)
        page.get_by_role("button", name="Checkout").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
        page.get_by_role("main").get_by_role("link", name="Register").click()
        register(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
        fill_address_in(page)
        summary = page.get_by_role("region", name="Your order")
        page.get_by_label("Country").select_option("Switzerland")
        expect(summary).to_contain_text("Delivery to Switzerland")
        page.get_by_label("Country").select_option("Germany")
        expect(summary).to_contain_text("Delivery to Germany")
        fits(page)
        page.get_by_role("button", name="Place order").click()
        see_the_order(page)


def test_something_is_bought_without_scripts(chromium: Browser, store: str) -> None:
    with tab(chromium, store, java_script_enabled=False, viewport=PHONE) as page:
        page.goto("/")
        page.get_by_role("searchbox", name="Search the store").fill("mug")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("region", name="Products").get_by_role("link").first.click()
        page.get_by_label("Quantity").fill("1")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your cart")
        page.get_by_role("spinbutton").fill("2")
        page.get_by_role("button", name="Update").click()
        expect(page.get_by_role("spinbutton")).to_have_value("2")
        page.get_by_role("button", name="Checkout").click()
        page.get_by_role("main").get_by_role("link", name="Register").click()
        register(page)
        fill_address_in(page)
        page.get_by_role("button", name="Place order").click()
        see_the_order(page)


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus, which must then be plain to see."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            assert wanted.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
            return
    raise AssertionError(f"{wanted} cannot be reached by keyboard")


def test_something_is_bought_by_keyboard_alone(chromium: Browser, store: str) -> None:
    with tab(chromium, store) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        reach(page, page.get_by_role("searchbox"))
        page.keyboard.type("mug")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("mug")
        reach(page, page.get_by_role("region", name="Products").get_by_role("link").first)
        page.keyboard.press("Enter")
        reach(page, page.get_by_label("Quantity"))
        page.keyboard.press("ArrowUp")
        reach(page, page.get_by_role("button", name="Add to cart"))
        page.keyboard.press("Space")
        expect(page.get_by_role("status").filter(has_text="Added.")).to_contain_text("2 in your cart")
        reach(page, page.get_by_role("link", name="View cart"))
        page.keyboard.press("Enter")
        reach(page, page.get_by_role("button", name="Checkout"))
        page.keyboard.press("Enter")
        reach(page, page.get_by_role("main").get_by_role("link", name="Register"))
        page.keyboard.press("Enter")
        for label, typed in (
            ("Full name", "Ada Lovelace"),
            ("E-mail address", f"{secrets.token_hex(6)}@browser.example"),
            ("Password", PASSWORD),
        ):
            reach(page, page.get_by_label(label))
            page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
        for label in ("Street and house number", "Postal code", "Town or city"):
            reach(page, page.get_by_label(label))
            page.keyboard.type(ADDRESS[label])
        reach(page, page.get_by_role("button", name="Place order"))
        page.keyboard.press("Enter")
        see_the_order(page)


def test_the_home_page_makes_a_picture(chromium: Browser, store: str, tmp_path: Path) -> None:
    """FREESTONE_SCREENSHOT names a file to which it is copied, the README's."""
    with tab(chromium, store, color_scheme="light", reduced_motion="reduce") as page:
        page.goto("/", wait_until="networkidle")
        drawn = page.evaluate("[...document.images].filter(each => each.complete && each.naturalWidth).length")
        assert drawn >= 3
        picture = page.screenshot(path=tmp_path / "store.png")
    assert 20_000 < len(picture) < 300_000
    if wanted := os.environ.get("FREESTONE_SCREENSHOT"):
        Path(wanted).write_bytes(picture)
