"""What people and programs send that is not as it should be: said plainly, nothing done by halves, never a 5xx."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.journeys.shelf import products
from tests.journeys.shopper import ADDRESS, PASSWORD, Page, Shopper

Arrive = Callable[[], Shopper]


def add_form(page: Page) -> dict[str, str]:
    """Return what adding one of a product to the cart sends."""
    return dict(page.form("Add to cart").fields)


def test_each_wrong_field_of_a_registration_is_told_and_the_rest_kept(shopper: Shopper) -> None:
    typed = {"Full name": " ", "E-mail address": "ada at example", "Password": ""}
    refused = shopper.press(shopper.visit("/register"), "Register", typed)
    assert refused.status == 422
    assert refused.errors == {"Full name": "Enter your name.", "Password": "Choose a password."}
    assert refused.field("E-mail address") == "ada at example"

    refused = shopper.press(refused, "Register", {"Full name": "Ada", "Password": "password12"})
    assert set(refused.errors) == {"E-mail address"}
    refused = shopper.press(refused, "Register", {"E-mail address": shopper.email, "Password": "short"})
    assert set(refused.errors) == {"Password"}
    assert (refused.field("Full name"), refused.field("E-mail address")) == ("Ada", shopper.email)
    assert refused.field("Password") == ""
    assert shopper.visit("/account").heading == "Log in"


def test_a_second_registration_with_the_same_address_is_told_so(arrive: Arrive) -> None:
    first, second = arrive(), arrive()
    first.register()
    second.email = first.email.upper()
    refused = second.register()
    assert refused.status == 422
    assert set(refused.errors) == {"E-mail address"}


def test_wrong_credentials_do_not_say_which_is_wrong(arrive: Arrive) -> None:
    owner, stranger = arrive(), arrive()
    owner.register()
    form = stranger.visit("/log-in")
    wrong = {"E-mail address": owner.email, "Password": "not the password"}
    unknown = {"E-mail address": f"x{owner.email}", "Password": PASSWORD}
    answers = [stranger.press(form, "Log in", each) for each in (wrong, unknown)]
    assert [each.status for each in answers] == [422, 422]
    assert answers[0].text == answers[1].text
    assert answers[0].field("E-mail address") == owner.email


def test_each_wrong_field_of_a_checkout_is_told_and_the_rest_kept(shopper: Shopper) -> None:
    shopper.register()
    shopper.add(next(products(shopper)))
    checkout = shopper.visit("/checkout")
    typed = {**ADDRESS, "Street and house number": "", "Postal code": "1" * 21, "Country": "Norway"}
    form = checkout.form("Place order", typed)
    refused = shopper.send(form.but(payment="tok_stolen"))
    assert refused.status == 422
    assert refused.errors == {
        "Street and house number": "Enter a street and house number.",
        "Postal code": "This is too long: at most 20 characters.",
    }
    assert "Choose how to pay." in refused.text
    assert (refused.field("Town or city"), refused.field("Country")) == ("Berlin", "NO")
    abroad = shopper.send(form.but(country="ZZ"))
    assert abroad.errors["Country"] == "Choose a country from the list."
    assert "You have not ordered anything yet." in shopper.visit("/orders").text


def test_a_checkout_that_was_tampered_with_orders_nothing(shopper: Shopper) -> None:
    shopper.register()
    shopper.add(next(products(shopper)))
    form = shopper.visit("/checkout").form("Place order", {**ADDRESS, "tok_success": True})
    line = dict(form.fields)["line"].partition(" ")[2]
    answers = {
        f"0 {line}": 400,
        f"-1 {line}": 400,
        f"1000 {line}": 400,
        f"1e3 {line}": 400,
        f"\u0663 {line}": 400,
        "1 NO-SUCH-SKU": 409,
        f"2 {line}": 409,
        "": 400,
    }
    assert {each: shopper.send(form.but(line=each)).status for each in answers} == answers
    assert shopper.send(form.but(digest="0" * 64)).status == 409
    assert shopper.send(form.but(digest="0" * 101)).status == 400
    assert shopper.send(form.but(key="again")).status == 400
    assert "You have not ordered anything yet." in shopper.visit("/orders").text
    refused = shopper.send(form)  # its key has had its answer by now; the page that says so has another
    assert (refused.status, refused.heading) == (409, "Checkout")
    assert "You have not ordered anything yet." in shopper.visit("/orders").text
    assert shopper.send(shopper.visit("/checkout").form("Place order", {**ADDRESS, "tok_success": True})).heading == (
        "Thank you for your order"
    )


@pytest.mark.parametrize("quantity", ["-1", "0", "100", "1e1", "2.5", "9" * 30, "\u0663", "many", "1 1"])
def test_a_quantity_that_cannot_be_is_told_and_changes_nothing(shopper: Shopper, quantity: str) -> None:
    product = next(products(shopper))
    form = add_form(shopper.visit(product))
    refused = shopper.post("/cart/items", form | {"quantity": quantity})
    assert refused.status == 422
    assert refused.errors == {"Quantity": "Enter a quantity from 1 to 99."}
    assert refused.field("Quantity") == quantity
    assert "Your cart is empty." in shopper.visit("/cart").text

    cart = shopper.add(product, 2)
    update = next(each for each in cart.buttons if each.startswith("Update"))
    refused = shopper.press(cart, update, {"Quantity of": quantity})
    assert refused.status == 422
    assert list(refused.errors.values()) == ["Enter a quantity from 1 to 99."]
    assert refused.field("Quantity of") == quantity
    assert shopper.visit("/cart").field("Quantity of") == "2"


def test_an_unknown_sku_is_told_and_changes_nothing(shopper: Shopper) -> None:
    form = add_form(shopper.visit(next(products(shopper))))
    refused = shopper.post("/cart/items", form | {"sku": "NO-SUCH-SKU"})
    assert refused.status == 422
    assert "This is not sold any more, so it was not added." in refused.text
    for action in ("update", "remove"):
        change = {"sku": "NO-SUCH-SKU", "quantity": "2", "action": action}
        assert shopper.post("/cart/change", change).status == 404
    assert "Your cart is empty." in shopper.visit("/cart").text


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/products/none", "/categories/none", "/orders/NONE", "/search?q=mug&category=none", "/products/"],
)
def test_an_unknown_address_is_a_page_that_says_so(shopper: Shopper, path: str) -> None:
    shopper.register()
    page = shopper.visit(path)
    assert (page.status, page.heading) == (404, "Page not found")


def test_an_unknown_product_has_a_picture_that_says_so(shopper: Shopper) -> None:
    answer = shopper.client.get("/pictures/none.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "image/svg+xml")


@pytest.mark.parametrize("path", ["/search?q=mug&cursor={}", "/categories/mugs?cursor={}", "/orders?cursor={}"])
@pytest.mark.parametrize("cursor", ["x", "A" * 40, "eyJhIjoxfQ", "a" * 600, "%00", "%C3%A9", "-1"])
def test_a_damaged_cursor_is_a_bad_request(shopper: Shopper, path: str, cursor: str) -> None:
    shopper.register()
    assert shopper.visit(path.format(cursor)).status == 400


def test_a_cursor_of_another_search_is_a_bad_request(shopper: Shopper) -> None:
    found = shopper.visit("/search?q=a&sort=name").links("/search?")
    more = next(each for each in found if "cursor" in each)
    assert shopper.visit(more).status == 200
    assert shopper.visit(more.replace("sort=name", "sort=price_up")).status == 400


@pytest.mark.parametrize("path", ["/search?q=%ff", "/products/%ff", "/categories/%c3%28", "/%00"])
def test_an_address_that_is_not_utf_8_is_a_bad_request(shopper: Shopper, path: str) -> None:
    assert shopper.client.get(path).status_code == 400


def test_a_form_that_is_not_utf_8_is_a_bad_request_and_changes_nothing(shopper: Shopper) -> None:
    shopper.register()
    for content in (b"profile_name=%ff", b"profile_name=\xff", b"profile_name=a&x=%c3%28"):
        assert raw(shopper, "/account/name", content).status == 400
    many = b"profile_name=Eve&" + b"a=1&" * 400
    assert raw(shopper, "/account/name", many).status == 400
    json = raw(shopper, "/account/name", b'{"profile_name": "Eve"}', kind="application/json")
    assert json.status == 415
    assert shopper.visit("/account").field("Full name") == "Ada Lovelace"


def raw(shopper: Shopper, path: str, content: bytes, kind: str = "application/x-www-form-urlencoded") -> Page:
    """Post a content as it is."""
    headers = {"content-type": kind, "origin": shopper.url}
    return Page(shopper.client.post(path, content=content, headers=headers))


@pytest.mark.parametrize(
    "body",
    [b"Content-Length: 1048577\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n100001\r\n" + b"a" * 0x100001],
    ids=["announced", "chunked"],
)
def test_an_oversized_body_is_refused(store: str, body: bytes) -> None:
    address = urlsplit(store)
    head = b"POST /log-in HTTP/1.1\r\nHost: %b\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head % address.netloc.encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
