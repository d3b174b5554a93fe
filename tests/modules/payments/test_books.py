"""What is planted in the payments' tables stands in their books: on either database, and under its own name."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from contracts.payments import LedgerBook, PaymentBook, Refund
from contracts.values import Money
from tests.modules.payments.stand import PRICE, Stand, order


async def refunded(stand: Stand, number: int = 1) -> Refund:
    """Have an order paid, and 10 of it given back."""
    await stand.service.authorise(order(number), PRICE, "tok_success")
    await stand.service.capture(order(number))
    return await stand.service.refund(order(number), Money(amount=1000, currency="EUR"), "a")


async def payment_book(stand: Stand, number: int = 1) -> PaymentBook:
    (book,) = await stand.service.get_books((order(number),))
    return book


async def ledger_book(stand: Stand) -> LedgerBook:
    (book,) = await stand.service.get_ledger()
    return book


async def tamper(stand: Stand, statement: str, **values: object) -> None:
    async with stand.database.write() as work:
        await work.session.execute(text(statement), values)


async def test_no_transfer_of_a_payment_or_refund_is_a_stray(stand: Stand) -> None:
    await refunded(stand)
    await stand.service.authorise(order(2), PRICE, "tok_success")
    await stand.service.authorise(order(3), PRICE, "tok_success")
    await stand.service.void(order(3))
    book = await ledger_book(stand)
    assert (book.sum, book.unbalanced, book.strays) == (0, (), ())


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE entries SET account = 'sandbox:pocket' WHERE transfer = :transfer AND account = 'sales:clearing'",
        "UPDATE entries SET account = 'customers:holds' WHERE transfer = :transfer AND account = 'sales:clearing'",
        "INSERT INTO entries VALUES (:transfer, 'a', 7, 0, 'EUR', 1), (:transfer, 'b', 0, 7, 'EUR', 1)",
        "UPDATE entries SET transfer = 'nobody:done' WHERE transfer = :transfer",
    ],
)
async def test_what_no_refund_would_have_made_is_a_stray(stand: Stand, planted: str) -> None:
    await refunded(stand, 1)
    refund = await refunded(stand, 2)
    await tamper(stand, planted, transfer=f"{refund.id}:done")
    book = await ledger_book(stand)
    assert (book.sum, book.unbalanced) == (0, ())
    assert book.strays == ("nobody:done" if "nobody" in planted else f"{refund.id}:done",)


async def test_a_transfer_whose_sides_differ_is_told_as_that_alone(stand: Stand) -> None:
    transfer = f"{(await refunded(stand)).id}:done"
    await tamper(stand, "DELETE FROM entries WHERE transfer = :id AND account = 'sales:clearing'", id=transfer)
    book = await ledger_book(stand)
    assert (book.unbalanced, book.strays) == ((transfer,), ())


async def test_what_the_ledger_has_of_a_payment_is_in_its_currency(stand: Stand) -> None:
    refund = await refunded(stand)
    assert (await payment_book(stand)).taken == PRICE.amount - 1000
    await tamper(stand, "UPDATE entries SET currency = 'USD' WHERE transfer = :id", id=f"{refund.id}:done")
    assert (await payment_book(stand)).taken == PRICE.amount


async def test_a_refund_of_another_payment_stands_elsewhere(stand: Stand) -> None:
    refund, other = await refunded(stand, 1), (await refunded(stand, 2)).id
    assert ((await payment_book(stand, 1)).elsewhere, (await payment_book(stand, 2)).elsewhere) == ((), ())
    await tamper(
        stand,
        "UPDATE refunds SET payment_id = (SELECT payment_id FROM refunds WHERE id = :other) WHERE id = :id",
        other=other,
        id=refund.id,
    )
    assert ((await payment_book(stand, 1)).elsewhere, (await payment_book(stand, 2)).elsewhere) == ((refund.id,), ())
