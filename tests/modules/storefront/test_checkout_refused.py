"""Every way in which an order can fail: what is said, what is kept, and how it goes on."""

from __future__ import annotations

import msgspec
import pytest

from contracts.kit import Error, Internal, Overloaded, TimedOut, Unavailable
from contracts.orders import ItemProblem, NotAvailable
from contracts.values import AccountId, Money, Sku
from tests.modules.storefront.till import TYPED, key, order
from tests.modules.storefront.world import HOME, World


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


def test_a_session_that_ended_meanwhile_asks_to_log_in_again(desk: World) -> None:
    seen = desk.get("/checkout")
    desk.accounts.sessions.clear()
    page = order(desk, seen)
    assert page.path == "/log-in"
    assert page.shown("next") == "/checkout"
    assert desk.carts.held[AccountId("a1")]
