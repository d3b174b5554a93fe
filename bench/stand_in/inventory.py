# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The stock as a service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from fastapi import HTTPException  # type: ignore[import-not-found]

from bench.stand_in.models import Availability, Reservation
from bench.stand_in.service import Database, make_service

SCHEMA = """
CREATE TABLE stock (
    sku TEXT PRIMARY KEY, on_hand INTEGER, reserved INTEGER,
    CHECK (reserved >= 0 AND on_hand >= reserved)
);
CREATE TABLE reservations (order_id TEXT PRIMARY KEY, state TEXT, expires REAL);
CREATE TABLE reservation_lines (
    order_id TEXT, sku TEXT, quantity INTEGER, PRIMARY KEY (order_id, sku)
);
CREATE TABLE movements (
    number INTEGER PRIMARY KEY, sku TEXT, movement TEXT, quantity INTEGER, order_id TEXT, at REAL
)
"""
MOVED = "INSERT INTO movements (sku, movement, quantity, order_id, at) VALUES (:sku, :movement, :quantity, :id, :at)"

database = Database("inventory", SCHEMA)
app = make_service(database)


@app.post("/availability")
async def get_availability(skus: list[str]) -> list[Availability]:
    """Return how many of some SKUs can be promised."""
    async with database.read() as work:
        rows = await work.all(
            "SELECT sku, on_hand - reserved FROM stock WHERE sku IN (SELECT value FROM json_each(:skus))",
            skus=json.dumps(skus),
        )
    found = dict(rows)
    return [Availability(sku=sku, available=found.get(sku, 0)) for sku in skus]


@app.post("/reservations")
async def reserve(wanted: Reservation) -> Reservation:
    """Hold stock for an order; once is enough."""
    now = datetime.now(UTC)
    expires = now + timedelta(minutes=15)
    async with database.write() as work:
        before = await work.one("SELECT expires FROM reservations WHERE order_id = :id", id=wanted.order_id)
        if before is not None:
            return wanted.model_copy(update={"expires": datetime.fromtimestamp(before[0], UTC)})
        for line in wanted.lines:
            left = await work.one("SELECT on_hand - reserved FROM stock WHERE sku = :sku", sku=line.sku)
            if left is None or left[0] < line.quantity:
                raise HTTPException(409, "out of stock")
        await work.run(
            "INSERT INTO reservations VALUES (:id, 'held', :expires)", id=wanted.order_id, expires=expires.timestamp()
        )
        for line in wanted.lines:
            values = {"sku": line.sku, "quantity": line.quantity}
            await work.run("INSERT INTO reservation_lines VALUES (:id, :sku, :quantity)", id=wanted.order_id, **values)
            await work.run("UPDATE stock SET reserved = reserved + :quantity WHERE sku = :sku", **values)
            await work.run(MOVED, movement="reserved", id=wanted.order_id, at=now.timestamp(), **values)
    return wanted.model_copy(update={"expires": expires})


@app.post("/reservations/{order_id}/commit", status_code=204)
async def commit(order_id: str) -> None:
    """Let an order's stock leave for good; once is enough."""
    now = datetime.now(UTC).timestamp()
    async with database.write() as work:
        held = await work.one("SELECT state FROM reservations WHERE order_id = :id", id=order_id)
        if held is None:
            raise HTTPException(404)
        if held[0] == "committed":
            return
        await work.run("UPDATE reservations SET state = 'committed' WHERE order_id = :id", id=order_id)
        lines = await work.all("SELECT sku, quantity FROM reservation_lines WHERE order_id = :id", id=order_id)
        for sku, quantity in lines:
            await work.run(
                "UPDATE stock SET on_hand = on_hand - :quantity, reserved = reserved - :quantity WHERE sku = :sku",
                sku=sku,
                quantity=quantity,
            )
            await work.run(MOVED, sku=sku, movement="committed", quantity=quantity, id=order_id, at=now)
