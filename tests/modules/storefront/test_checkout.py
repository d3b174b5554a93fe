"""The purchase: without JavaScript from the product to the order, and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from contracts.kit import Error, Internal, Overloaded, TimedOut, Unavailable
from contracts.orders import ItemProblem, NotAvailable, OrderState
from contracts.values import AccountId, Money, Sku
from tests.modules.storefront.world import HOME, PASSWORD, Page, World, filled, make_world

TYPED = {"name": HOME.name, "street": HOME.street, "postal_code": HOME.postal_code, "city": HOME.city}


@pytest.fixture
def desk() -> Iterator[World]:
    """A store in which Ada is logged in, with a fork and two trowels in her cart."""
    made = make_world()
    with made.browser:
        made.log_in()
        made.fill_cart("S1-1")
        made.fill_cart("S2-1", quantity=2)
        yield made


def order(desk: World, seen: Page | None = None, /, **typed: str) -> Page:
    """Press “Place order”."""
    return desk.submit((seen or desk.get("/checkout")).form("/checkout"), "Place order", **{**TYPED, **typed})


def key(page: Page) -> str:
    return dict(filled(page.form("/checkout")))["key"]


def test_a_guest_buys_something_without_javascript() -> None:
    world = make_world()
    world.submit(world.get("/products/p1").form("/cart/items"))
    page = world.submit(world.get("/cart").form("/checkout"))
    assert page.path == "/log-in"
    link = page.html.select_one('main a[href^="/register"]')
    assert link is not None
    form = world.get(str(link["href"])).form("/register")
    page = world.submit(form, name="Ada Lovelace", email="ada@example.org", password=PASSWORD)
    assert page.path == "/checkout"
    assert "1 \N{MULTIPLICATION SIGN} Digging fork" in page.text
    page = order(world, page)
    assert page.path == "/orders/F-1000"
    assert page.html.h1
    assert page.html.h1.get_text() == "Thank you for your order"
    assert "€53.90" in page.text
    assert "Berlin" in page.text
    assert world.accounts.books["a1"][0].address == HOME


def test_the_quote_is_shown_with_delivery_and_vat(desk: World) -> None:
    text = desk.get("/checkout").text
    assert "2 \N{MULTIPLICATION SIGN} Hand trowel Small €25.80" in text
    assert "Delivery to Germany €4.90" in text
    assert "Total incl. VAT €79.70" in text
    assert "contains 19 % VAT €12.72" in text


def test_an_empty_cart_has_nothing_to_check_out(world: World) -> None:
    world.log_in()
    assert world.get("/checkout").path == "/cart"


def test_a_cart_with_problems_is_shown_first(desk: World) -> None:
    desk.inventory.left = {"S1-1": 0}
    page = desk.get("/checkout")
    assert page.path == "/cart"
    assert "Sold out" in page.text


def test_every_field_of_the_address_says_what_is_wrong(desk: World) -> None:
    page = order(desk, name="", street="x" * 201, postal_code=" ", city="\0", country="XX", payment="tok_free")
    assert page.status == 422
    assert page.error("name") == "Enter the recipient's name."
    assert "200" in page.error("street")
    assert page.error("postal_code") == "Enter a postal code."
    assert "characters" in page.error("city")
    assert "list" in page.error("country")
    assert "Choose how to pay." in page.text
    assert page.shown("street") == "x" * 201
    assert not desk.orders.orders


def test_a_saved_address_needs_no_typing(desk: World) -> None:
    order(desk, save="yes")
    desk.fill_cart("S3-1")
    page = order(desk, name="", street="", postal_code="", city="")
    assert page.path == "/orders/F-1001"
    assert desk.orders.orders["F-1001"][1].address == HOME


def test_another_persons_address_is_no_choice(desk: World) -> None:
    order(desk, save="yes")
    desk.fill_cart("S3-1")
    page = order(desk, address="a99-0")
    assert page.status == 422
    assert "Choose an address." in page.text
    assert len(desk.orders.orders) == 1


def test_a_new_address_is_kept_only_if_wished(desk: World) -> None:
    page = desk.get("/checkout")
    data = {name: value for name, value in filled(page.form("/checkout")) if name not in ("save", "line")}
    lines = [value for name, value in filled(page.form("/checkout")) if name == "line"]
    desk.post("/checkout", {**data, **TYPED, "line": lines, "action": "place"})
    assert len(desk.orders.orders) == 1
    assert not desk.accounts.books


def test_an_address_that_cannot_be_kept_does_not_touch_the_order(desk: World) -> None:
    desk.accounts.down("add_address")
    page = order(desk, save="yes")
    assert page.path == "/orders/F-1000"
    assert "could not be kept" in page.text


def test_the_total_can_be_worked_out_again_without_ordering(desk: World) -> None:
    form = desk.get("/checkout").form("/checkout")
    page = desk.submit(form, "Update total", country="AT", street="Half a street")
    assert page.status == 200
    assert "Delivery to Austria €8.90" in page.text
    assert page.shown("street") == "Half a street"
    assert page.html.select_one("[aria-invalid]") is None
    assert not desk.orders.orders


def test_enter_in_a_field_buys_nothing(desk: World) -> None:
    form = desk.get("/checkout").form("/checkout")
    first = form.find("button")
    assert first is not None
    assert (first["name"], first["value"]) == ("action", "update")
    assert desk.submit(form, **TYPED).status == 200
    assert not desk.orders.orders


def test_a_changed_quote_is_shown_and_nothing_ordered(desk: World) -> None:
    seen = desk.get("/checkout")
    fork = desk.catalog.products[0]
    dearer = msgspec.structs.replace(fork.variants[0], price=Money(amount=5900, currency="EUR"))
    desk.catalog.products[0] = msgspec.structs.replace(fork, variants=(dearer,))
    page = order(desk, seen)
    assert page.status == 409
    assert "The total has changed" in page.text
    assert "€89.70" in page.text
    assert page.shown("street") == HOME.street
    assert key(page) != key(seen), "it is another order now"
    assert not desk.orders.orders
    assert order(desk, page).path == "/orders/F-1000"


def test_another_country_than_quoted_changes_the_quote(desk: World) -> None:
    page = order(desk, country="AT")
    assert page.status == 409
    assert "Delivery to Austria €8.90" in page.text
    assert order(desk, page, country="AT").path == "/orders/F-1000"


@pytest.mark.parametrize(
    ("token", "said"), [("tok_decline", "Nothing was ordered"), ("tok_insufficient_funds", "not enough money")]
)
def test_a_refused_payment_can_be_tried_again_with_another_card(desk: World, token: str, said: str) -> None:
    seen = desk.get("/checkout")
    page = order(desk, seen, payment=token)
    assert page.status == 422
    assert said in page.text
    assert key(page) != key(seen)
    assert order(desk, page, payment="tok_success").path == "/orders/F-1000"


def test_what_sold_out_meanwhile_is_named(desk: World) -> None:
    seen = desk.get("/checkout")
    desk.inventory.left = {"S1-1": 0, "S2-1": 1}
    page = order(desk, seen)
    assert page.status == 409
    assert "Digging fork: sold out, you want 1" in page.text
    assert "Hand trowel: only 1 left, you want 2" in page.text
    assert page.html.find("button", string="Place order") is None
    assert page.html.select_one('main a[href="/cart"]')

    desk.catalog.down("get_offers")
    desk.orders.faults["place_order"] = NotAvailable(problems=(ItemProblem(sku=Sku("S1-1"), wanted=1, available=0),))
    assert "S1-1: sold out" in order(desk, seen).text


def test_where_nothing_is_delivered_is_said_beside_the_country(desk: World) -> None:
    page = order(desk, country="IS")
    assert page.status == 422
    assert "2.7 kg, to Iceland" in page.error("country")
    assert page.html.find("button", string="Place order") is None
    page = desk.submit(page.form("/checkout"), "Update total", country="DE")
    assert page.html.find("button", string="Place order")


def test_a_double_click_orders_once(desk: World) -> None:
    seen = desk.get("/checkout")
    assert order(desk, seen).path == order(desk, seen).path == "/orders/F-1000"
    assert len(desk.orders.orders) == 1


def test_the_same_form_with_other_details_is_refused(desk: World) -> None:
    seen = desk.get("/checkout")
    order(desk, seen)
    page = order(desk, seen, street="Another Way 2")
    assert page.status == 409
    assert "sent before" in page.text
    assert len(desk.orders.orders) == 1


def test_an_answer_that_is_lost_is_found_by_ordering_again(desk: World) -> None:
    seen = desk.get("/checkout")
    desk.inventory.left = {"S1-1": 1}
    desk.orders.loses_next_answer = True
    page = order(desk, seen)
    assert page.status == 504
    assert "counts once" in page.text
    assert key(page) == key(seen)
    desk.inventory.left = {"S1-1": 0}
    assert order(desk, page).path == "/orders/F-1000"
    assert len(desk.orders.orders) == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Unavailable(operation="orders.v1.place_order", reason="gone"), 503),
        (Unavailable(operation="payments.v1.authorise", reason="gone", may_have_executed=True), 503),
        (Overloaded(operation="orders.v1.place_order"), 503),
        (TimedOut(operation="orders.v1.place_order"), 504),
        (Internal(operation="orders.v1.place_order", incident="i-1"), 500),
    ],
)
def test_an_order_that_fails_can_be_sent_again_as_it_is(desk: World, fault: Error, status: int) -> None:
    seen = desk.get("/checkout")
    desk.orders.faults["place_order"] = fault
    page = order(desk, seen)
    assert page.status == status
    assert key(page) == key(seen)
    assert page.shown("street") == HOME.street
    desk.orders.faults.clear()
    assert order(desk, page).path == "/orders/F-1000"


def test_without_a_quote_the_page_stays_but_nothing_can_be_ordered(desk: World) -> None:
    desk.orders.down("quote")
    page = desk.get("/checkout")
    assert page.status == 503
    assert "Ordering cannot be reached right now." in page.text
    assert page.html.find("button", string="Place order") is None


@pytest.mark.parametrize(
    "change",
    [
        {"line": "0 S1-1"},
        {"line": "-1 S1-1"},
        {"line": "1000 S1-1"},
        {"line": "1"},
        {"line": "x S1-1"},
        {"line": "²"},
        {"line": "1 " + "x" * 200},
        {"line": "1 S1\0"},
        {"key": "short"},
        {"key": ""},
        {"digest": "x" * 101},
    ],
)
def test_a_form_that_was_tampered_with_is_refused(desk: World, change: dict[str, str]) -> None:
    page = order(desk, **change)
    assert page.status == 400
    assert "damaged" in page.text
    assert not desk.orders.orders


def test_too_many_or_no_lines_are_refused(desk: World) -> None:
    data = {"key": "0" * 32, "digest": "d", "payment": "tok_success", **TYPED, "country": "DE"}
    assert desk.post("/checkout", data).status == 400
    assert desk.post("/checkout", {**data, "line": ["1 S1-1"] * 51}).status == 400


def test_unknown_skus_are_named(desk: World) -> None:
    page = order(desk, line="1 NOPE")
    assert page.status == 409
    assert "NOPE: sold out" in page.text


def test_a_slow_payment_shows_the_order_under_way(desk: World) -> None:
    page = order(desk, payment="tok_slow")
    assert page.path == "/orders/F-1000"
    assert "We are waiting for the payment" in page.text
    assert page.html.select_one('#order[data-hx-trigger="every 2s"]')
    assert desk.orders.orders["F-1000"][1].state is OrderState.PLACED


def test_a_session_that_ended_meanwhile_asks_to_log_in_again(desk: World) -> None:
    seen = desk.get("/checkout")
    desk.accounts.sessions.clear()
    page = order(desk, seen)
    assert page.path == "/log-in"
    assert page.shown("next") == "/checkout"
    assert desk.carts.held[AccountId("a1")]
