"""What is planted in the books of a store is found, and named."""

from __future__ import annotations

import pytest

from contracts.kit import Role
from contracts.orders import Orders
from contracts.values import OrderId
from modules.auditor.tally import MOST
from tests.conformance.stage import fresh
from tests.modules.auditor.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD = 1_000_000_000_000_000
"""An instant of 2001, as the tables hold it."""


async def test_a_payment_that_is_lost_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper("payments", "DELETE FROM payments WHERE order_id = :id", id=order.id)
    assert ("payment-of-order", order.id) in await stand.findings()


async def test_a_payment_without_its_order_and_stock_that_left_for_nobody_are_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "orders", "DELETE FROM timeline WHERE order_id = :id", "DELETE FROM orders WHERE id = :id", id=order.id
    )
    assert {("payment-of-order", order.id), ("stock-of-order", order.id)} <= await stand.findings()


async def test_a_refund_that_the_provider_refused_is_found_until_it_is_made(stand: Stand) -> None:
    order = await stand.bought("tok_closed")
    await stand.revoked(order)
    (finding,) = [each for each in (await stand.audit()).findings if each.subject == order.id]
    assert finding.rule == "payment-of-order"
    assert finding.problem.endswith(f"refused to refund {order.total.amount} EUR: card_closed")
    await stand.revoked(order)
    assert order.id not in {subject for _, subject in await stand.findings()}


async def test_what_is_charged_twice_is_found(stand: Stand) -> None:
    order = await stand.bought()
    payment = stand.look_up("payments", "SELECT id FROM payments WHERE order_id = :id", id=order.id)
    await stand.tamper(
        "payments",
        "INSERT INTO entries SELECT transfer || ':again', account, debit, credit, currency, at FROM entries "
        "WHERE transfer = :transfer",
        transfer=f"{payment}:captured",
    )
    found = await stand.findings()
    assert ("ledger-complete", f"{payment}:captured:again") in found
    assert ("ledger-complete", "EUR taken") in found


async def test_what_is_charged_too_much_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper("payments", "UPDATE payments SET amount = 2 * amount WHERE order_id = :id", id=order.id)
    assert {("payment-of-order", order.id), ("ledger-complete", order.id)} <= await stand.findings()


async def test_an_entry_without_its_other_side_is_found(stand: Stand) -> None:
    order = await stand.bought()
    payment = stand.look_up("payments", "SELECT id FROM payments WHERE order_id = :id", id=order.id)
    transfer = f"{payment}:captured"
    await stand.tamper(
        "payments",
        "DELETE FROM entries WHERE transfer = :transfer AND account = 'sales:clearing'",
        transfer=transfer,
    )
    assert {("ledger-balanced", "EUR"), ("ledger-balanced", transfer)} <= await stand.findings()


async def test_stock_that_left_twice_is_found_by_its_order(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "inventory",
        "INSERT INTO movements (sku, movement, quantity, order_id, at) "
        "SELECT sku, movement, quantity, order_id, at FROM movements WHERE order_id = :id AND movement = 'committed'",
        "UPDATE stock SET on_hand = on_hand - 2 WHERE sku = :sku",
        id=order.id,
        sku=order.lines[0].sku,
    )
    assert {each for each in await stand.findings() if each[1] in (order.id, order.lines[0].sku)} == {
        ("stock-of-order", order.id)
    }


async def test_stock_that_left_for_an_order_that_never_was_is_found(stand: Stand) -> None:
    sku, nobody = (await stand.bought()).lines[0].sku, OrderId(fresh("nobody"))
    await stand.tamper(
        "inventory",
        "INSERT INTO movements (sku, movement, quantity, order_id, at) VALUES (:sku, 'committed', 3, :id, 1)",
        "UPDATE stock SET on_hand = on_hand - 3 WHERE sku = :sku",
        sku=sku,
        id=nobody,
    )
    (problem,) = [each.problem for each in (await stand.audit()).findings if each.subject == sku]
    assert problem == f"3 left for {nobody}, which has no reservation, and 0 came back"


async def test_an_order_whose_reservation_is_gone_with_what_came_back_is_found(stand: Stand) -> None:
    order = await stand.bought()
    sku = order.lines[0].sku
    with stand.stage.acting(Role.STAFF):
        await stand.stage.contract(Orders).revoke_order(order.id)
    await stand.tamper(
        "inventory",
        "DELETE FROM movements WHERE order_id = :id AND movement = 'returned'",
        "UPDATE stock SET on_hand = on_hand - 2 WHERE sku = :sku",
        "DELETE FROM reservation_lines WHERE order_id = :id",
        "DELETE FROM reservations WHERE order_id = :id",
        id=order.id,
        sku=sku,
    )
    assert ("stock-adds-up", sku) in await stand.findings()


@pytest.mark.parametrize("nobody", [OrderId("FGHOST"), None])
async def test_what_came_back_from_nobody_is_found(stand: Stand, nobody: OrderId | None) -> None:
    sku = (await stand.bought()).lines[0].sku
    await stand.tamper(
        "inventory",
        "INSERT INTO movements (sku, movement, quantity, order_id, at) VALUES (:sku, 'returned', 7, :id, 1)",
        "UPDATE stock SET on_hand = on_hand + 7 WHERE sku = :sku",
        sku=sku,
        id=nobody,
    )
    (problem,) = [each.problem for each in (await stand.audit()).findings if each.subject == sku]
    assert problem == f"0 left for {nobody or 'no order'}, which has no reservation, and 7 came back"


async def test_what_came_back_from_an_order_beyond_what_left_for_it_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "inventory",
        "INSERT INTO movements (sku, movement, quantity, order_id, at) VALUES (:sku, 'returned', 3, :id, 1)",
        "UPDATE stock SET on_hand = on_hand + 3 WHERE sku = :sku",
        sku=order.lines[0].sku,
        id=order.id,
    )
    assert {each for each in await stand.findings() if each[1] in (order.id, order.lines[0].sku)} == {
        ("stock-of-order", order.id)
    }


@pytest.mark.parametrize("change", ["on_hand = -3", "on_hand = on_hand + 1", "reserved = reserved + 1"])
async def test_stock_that_does_not_add_up_is_found(stand: Stand, change: str) -> None:
    sku = (await stand.bought()).lines[0].sku
    await stand.tamper("inventory", f"UPDATE stock SET {change} WHERE sku = :sku", sku=sku)
    assert ("stock-adds-up", sku) in await stand.findings()


async def test_a_reservation_for_nobody_is_found(stand: Stand) -> None:
    sku, nobody = (await stand.bought()).lines[0].sku, OrderId(fresh("nobody"))
    await stand.tamper(
        "inventory",
        "INSERT INTO reservations VALUES (:id, 'held', 9000000000000000)",
        "INSERT INTO reservation_lines VALUES (:id, :sku, 1)",
        "UPDATE stock SET reserved = reserved + 1 WHERE sku = :sku",
        id=nobody,
        sku=sku,
    )
    assert {each for each in await stand.findings() if each[1] in (nobody, sku)} == {("reservation-of-order", nobody)}


async def test_an_order_that_ended_and_still_holds_stock_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper("orders", "UPDATE orders SET state = 'rejected' WHERE id = :id", id=order.id)
    await stand.tamper(
        "inventory",
        "UPDATE reservations SET state = 'held', expires = 9000000000000000 WHERE order_id = :id",
        id=order.id,
    )
    found = {each for each in await stand.findings() if each[1] == order.id}
    assert found == {("payment-of-order", order.id), ("stock-of-order", order.id), ("reservation-of-order", order.id)}


async def test_an_order_that_is_stuck_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "orders",
        "UPDATE orders SET state = 'confirmed', step = 'capture', next_try = 9000000000000000 WHERE id = :id",
        "UPDATE timeline SET at = :old WHERE order_id = :id",
        id=order.id,
        old=OLD,
    )
    found = [each for each in (await stand.audit()).findings if each.subject == order.id]
    assert [(each.rule, each.problem) for each in found] == [
        ("order-in-time", "it is confirmed and waits to capture since 2001-09-09 01:46:40 UTC")
    ]


async def test_orders_that_go_on_after_a_long_time_are_not_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "orders",
        "INSERT INTO timeline (order_id, at, what) SELECT 'LATE-' || value, :old, 'Order placed' FROM json_each(:many)",
        "INSERT INTO orders SELECT 'LATE-' || json_each.value, account_id, :old, 'placed', address, lines, count, "
        "currency, delivery, vat, total, NULL, NULL, 'tok_success', 'authorise', :old, 0, 0, 0 "
        "FROM orders, json_each(:many) WHERE orders.id = :id",
        id=order.id,
        old=OLD,
        many=str(list(range(30))),
    )
    report = await stand.audit(grace=0.5)
    assert [each for each in report.findings if each.subject.startswith("LATE-")] == []
    left = "SELECT count(*) FROM orders WHERE id LIKE 'LATE-%' AND step IS NOT NULL"
    assert stand.look_up("orders", left) == "0"


async def test_a_payment_that_stays_pending_is_found(stand: Stand) -> None:
    order = await stand.bought()
    await stand.tamper(
        "payments", "UPDATE payments SET state = 'pending', created = :old WHERE order_id = :id", id=order.id, old=OLD
    )
    assert ("payment-in-time", order.id) in await stand.findings()


async def test_of_very_many_findings_the_first_are_told_and_all_are_counted(stand: Stand) -> None:
    await stand.tamper(
        "inventory",
        "INSERT INTO stock SELECT 'ZZZ-' || value, 1, 0 FROM json_each(:many)",
        many=str(list(range(MOST + 10))),
    )
    report = await stand.audit()
    assert len(report.findings) == MOST
    assert {each.rule: each.found for each in report.rules}["stock-adds-up"] >= MOST + 10
