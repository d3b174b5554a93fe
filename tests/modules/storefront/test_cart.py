"""The cart of a guest and of an account, with and without JavaScript."""

from __future__ import annotations

import pytest

from contracts.cart import CartFull
from modules.storefront.settings import StorefrontSettings
from tests.modules.storefront.world import PRODUCTS, Page, World, cookies_of, make_world


def count(page: Page) -> str:
    badge = page.html.find(id="cart-count")
    assert badge is not None
    return "" if badge.has_attr("hidden") else badge.get_text().split()[0]


def test_adding_makes_a_guest_cart_and_shows_it(world: World) -> None:
    page = world.submit(world.get("/products/p4").form("/cart/items"), quantity="2", sku="S4-2")
    assert page.path == "/cart"
    assert "Watering can" in page.text
    assert "€63.00" in page.text
    assert count(page) == "2"
    assert world.carts.held == {"guest-0": {"S4-2": 2}}


def test_the_guest_cart_cookie_is_for_this_store_alone(world: World) -> None:
    cookies = cookies_of(world.post("/cart/items", {"sku": "S1-1"}))
    assert cookies == {"freestone-cart": "guest-0; HttpOnly; Max-Age=5184000; Path=/; SameSite=lax"}


@pytest.mark.parametrize(("secure", "base"), [(True, "http://testserver"), (False, "https://testserver")])
def test_cookies_on_https_are_bound_to_the_host(secure: bool, base: str) -> None:
    world = make_world(settings=StorefrontSettings(secure_cookies=secure))
    cookies = cookies_of(Page(world.browser.post(f"{base}/cart/items", data={"sku": "S1-1"})))
    assert cookies == {"__Host-freestone-cart": "guest-0; HttpOnly; Max-Age=5184000; Path=/; SameSite=lax; Secure"}


def test_htmx_gets_a_confirmation_and_the_new_count(world: World) -> None:
    page = world.post("/cart/items", {"sku": "S1-1", "quantity": "3", "product": "p1"}, htmx=True)
    assert page.status == 200
    assert "Added. Digging fork: 3 in your cart." in page.text
    assert page.html.select_one("#cart-count[data-hx-swap-oob]")
    assert count(page) == "3"
    assert page.html.h1 is None


@pytest.mark.parametrize("quantity", ["0", "-1", "100", "1e3", "٣", "9" * 5000, "1.5", "three"])
def test_an_absurd_quantity_is_said_beside_the_field(world: World, quantity: str) -> None:
    page = world.post("/cart/items", {"sku": "S1-1", "product": "p1", "quantity": quantity})
    assert page.status == 422
    assert page.error("quantity") == "Enter a quantity from 1 to 99."
    assert page.shown("quantity") == quantity
    assert not world.carts.held
    fragment = world.post("/cart/items", {"sku": "S1-1", "product": "p1", "quantity": quantity}, htmx=True)
    assert (fragment.status, fragment.text) == (422, "Enter a quantity from 1 to 99.")


def test_what_is_not_sold_is_not_added(world: World) -> None:
    page = world.post("/cart/items", {"sku": "NOPE", "product": "p1"})
    assert page.status == 422
    assert "not sold any more" in page.text
    assert world.post("/cart/items", {"sku": "NOPE"}).status == 422
    assert world.post("/cart/items", {"sku": "NOPE", "product": "nope"}).status == 404
    assert world.post("/cart/items", {"product": "p4"}).status == 422
    assert world.post("/cart/items", {"sku": "x" * 500, "product": "p4"}).status == 422
    assert not world.carts.held


def test_a_full_cart_says_so(world: World) -> None:
    world.carts.faults["add_item"] = CartFull()
    page = world.post("/cart/items", {"sku": "S1-1", "product": "p1"})
    assert page.status == 422
    assert "full" in page.text


def test_quantities_can_be_changed_and_lines_removed(world: World) -> None:
    world.fill_cart("S1-1", "S2-1")
    page = world.submit(world.get("/cart").form("/cart/change"), "Update", quantity="4")
    assert world.carts.held["guest-0"] == {"S1-1": 4, "S2-1": 1}
    assert count(page) == "5"
    page = world.submit(page.form("/cart/change"), "Remove")
    assert world.carts.held["guest-0"] == {"S2-1": 1}
    page = world.submit(page.form("/cart/change"), "Remove")
    assert "Your cart is empty" in page.text
    assert count(page) == ""


def test_removing_does_not_mind_what_stands_in_the_field(world: World) -> None:
    world.fill_cart("S1-1")
    world.submit(world.get("/cart").form("/cart/change"), "Remove", quantity="many")
    assert world.carts.held["guest-0"] == {}


def test_a_wrong_quantity_belongs_to_its_line(world: World) -> None:
    world.fill_cart("S1-1", "S2-1")
    page = world.post("/cart/change", {"sku": "S2-1", "quantity": "0"})
    assert page.status == 422
    wrong = page.html.select('[aria-invalid="true"]')
    assert [each["id"] for each in wrong] == ["line-2"]
    assert page.error("quantity") == "Enter a quantity from 1 to 99."
    assert world.carts.held["guest-0"] == {"S1-1": 1, "S2-1": 1}


def test_a_line_that_is_gone_is_said_and_the_cart_shown(world: World) -> None:
    world.fill_cart("S1-1")
    page = world.post("/cart/change", {"sku": "S2-1", "quantity": "2"})
    assert page.status == 404
    assert "not in your cart any more" in page.text
    assert "Digging fork" in page.text
    assert world.post("/cart/change", {"quantity": "2"}).status == 400


def test_each_line_says_what_is_wrong_with_it(world: World) -> None:
    world.fill_cart("S1-1", "S2-1", "S3-1", "S5-1", quantity=3)
    world.inventory.left = {"S1-1": 0, "S2-1": 2}
    world.catalog.products = [each for each in PRODUCTS if each.id != "p3"]
    page = world.get("/cart")
    lines = [each.get_text(" ", strip=True) for each in page.html.select(".lines > li")]
    assert "Sold out" in lines[0]
    assert "Only 2 left" in lines[1]
    assert "not sold any more" in lines[2]
    assert "Please" not in lines[3]
    assert page.html.find("button", string="Checkout") is None


def test_a_damaged_cart_cookie_counts_as_none(world: World) -> None:
    for value in ("x" * 101, '"', "a b"):
        world.browser.cookies.set("freestone-cart", value)
        assert "Your cart is empty" in world.get("/cart").text
        assert "count_items" not in world.carts.calls


def test_an_empty_cart_is_not_asked_for_by_pages_of_new_guests(world: World) -> None:
    assert count(world.get("/")) == ""
    assert not world.carts.calls
    world.fill_cart("S1-1")
    assert count(world.get("/")) == "1"
