# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The payments as a service, with a provider that keeps a book of its own."""

from __future__ import annotations

import secrets
import time

from fastapi import HTTPException  # type: ignore[import-not-found]

from bench.stand_in.models import Money
from bench.stand_in.purchase import Payment, PaymentRequest
from bench.stand_in.service import Database, make_service

SCHEMA = """
CREATE TABLE payments (
    order_id TEXT PRIMARY KEY, id TEXT UNIQUE, amount INTEGER, currency TEXT, state TEXT,
    doing TEXT, created REAL
);
CREATE TABLE entries (
    transfer TEXT, account TEXT, debit INTEGER, credit INTEGER, currency TEXT, at REAL,
    PRIMARY KEY (transfer, account)
);
CREATE TABLE book (key TEXT PRIMARY KEY, amount INTEGER, currency TEXT, standing TEXT)
"""
ENTRY = "INSERT INTO entries VALUES (:transfer, :account, :debit, :credit, :currency, :at)"
FIND = "SELECT id, amount, currency, state FROM payments WHERE order_id = :order_id"

database = Database("payments", SCHEMA)
app = make_service(database)


@app.post("/payments")
async def authorise(wanted: PaymentRequest) -> Payment:
    """Have the provider hold an amount: intent, call, outcome."""
    async with database.write() as work:
        row = await work.one(FIND, order_id=wanted.order_id)
        if row is not None:
            return _payment(wanted.order_id, *row)
        key = secrets.token_hex(12)
        await work.run(
            "INSERT INTO payments VALUES (:order_id, :id, :amount, :currency, 'pending', 'authorise', :now)",
            order_id=wanted.order_id,
            id=key,
            amount=wanted.amount.amount,
            currency=wanted.amount.currency,
            now=time.time(),
        )
    if not await _provider_holds(key, wanted.amount, wanted.token):
        raise HTTPException(402, "declined")
    return await _settle(wanted.order_id, "authorised")


@app.post("/payments/{order_id}/capture")
async def capture(order_id: str) -> Payment:
    """Take the amount that is held: intent, call, outcome with its entries in the ledger."""
    async with database.write() as work:
        row = await work.one(FIND, order_id=order_id)
        if row is None:
            raise HTTPException(404)
        if row[3] == "captured":
            return _payment(order_id, *row)
        await work.run("UPDATE payments SET doing = 'capture' WHERE order_id = :order_id", order_id=order_id)
    async with database.write() as work:
        await work.run("UPDATE book SET standing = 'captured' WHERE key = :key", key=row[0])
    return await _settle(order_id, "captured")


async def _provider_holds(key: str, amount: Money, token: str) -> bool:
    standing = "held" if token in ("tok_success", "tok_slow") else "declined"
    async with database.write() as work:
        await work.run(
            "INSERT INTO book VALUES (:key, :amount, :currency, :standing)",
            key=key,
            amount=amount.amount,
            currency=amount.currency,
            standing=standing,
        )
    async with database.read() as work:
        row = await work.one("SELECT standing FROM book WHERE key = :key", key=key)
    return bool(row[0] == "held")


async def _settle(order_id: str, state: str) -> Payment:
    async with database.write() as work:
        id_, amount, currency, _ = await work.one(FIND, order_id=order_id)
        await work.run(
            "UPDATE payments SET state = :state, doing = NULL WHERE order_id = :order_id",
            state=state,
            order_id=order_id,
        )
        if state == "captured":
            for account, debit, credit in (("provider", amount, 0), ("sales", 0, amount)):
                await work.run(
                    ENTRY,
                    transfer=id_,
                    account=account,
                    debit=debit,
                    credit=credit,
                    currency=currency,
                    at=time.time(),
                )
    return _payment(order_id, id_, amount, currency, state)


def _payment(order_id: str, id_: str, amount: int, currency: str, state: str) -> Payment:
    return Payment(id=id_, order_id=order_id, amount=Money(amount=amount, currency=currency), state=state)
