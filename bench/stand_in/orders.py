# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The orders as a service: quotes, and the purchase step by step."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import BackgroundTasks, Header, HTTPException  # type: ignore[import-not-found]
from pydantic import TypeAdapter

from bench.stand_in.models import Account, Address, Availability, Line, Money, Offer, Reservation
from bench.stand_in.purchase import (
    Bought,
    Order,
    OrderLine,
    OrderRequest,
    OrderSummary,
    PaymentRequest,
    Quote,
    QuoteRequest,
    TimelineEntry,
    Vat,
)
from bench.stand_in.service import Clients, Customer, Database, Transaction, detail_of, make_service

SCHEMA = """
CREATE TABLE orders (
    id TEXT PRIMARY KEY, account_id TEXT, key TEXT UNIQUE, placed REAL, state TEXT, step TEXT,
    address TEXT, lines TEXT, count INTEGER, currency TEXT, delivery INTEGER, vat TEXT,
    total INTEGER
);
CREATE TABLE timeline (number INTEGER PRIMARY KEY, order_id TEXT, at REAL, what TEXT);
CREATE INDEX by_account ON orders (account_id, placed);
CREATE INDEX by_order ON timeline (order_id)
"""
BRACKETS = ((2_000, 490), (10_000, 790), (31_500, 1_490), (120_000, 4_900))

database = Database("orders", SCHEMA)
clients = Clients()
app = make_service(database, clients)
_offers: TypeAdapter[list[Offer]] = TypeAdapter(list[Offer])
_stock: TypeAdapter[list[Availability]] = TypeAdapter(list[Availability])
_lines: TypeAdapter[list[OrderLine]] = TypeAdapter(list[OrderLine])
_vat: TypeAdapter[list[Vat]] = TypeAdapter(list[Vat])


@app.post("/quote")
async def quote(wanted: QuoteRequest) -> Quote:
    """Return what some lines cost, delivered to a country."""
    return await _quote(wanted.lines, wanted.country)


@app.post("/orders")
async def place_order(
    wanted: OrderRequest, asking: Customer, idempotency_key: Annotated[str, Header()], later: BackgroundTasks
) -> Order:
    """Buy what was quoted: reserve, authorise, confirm, capture; every step is written down."""
    quoted = await _quote(wanted.lines, wanted.address.country)
    async with database.write() as work:
        before = await work.one("SELECT id FROM orders WHERE key = :key", key=idempotency_key)
        if before is None and quoted.digest != wanted.quote_digest:
            raise HTTPException(409, "the quote has changed")
        order_id = "F" + secrets.token_hex(5).upper() if before is None else before[0]
        if before is None:
            await _add(work, order_id, asking.id, idempotency_key, quoted, wanted.address)
    if before is None:
        await _go_through(order_id, quoted, wanted.payment_token)
        bought = Bought(account_id=asking.id, lines=wanted.lines)
        later.add_task(_tell, "cart", "/bought", bought.model_dump_json())
    return await _order(order_id, asking)


@app.get("/orders")
async def list_orders(asking: Customer) -> list[OrderSummary]:
    """Return the actor's own orders, the latest first."""
    async with database.read() as work:
        rows = await work.all(
            "SELECT id, placed, state, total, currency, count FROM orders WHERE account_id = :account "
            "ORDER BY placed DESC LIMIT 21",
            account=asking.id,
        )
    return [
        OrderSummary(
            id=id_,
            placed=datetime.fromtimestamp(placed, UTC),
            state=state,
            total=Money(amount=total, currency=currency),
            count=count,
        )
        for id_, placed, state, total, currency, count in rows
    ]


@app.get("/orders/{order_id}")
async def get_order(order_id: str, asking: Customer) -> Order:
    """Return one of the actor's own orders."""
    return await _order(order_id, asking)


async def _order(order_id: str, asking: Account) -> Order:
    async with database.read() as work:
        row = await work.one(
            "SELECT placed, state, address, lines, currency, delivery, vat, total FROM orders "
            "WHERE id = :id AND account_id = :account",
            id=order_id,
            account=asking.id,
        )
        happened = await work.all("SELECT at, what FROM timeline WHERE order_id = :id ORDER BY number", id=order_id)
    if row is None:
        raise HTTPException(404)
    placed, state, address, lines, currency, delivery, vat, total = row
    return Order(
        id=order_id,
        placed=datetime.fromtimestamp(placed, UTC),
        state=state,
        lines=_lines.validate_json(lines),
        delivery=Money(amount=delivery, currency=currency),
        vat=_vat.validate_json(vat),
        total=Money(amount=total, currency=currency),
        address=Address.model_validate_json(address),
        timeline=[TimelineEntry(at=datetime.fromtimestamp(at, UTC), what=what) for at, what in happened],
    )


async def _go_through(order_id: str, quoted: Quote, token: str) -> None:
    lines = [Line(sku=each.sku, quantity=each.quantity) for each in quoted.lines]
    await _tell("inventory", "/reservations", Reservation(order_id=order_id, lines=lines).model_dump_json())
    await _move(order_id, "placed", "authorise", "Items reserved")
    payment = PaymentRequest(order_id=order_id, amount=quoted.total, token=token)
    await _tell("payments", "/payments", payment.model_dump_json())
    await _move(order_id, "confirmed", "commit", "Payment authorised", "Order confirmed")
    await _tell("inventory", f"/reservations/{order_id}/commit")
    await _move(order_id, "confirmed", "capture")
    await _tell("payments", f"/payments/{order_id}/capture")
    await _move(order_id, "paid", None, "Paid")


async def _add(work: Transaction, order_id: str, account_id: str, key: str, quoted: Quote, address: Address) -> None:
    now = datetime.now(UTC).timestamp()
    await work.run(
        "INSERT INTO orders VALUES (:id, :account, :key, :now, 'placed', 'reserve', :address, :lines, :count, "
        ":currency, :delivery, :vat, :total)",
        id=order_id,
        account=account_id,
        key=key,
        now=now,
        address=address.model_dump_json(),
        lines=_lines.dump_json(quoted.lines).decode(),
        count=sum(line.quantity for line in quoted.lines),
        currency=quoted.total.currency,
        delivery=quoted.delivery.amount,
        vat=_vat.dump_json(quoted.vat).decode(),
        total=quoted.total.amount,
    )
    await _say(work, order_id, now, "Order placed")


async def _move(order_id: str, state: str, step: str | None, *says: str) -> None:
    now = datetime.now(UTC).timestamp()
    async with database.write() as work:
        await work.run(
            "UPDATE orders SET state = :state, step = :step WHERE id = :id", state=state, step=step, id=order_id
        )
        for what in says:
            await _say(work, order_id, now, what)


async def _say(work: Transaction, order_id: str, at: float, what: str) -> None:
    await work.run("INSERT INTO timeline (order_id, at, what) VALUES (:id, :at, :what)", id=order_id, at=at, what=what)


async def _quote(lines: Sequence[Line], country: str) -> Quote:
    wanted: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        wanted[line.sku] += line.quantity
    skus = list(wanted)
    offers = {each.sku: each for each in _offers.validate_json(await _ask("catalog", "/offers", skus))}
    left = {each.sku: each.available for each in _stock.validate_json(await _ask("inventory", "/availability", skus))}
    if any(sku not in offers or left[sku] < quantity for sku, quantity in wanted.items()):
        raise HTTPException(409, "not available")
    quoted = [_order_line(offers[sku], quantity) for sku, quantity in wanted.items()]
    weight = sum(offers[sku].weight_grams * quantity for sku, quantity in wanted.items())
    delivery = next(price for most, price in BRACKETS if weight <= most)
    totals: defaultdict[int, int] = defaultdict(int)
    for each in quoted:
        totals[each.vat_rate] += each.total.amount
    totals[max(totals)] += delivery
    currency = quoted[0].total.currency
    made = Quote(
        lines=quoted,
        delivery=Money(amount=delivery, currency=currency),
        vat=[
            Vat(rate=rate, amount=Money(amount=round(totals[rate] * rate / (10_000 + rate)), currency=currency))
            for rate in sorted(totals, reverse=True)
        ],
        total=Money(amount=sum(totals.values()), currency=currency),
        digest="",
    )
    return made.model_copy(update={"digest": hashlib.sha256((country + made.model_dump_json()).encode()).hexdigest()})


def _order_line(offer: Offer, quantity: int) -> OrderLine:
    return OrderLine(
        sku=offer.sku,
        name=offer.name,
        detail=detail_of(offer.attributes),
        quantity=quantity,
        unit_price=offer.price,
        total=Money(amount=offer.price.amount * quantity, currency=offer.price.currency),
        vat_rate=offer.vat_rate,
    )


async def _ask(service: str, path: str, what: Any) -> bytes:
    response = await clients(service).post(path, json=what)
    response.raise_for_status()
    content: bytes = response.content
    return content


async def _tell(service: str, path: str, body: str = "") -> None:
    response = await clients(service).post(path, content=body, headers={"content-type": "application/json"})
    response.raise_for_status()
