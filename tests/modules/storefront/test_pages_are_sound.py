"""Every page is sound HTML that a keyboard, a screen reader and a strict security policy can work with."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from bs4 import Tag

from tests.modules.storefront.till import TYPED
from tests.modules.storefront.world import Page, World, make_world

VOID = {"img", "input", "meta", "link", "br", "hr"}
IN_SVG = {"path", "circle", "rect"}


TOO_LONG = f"/search?q={'x' * 201}"


@cache
def tour() -> dict[str, Page]:
    """Walk through the store and bring a page of every kind, refused forms included."""
    world = make_world()
    world.inventory.left = {"S4-1": 0, "S2-1": 2}
    addresses = ["/", "/categories/garden", "/categories/garden?min=x&max=y&f.Size=Large", "/search", "/search?q=made"]
    addresses += [TOO_LONG, "/products/p1", "/products/p4", "/products/p7", "/cart", "/nowhere"]
    pages = {address: world.get(address) for address in [*addresses, "/log-in", "/register?next=/cart"]}
    pages["log-in refused"] = world.post("/log-in", {"email": "x"})
    pages["register refused"] = world.post("/register", {"email": "x"})
    pages["quantity refused"] = world.post("/cart/items", {"sku": "S1-1", "product": "p1", "quantity": "0"})
    world.fill_cart("S1-1", "S2-1")
    pages["a full cart"] = world.get("/cart")
    pages["a line refused"] = world.post("/cart/change", {"sku": "S2-1", "quantity": "x"})
    pages |= _at_the_till(world)
    world.fill_cart("S4-1")
    pages["cart with problems"] = world.get("/cart")
    for down in (world.inventory, world.catalog):
        down.down()
    pages["catalogue down"] = world.get("/")
    return pages


def _at_the_till(world: World) -> dict[str, Page]:
    world.log_in()
    pages = {"checkout": world.get("/checkout")}
    form = pages["checkout"].form("/checkout")
    pages["address refused"] = world.submit(form, "Place order")
    pages["payment refused"] = world.submit(form, "Place order", payment="tok_decline", **TYPED)
    pages["no delivery"] = world.submit(form, "Update total", country="IS")
    pages["ordered"] = world.submit(form, "Place order", payment="tok_slow", save="yes", **TYPED)
    pages["order"] = world.get("/orders/F-1000")
    pages["orders"] = world.get("/orders")
    pages["account"] = world.get("/account")
    pages["account refused"] = world.post("/account/password", {})
    world.fill_cart("S1-1")
    pages["checkout with addresses"] = world.get("/checkout")
    return pages


KINDS = (
    *("/", "/categories/garden", "/categories/garden?min=x&max=y&f.Size=Large", "/search", "/search?q=made"),
    *(TOO_LONG, "/products/p1", "/products/p4", "/products/p7", "/cart", "/nowhere", "/log-in"),
    *("/register?next=/cart", "log-in refused", "register refused", "quantity refused", "a full cart"),
    *("a line refused", "checkout", "address refused", "payment refused", "no delivery", "ordered", "order"),
    *("orders", "account", "account refused", "checkout with addresses", "cart with problems", "catalogue down"),
)


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Page:
    """One page of the tour."""
    return tour()[request.param]


each_page = pytest.mark.parametrize("page", KINDS, indirect=True)


def test_the_tour_goes_everywhere() -> None:
    assert tuple(tour()) == KINDS


class Balance(HTMLParser):
    """Checks that every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in IN_SVG:
            self.wrong.append(f"<{tag}/> does not close itself")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


@each_page
def test_every_element_is_closed_in_order(page: Page) -> None:
    balance = Balance()
    balance.feed(page.response.text)
    assert (balance.wrong, balance.open) == ([], [])


@each_page
def test_ids_are_unique_and_references_lead_somewhere(page: Page) -> None:
    ids = [str(each["id"]) for each in page.html.select("[id]")]
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-labelledby", "aria-describedby"):
        for element in page.html.select(f"[{attribute}]"):
            for target in str(element[attribute]).split():
                assert target in ids, f"{attribute}={target}"


@each_page
def test_every_control_has_a_name(page: Page) -> None:
    for control in page.html.find_all(["input", "select", "textarea"]):
        if control.get("type") == "hidden" or control.has_attr("hidden"):
            continue
        label = page.html.find("label", attrs={"for": str(control["id"])})
        assert label is not None, control
        assert label.get_text(strip=True), control
    for button in page.html.find_all(["button", "a"]):
        picture = button.find("img")
        name = button.get_text(strip=True) or button.get("aria-label") or (picture and picture.get("alt"))
        assert name, button
    for group in page.html.find_all("fieldset"):
        assert group.find("legend"), group
    for navigation in page.html.find_all("nav"):
        assert navigation.get("aria-label"), navigation
    for image in page.html.find_all("img"):
        assert image.has_attr("alt"), image
        assert image["width"], image
        assert image["height"], image


@each_page
def test_what_is_wrong_is_tied_to_its_message(page: Page) -> None:
    for control in page.html.select("[aria-invalid]"):
        messages = [page.html.find(id=each) for each in str(control["aria-describedby"]).split()]
        assert any(isinstance(each, Tag) and "error" in (each.get("class") or ()) for each in messages), control


@each_page
def test_headings_go_down_step_by_step_from_one(page: Page) -> None:
    levels = [int(each.name[1]) for each in page.html.find_all(re.compile("^h[1-6]$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for above, below in pairwise(levels):
        assert below <= above + 1


@each_page
def test_landmarks_and_language(page: Page) -> None:
    assert page.html.html
    assert page.html.html["lang"] == "en"
    for landmark in ("main", "header", "footer"):
        assert len(page.html.find_all(landmark)) == 1
    skip = page.html.select_one("body > a")
    assert skip is not None
    assert (skip["href"], page.html.select_one("main#main") is not None) == ("#main", True)


@each_page
def test_nothing_that_a_strict_policy_forbids(page: Page) -> None:
    assert not page.html.select("[style], style, base, iframe, object, embed")
    assert all(each.get("src") and not each.get_text() for each in page.html.find_all("script"))
    for element in page.html.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on") or "hx-on" in name], element
        for name in ("href", "src", "action", "data-hx-get", "data-hx-post"):
            value = element.get(name)
            assert value is None or str(value).startswith(("/", "#")), element
    for trigger in page.html.select("[data-hx-trigger]"):
        assert "[" not in str(trigger["data-hx-trigger"]), "htmx would evaluate this filter"


@each_page
def test_changes_are_posted_and_only_changes(page: Page) -> None:
    for form in page.html.find_all("form"):
        gets = str(form["action"]).startswith(("/search", "/categories")) or form["action"] == "/checkout"
        assert form.get("method") == "post" or gets, form


def test_every_kind_of_page_has_a_title_of_its_own() -> None:
    addresses = ["/", "/categories/garden", "/search", "/search?q=made", "/products/p1", "/cart", "/nowhere", "/log-in"]
    addresses += ["/register?next=/cart", "checkout", "ordered", "order", "orders", "account"]
    titles = [tour()[address].title for address in addresses]
    assert len(titles) == len(set(titles))
    assert all(title.endswith(" · Freestone Goods") for title in titles)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("/products/p1", "Add to cart"),
        ("a full cart", "Checkout"),
        ("checkout", "Place order"),
        ("/log-in", "Log in"),
        ("/register?next=/cart", "Register"),
        ("account", "Log out"),
        ("ordered", "Cancel order"),
    ],
)
def test_buttons_say_what_they_do(page: str, name: str) -> None:
    assert tour()[page].html.find("button", string=name)
