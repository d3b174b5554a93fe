"""A page shows what it can when a module it needs is down, and says what is missing."""

from __future__ import annotations

import pytest

from contracts.kit import (
    Conflict,
    Error,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
)
from contracts.orders import NoDelivery
from tests.modules.storefront.world import World, cookies_of

CATALOGUE_PAGES = ("/", "/categories/garden", "/search?q=fork", "/products/p1")


@pytest.mark.parametrize("address", CATALOGUE_PAGES)
@pytest.mark.parametrize(
    ("fault", "status", "said", "retry"),
    [
        (Unavailable(operation="catalog.v1.x", reason="gone"), 503, "The catalogue cannot be reached", "5"),
        (TimedOut(operation="catalog.v1.x"), 504, "The catalogue did not answer in time", "5"),
        (Overloaded(operation="catalog.v1.x"), 503, "The catalogue has too much to do", "2"),
        (Internal(operation="catalog.v1.x", incident="i-77"), 500, "i-77", None),
    ],
)
def test_without_the_catalogue_a_page_says_so(
    world: World, address: str, fault: Error, status: int, said: str, retry: str | None
) -> None:
    world.catalog.faults["*"] = fault
    page = world.get(address)
    assert len(world.catalog.calls) == len(set(world.catalog.calls)), "the page of a failure does not try again"
    assert page.status == status
    assert said in page.text
    assert page.headers.get("retry-after") == retry
    assert page.html.h1


def test_without_the_categories_alone_home_still_shows_products(world: World) -> None:
    world.catalog.down("list_categories")
    page = world.get("/")
    assert page.status == 200
    assert "The list of categories cannot be shown right now." in page.text
    assert len(page.html.select(".card")) == 7


def test_without_the_facets_alone_a_category_still_shows_products(world: World) -> None:
    world.catalog.down("list_facets")
    page = world.get("/categories/garden")
    assert page.status == 200
    assert "filters of this category cannot be shown" in page.text
    assert len(page.html.select(".card")) == 4


@pytest.mark.parametrize("address", ["/products/p1", "/products/p4", "/products/p7"])
def test_without_the_stock_a_product_can_still_be_bought(world: World, address: str) -> None:
    world.inventory.down()
    page = world.get(address)
    assert page.status == 200
    assert "Availability cannot be shown right now." in page.text
    assert "Sold out" not in page.text
    assert page.html.find("button", string="Add to cart")
    assert page.html.select_one("main [disabled]") is None


def test_without_the_stock_a_cart_can_still_be_checked_out(world: World) -> None:
    world.fill_cart("S1-1")
    world.inventory.down()
    page = world.get("/cart")
    assert page.status == 200
    assert "Availability cannot be shown right now." in page.text
    assert page.html.find("button", string="Checkout")


@pytest.mark.parametrize("address", CATALOGUE_PAGES)
def test_without_the_carts_the_catalogue_is_shown(world: World, address: str) -> None:
    world.fill_cart("S1-1")
    world.carts.down()
    page = world.get(address)
    assert page.status == 200
    badge = page.html.find(id="cart-count")
    assert badge is not None
    assert badge.has_attr("hidden")


def test_without_the_carts_the_cart_says_so(world: World) -> None:
    world.carts.down()
    for page in (world.get("/cart"), world.post("/cart/items", {"sku": "S1-1", "product": "p1"})):
        assert page.status == 503
        assert "cannot be reached right now" in page.text


def test_without_the_accounts_people_shop_as_guests(world: World) -> None:
    world.log_in()
    world.accounts.down()
    for address in (*CATALOGUE_PAGES, "/cart"):
        page = world.get(address)
        assert page.status == 200
        assert "Your account cannot be reached right now" in page.text
        assert "set-cookie" not in page.headers, "the session is kept for better times"
    for address in ("/account", "/checkout", "/orders", "/orders/F-1"):
        page = world.get(address)
        assert page.status == 503
        assert "Your account cannot be reached" in page.text


def test_without_the_accounts_one_can_still_log_out_of_the_browser(world: World) -> None:
    world.log_in()
    world.accounts.down()
    answer = world.post("/log-out", {})
    assert answer.status == 303
    assert answer.headers["set-cookie"].startswith('freestone-session=""')


def test_without_the_accounts_nobody_logs_in(world: World) -> None:
    world.accounts.down()
    assert world.get("/log-in").status == 200
    assert world.post("/log-in", {"email": "a@b.c", "password": "x"}).status == 503


def test_without_the_orders_everything_else_goes_on(world: World) -> None:
    world.log_in()
    world.fill_cart("S1-1")
    world.orders.down()
    for address in (*CATALOGUE_PAGES, "/cart", "/account"):
        assert world.get(address).status == 200
    for address in ("/orders", "/orders/F-1", "/checkout"):
        page = world.get(address)
        assert page.status == 503
        assert "Ordering cannot be reached" in page.text


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (InvalidArgument(where="Search.text", problem="too long"), 400),
        (PermissionDenied(operation="catalog.v1.search"), 403),
        (Conflict(operation="catalog.v1.search"), 409),
        (NoDelivery(country="DE", weight_grams=1), 500),
    ],
)
def test_any_other_failure_is_a_page_too(world: World, fault: Error, status: int) -> None:
    world.catalog.faults["search"] = fault
    page = world.get("/")
    assert page.status == status
    assert page.html.h1


def test_a_bug_is_a_page_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(world.catalog, "search", broken)
    page = world.get("/")
    assert page.status == 500
    assert "Something went wrong" in page.text
    assert "secret" not in page.response.text


def test_after_a_change_in_doubt_the_page_says_to_check(world: World) -> None:
    world.fill_cart("S1-1")
    change = {"sku": "S1-1", "quantity": "2"}
    world.carts.faults["set_quantity"] = TimedOut(operation="carts.v1.set_quantity")
    assert "may have been made" in world.post("/cart/change", change).text
    lost = Unavailable(operation="carts.v1.set_quantity", reason="gone", may_have_executed=True)
    world.carts.faults["set_quantity"] = lost
    assert "may have been made" in world.post("/cart/change", change).text
    world.carts.faults["set_quantity"] = Unavailable(operation="carts.v1.set_quantity", reason="gone")
    assert "may have been made" not in world.post("/cart/change", change).text
    world.carts.faults["get_cart"] = TimedOut(operation="carts.v1.get_cart")
    assert "may have been made" not in world.get("/cart").text


def test_htmx_gets_a_failure_as_an_announcement(world: World) -> None:
    world.carts.down()
    page = world.post("/cart/items", {"sku": "S1-1"}, htmx=True)
    assert page.status == 503
    assert page.headers["hx-retarget"] == "#announcements"
    assert page.headers["hx-reselect"] == "#fault"
    assert page.html.find(id="fault")
    assert page.html.h1 is None
    assert world.get("/").html.find(id="announcements")


def test_an_error_page_shows_its_surroundings_as_far_as_it_can(world: World) -> None:
    world.log_in()
    assert world.get("/nowhere").html.find("button", string="Log out")
    kept = dict(world.accounts.sessions)
    world.accounts.sessions.clear()
    assert "freestone-session" in cookies_of(world.get("/nowhere")), "an ended session is forgotten there too"
    world.accounts.sessions.update(kept)
    world.log_in("Eve", "eve@example.org")
    world.catalog.down("list_categories")
    page = world.get("/products/nope")
    assert page.status == 404
    assert page.text.count("list of categories cannot be shown") == 1
    world.catalog.down()
    world.carts.down()
    assert world.get("/nowhere").status == 404
    world.accounts.down()
    assert world.get("/nowhere").status == 404
