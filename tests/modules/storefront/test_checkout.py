"""The purchase, without JavaScript: from the product to the order, and once only."""

from __future__ import annotations

from contracts.orders import OrderState
from tests.modules.storefront.till import TYPED, order
from tests.modules.storefront.world import HOME, PASSWORD, World, filled, make_world


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


def test_a_double_click_orders_once(desk: World) -> None:
    seen = desk.get("/checkout")
    assert order(desk, seen).path == order(desk, seen).path == "/orders/F-1000"
    assert len(desk.orders.orders) == 1


def test_a_slow_payment_shows_the_order_under_way(desk: World) -> None:
    page = order(desk, payment="tok_slow")
    assert page.path == "/orders/F-1000"
    assert "We are waiting for the payment" in page.text
    assert page.html.select_one('#order[data-hx-trigger="every 2s"]')
    assert desk.orders.orders["F-1000"][1].state is OrderState.PLACED
