"""The order's page, its history, and cancelling."""

from __future__ import annotations

import msgspec
import pytest

from contracts.orders import OrderState
from tests.modules.storefront.till import TYPED
from tests.modules.storefront.world import World


def buy(world: World, payment: str = "tok_success") -> str:
    """Order a fork; return the order's address."""
    world.fill_cart("S1-1")
    page = world.submit(world.get("/checkout").form("/checkout"), "Place order", payment=payment, **TYPED)
    assert page.path.startswith("/orders/")
    return page.path


def turn(world: World, address: str, state: OrderState, reason: str | None = None) -> None:
    """Let an order be in a state."""
    order_id = address.removeprefix("/orders/")
    owner, order = world.orders.orders[order_id]
    world.orders.orders[order_id] = (owner, msgspec.structs.replace(order, state=state, reason=reason))


def test_an_order_shows_its_timeline_and_address(world: World) -> None:
    world.log_in()
    page = world.get(buy(world))
    assert page.title.startswith("Order F-1000")
    assert [each.get_text(" ", strip=True) for each in page.html.select(".timeline li")] == [
        "20 November 2026, 09:30 UTC Order placed",
        "20 November 2026, 09:31 UTC Payment confirmed",
        "20 November 2026, 09:32 UTC Payment taken",
    ]
    assert "Paid" in page.text
    assert "10115 Berlin Germany" in page.text
    assert page.html.find("button", string="Cancel order") is None
    assert page.html.select_one("main [data-hx-get]") is None


def test_the_confirmation_does_not_show_the_cart_of_before(world: World) -> None:
    world.log_in()
    address = buy(world)
    world.fill_cart("S1-1")  # as if the cart had not heard of the purchase yet
    for path, hidden in ((f"{address}?placed=1", True), (address, False)):
        badge = world.get(path).html.find(id="cart-count")
        assert badge is not None
        assert badge.has_attr("hidden") is hidden


def test_an_order_can_be_cancelled_before_it_is_paid(world: World) -> None:
    world.log_in()
    address = buy(world, "tok_slow")
    page = world.submit(world.get(address).form(f"{address}/cancel"))
    assert page.path == address
    assert "Cancelled Cancelled by you." in page.text
    assert page.html.find("button", string="Cancel order") is None


def test_it_can_be_too_late_to_cancel(world: World) -> None:
    world.log_in()
    address = buy(world, "tok_slow")
    form = world.get(address).form(f"{address}/cancel")
    turn(world, address, OrderState.PAID)
    page = world.submit(form)
    assert page.status == 409
    assert "too late" in page.text


def test_cancelling_needs_the_forms_key(world: World) -> None:
    world.log_in()
    address = buy(world, "tok_slow")
    assert world.post(f"{address}/cancel", {}).status == 400
    assert "cancel_order" not in world.orders.calls


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (OrderState.REJECTED, "insufficient_funds", "Not completed There is not enough money on the card."),
        (OrderState.REJECTED, "something new", "Not completed Something new."),
        (OrderState.CANCELLED, None, "Cancelled"),
        (OrderState.CANCELLED, "revoked", "Cancelled We cancelled it; whatever you paid, you get back."),
        (OrderState.CANCELLING, None, "Being cancelled Look again"),
        (OrderState.CONFIRMED, None, "Confirmed Look again"),
    ],
)
def test_every_state_is_said(world: World, state: OrderState, reason: str | None, said: str) -> None:
    world.log_in()
    address = buy(world)
    turn(world, address, state, reason)
    assert said in world.get(address).text
    refused = state in (OrderState.REJECTED, OrderState.CANCELLED)
    assert ("Thank you" in world.get(f"{address}?placed=1").text) is not refused


def test_somebody_elses_order_does_not_exist(world: World) -> None:
    world.log_in()
    address = buy(world, "tok_slow")
    form = {"key": "0" * 32}
    world.post("/log-out", {})
    world.log_in("Eve", "eve@example.org")
    theirs, nobodys = world.get(address), world.get("/orders/F-9999")
    assert theirs.status == nobodys.status == 404
    assert theirs.text == nobodys.text
    assert world.post(f"{address}/cancel", form).status == 404
    assert world.get("/orders").text.startswith("Your orders You have not ordered anything")
    assert world.get("/orders/" + "x" * 300).status == 404


def test_the_history_goes_by_pages_latest_first(world: World) -> None:
    world.log_in()
    for _ in range(22):
        buy(world)
    page = world.get("/orders")
    links = [each.get_text() for each in page.html.select(".history a")]
    assert (links[0], len(links)) == ("Order F-1021", 20)
    more = page.html.select_one('a[rel="next"]')
    assert more is not None
    last = world.get(str(more["href"]))
    assert [each.get_text() for each in last.html.select(".history a")] == ["Order F-1001", "Order F-1000"]
    assert last.html.select_one('a[rel="next"]') is None
    assert "1 item" in last.text


@pytest.mark.parametrize("cursor", ["nonsense", "9" * 201, "%00"])
def test_a_damaged_cursor_is_a_bad_request(world: World, cursor: str) -> None:
    world.log_in()
    assert world.get(f"/orders?cursor={cursor}").status == 400
