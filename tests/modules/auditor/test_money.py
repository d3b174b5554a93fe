"""What is planted in refunds and in the ledger of a store is found; a refund that is as it should be is not."""

from __future__ import annotations

import pytest

from contracts.kit import Role
from contracts.orders import Order, Orders
from contracts.payments import Payments
from contracts.values import Money
from tests.modules.auditor.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def revoked(stand: Stand) -> tuple[Order, str]:
    """Have an order paid and revoked; return it with its refund's id."""
    order = await stand.bought()
    with stand.stage.acting(Role.STAFF):
        await stand.stage.contract(Orders).revoke_order(order.id)
    return order, stand.look_up("payments", "SELECT id FROM refunds WHERE order_id = :id", id=order.id)


def payment_of(stand: Stand, order: Order) -> str:
    return stand.look_up("payments", "SELECT id FROM payments WHERE order_id = :id", id=order.id)


async def test_a_paid_order_of_which_some_was_given_back_is_in_order(stand: Stand) -> None:
    order = await stand.bought()
    with stand.stage.acting(Role.SYSTEM):
        await stand.stage.contract(Payments).refund(order.id, Money(amount=100, currency="EUR"), "goodwill")
    assert order.id not in {subject for _, subject in await stand.findings()}


async def test_a_refund_in_another_currency_is_found(stand: Stand) -> None:
    order, refund = await revoked(stand)
    assert order.id not in {subject for _, subject in await stand.findings()}
    await stand.tamper(
        "payments",
        "UPDATE refunds SET currency = 'USD' WHERE id = :id",
        "UPDATE entries SET currency = 'USD' WHERE transfer = :transfer",
        id=refund,
        transfer=f"{refund}:done",
    )
    assert ("ledger-complete", order.id) in await stand.findings()


async def test_a_refund_of_another_orders_payment_is_found(stand: Stand) -> None:
    other = payment_of(stand, await stand.bought())
    order, refund = await revoked(stand)
    await stand.tamper("payments", "UPDATE refunds SET payment_id = :other WHERE id = :id", other=other, id=refund)
    found = {each.subject: each for each in (await stand.audit()).findings}
    assert found[order.id].rule == "ledger-complete"
    assert found[order.id].problem == f"its refund {refund} was asked for of another payment"


@pytest.mark.parametrize("account", ["sandbox:pocket", "customers:stash"])
async def test_a_sale_on_another_account_is_found(stand: Stand, account: str) -> None:
    transfer = f"{payment_of(stand, await stand.bought())}:captured"
    await stand.tamper(
        "payments",
        "UPDATE entries SET account = :account WHERE transfer = :transfer AND account = 'sales:clearing'",
        account=account,
        transfer=transfer,
    )
    assert {each for each in await stand.findings() if each[1] == transfer} == {("ledger-complete", transfer)}


async def test_a_refund_that_takes_from_the_wrong_side_is_found(stand: Stand) -> None:
    transfer = f"{(await revoked(stand))[1]}:done"
    await stand.tamper(
        "payments",
        "UPDATE entries SET account = 'customers:holds' WHERE transfer = :transfer AND account = 'sales:clearing'",
        transfer=transfer,
    )
    assert {each for each in await stand.findings() if each[1] == transfer} == {("ledger-complete", transfer)}


async def test_what_goes_to_and_fro_on_accounts_of_nobodys_is_found(stand: Stand) -> None:
    transfer = f"{payment_of(stand, await stand.bought())}:captured"
    await stand.tamper(
        "payments",
        "INSERT INTO entries VALUES (:transfer, 'a', 5, 0, 'EUR', 1), (:transfer, 'b', 0, 5, 'EUR', 1)",
        transfer=transfer,
    )
    assert {each for each in await stand.findings() if each[1] == transfer} == {("ledger-complete", transfer)}
