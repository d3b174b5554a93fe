"""A purchase through the pages, without scripts, and what can come in between: wherever the modules run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from tests.journeys.conftest import TOPOLOGIES
from tests.journeys.shelf import Find, left, products, put, scarce
from tests.journeys.shopper import ADDRESS, PASSWORD, Page, Shopper

pytestmark = pytest.mark.parametrize("store", TOPOLOGIES, indirect=True, scope="session")

Arrive = Callable[[], Shopper]


def at_the_checkout(shopper: Shopper, find: Find, quantity: int) -> Page:
    """Register, put so many of a find into the cart, and go to the checkout."""
    shopper.register()
    return shopper.press(put(shopper, find, quantity), "Checkout")


def number_of(page: Page) -> str:
    """Return the number of the order that a confirmation or an order's page shows."""
    found = re.fullmatch(r"/orders/(\w+)(\?placed=1)?", page.path)
    assert found, page.path
    return found[1]


def test_something_is_bought_from_the_home_page_to_the_history(shopper: Shopper) -> None:
    find = scarce(shopper, at_least=3)
    home = shopper.visit("/")
    category = shopper.visit(home.links("/categories/")[0])
    assert category.status == 200
    assert category.links("/products/")

    cart = put(shopper, find, 2)
    assert (cart.path, cart.heading, cart.field("Quantity of")) == ("/cart", "Your cart", "2")
    asked = shopper.press(cart, "Checkout")
    assert asked.heading == "Log in"
    registering = shopper.visit(asked.links("/register")[0])
    checkout = shopper.press(
        registering,
        "Register",
        {"Full name": "Ada Lovelace", "E-mail address": shopper.email, "Password": PASSWORD},
    )
    assert (checkout.path, checkout.heading) == ("/checkout", "Checkout")
    assert checkout.field("Full name") == "Ada Lovelace"

    dearer = shopper.press(checkout, "Update total", {"Country": "Switzerland"})
    assert "Delivery to Switzerland" in dearer.text
    quoted = shopper.press(dearer, "Update total", {"Country": "Germany"})
    total = amount(quoted)
    assert total < amount(dearer)

    confirmed = shopper.press(quoted, "Place order", {**ADDRESS, "tok_success": True})
    assert confirmed.heading == "Thank you for your order"
    assert amount(confirmed) == total
    assert "Berlin" in confirmed.text
    happened = [" ".join(step.get_text(" ").split()[5:]) for step in confirmed.soup.select(".timeline li")]
    assert happened == ["Order placed", "Items reserved", "Payment authorised", "Order confirmed", "Paid"]

    number = number_of(confirmed)
    history = shopper.visit("/orders")
    assert history.links("/orders/") == [f"/orders/{number}"]
    assert "Paid 2 items" in history.text
    assert shopper.visit(f"/orders/{number}").heading == f"Order {number}"
    assert left(shopper, find) == find.left - 2
    assert comes_to_be_empty(shopper)


def comes_to_be_empty(shopper: Shopper) -> bool:
    """Wait for the cart to hear of the order, by an event that may come from another process."""
    until = time.monotonic() + 20
    while "Your cart is empty." not in shopper.visit("/cart").text:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def amount(page: Page) -> int:
    """Return the total that a page shows, in cents."""
    found = re.search(r"Total incl\. VAT €([\d,]+)\.(\d\d)", page.text)
    assert found, page.text
    return int(found[1].replace(",", "") + found[2])


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("tok_decline", "The card was declined."),
        ("tok_insufficient_funds", "There is not enough money on the card."),
    ],
)
def test_a_refused_card_orders_nothing_and_another_pays(shopper: Shopper, card: str, reason: str) -> None:
    find = scarce(shopper)
    checkout = at_the_checkout(shopper, find, find.left)
    refused = shopper.press(checkout, "Place order", {**ADDRESS, "Street": "Side Street 2", card: True})
    assert refused.status == 422
    assert f"{reason} Nothing was ordered." in refused.text
    assert refused.field("Street") == "Side Street 2"
    assert "Not completed" in shopper.visit("/orders").text
    assert left(shopper, find) == find.left

    confirmed = shopper.press(refused, "Place order", {"tok_success": True})
    assert confirmed.heading == "Thank you for your order"
    assert left(shopper, find) == 0


def test_a_form_that_is_sent_twice_at_once_orders_once(shopper: Shopper) -> None:
    find = scarce(shopper, at_least=2)
    form = at_the_checkout(shopper, find, 1).form("Place order", {**ADDRESS, "tok_success": True})
    with ThreadPoolExecutor(2) as clicks:
        first, second = clicks.map(shopper.send, (form, form))
    assert number_of(first) == number_of(second)
    assert number_of(shopper.send(form)) == number_of(first)
    assert shopper.visit("/orders").links("/orders/") == [f"/orders/{number_of(first)}"]
    assert left(shopper, find) == find.left - 1


def test_what_was_sold_out_meanwhile_is_not_ordered(arrive: Arrive) -> None:
    slow, quick = arrive(), arrive()
    find = scarce(slow)
    ready = at_the_checkout(slow, find, find.left)
    at_the_checkout(quick, find, find.left)
    assert quick.buy().heading == "Thank you for your order"
    refused = slow.press(ready, "Place order", {**ADDRESS, "tok_success": True})
    assert refused.status == 409
    assert f"sold out, you want {find.left}" in refused.text
    assert "Place order" not in refused.buttons
    cart = slow.visit("/cart")
    assert "Sold out. Please remove it." in cart.text
    assert "Checkout" not in cart.buttons
    assert slow.visit("/checkout").path == "/cart"
    assert "You have not ordered anything yet." in slow.visit("/orders").text


def test_an_order_under_way_can_be_cancelled(shopper: Shopper) -> None:
    find = scarce(shopper)
    form = at_the_checkout(shopper, find, find.left).form("Place order", {**ADDRESS, "tok_slow": True})
    with ThreadPoolExecutor(1) as other_tab:
        placed = other_tab.submit(shopper.send, form)
        while not (found := shopper.visit("/orders").links("/orders/")):
            assert not placed.done()
        cancelled = shopper.press(shopper.visit(found[0]), "Cancel order")
        assert "cancel" in cancelled.text
        placed.result()
    assert "You cancelled it." in shopper.visit(found[0]).text
    assert left(shopper, find) == find.left


def test_a_guests_cart_is_added_to_the_accounts_at_log_in(shopper: Shopper) -> None:
    first, second = islice(products(shopper), 2)
    shopper.register()
    shopper.add(first, 1)
    shopper.press(shopper.visit("/"), "Log out")
    assert "Your cart is empty." in shopper.visit("/cart").text
    shopper.add(first, 2)
    shopper.add(second, 1)
    shopper.press(shopper.visit("/log-in"), "Log in", {"E-mail address": shopper.email, "Password": PASSWORD})
    cart = shopper.visit("/cart")
    assert cart.links("/products/") == [first, second]
    assert [each["value"] for each in cart.soup.select("input[type=number]")] == ["3", "1"]


def test_log_out_ends_the_session_itself(shopper: Shopper) -> None:
    shopper.register()
    kept = dict(shopper.client.cookies)
    assert shopper.visit("/account").heading == "Your account"
    shopper.press(shopper.visit("/"), "Log out")
    assert shopper.visit("/account").heading == "Log in"
    shopper.client.cookies.update(kept)
    assert shopper.visit("/orders").heading == "Log in"


def test_what_is_anothers_is_as_if_it_did_not_exist(arrive: Arrive) -> None:
    owner, other = arrive(), arrive()
    find = scarce(owner)
    at_the_checkout(owner, find, 1)
    order = f"/orders/{number_of(owner.buy())}"
    (address,) = owner.visit("/account").soup.select('form[action$="/remove"] input[name=id]')
    other.register()
    unknown = other.visit("/orders/AAAAAAAAAA")
    assert unknown.status == 404
    hidden = other.visit(order)
    assert (hidden.status, hidden.text) == (404, unknown.text)
    for path, fields in (
        (f"{order}/cancel", {"key": "0" * 32}),
        ("/orders/AAAAAAAAAA/cancel", {"key": "1" * 32}),
        ("/account/addresses/remove", {"id": str(address["value"])}),
        ("/account/addresses/remove", {"id": "nobodys"}),
    ):
        assert other.post(path, fields).status == 404
    other.add(next(products(other)))
    tampered = other.visit("/checkout").form("Place order")
    chosen = other.send(tampered.but(address=str(address["value"])))
    assert (chosen.status, "Choose an address." in chosen.text) == (422, True)
    assert "Analytical Way 1" in owner.visit("/account").text
    assert "Paid" in owner.visit(order).text
