"""How many orders a store takes a second, from quote to paid: on SQLite and PostgreSQL, at sizes S and M."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop

from app.runtime.host import Host
from app.store import open_alone
from bench.figures import Figure
from bench.postgres import MODULES, schemas
from bench.store import environment, seed
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import CUSTOMER, Actor, Context, idempotency_key
from contracts.kit.context import scope
from contracts.orders import Orders, OrderState
from contracts.values import Address, CountryCode, Line, Sku

ROUNDS = 5
SECONDS = 2.0
CALLERS = 16
ENOUGH = 40
"""So many of a SKU are left, that is ordered again and again."""
WHO = Address(
    name="Ada Lovelace", street="Analytical Way 1", postal_code="10115", city="Berlin", country=CountryCode("DE")
)


def measure() -> list[Figure]:
    """Return checkouts a second in one process, through contracts alone, each with its own key."""
    rates: dict[tuple[str, str], tuple[float, ...]] = {}
    with schemas(*MODULES) as small, schemas(*MODULES, name="m") as large:
        for size, url in (("S", small), ("M", large)):
            rates["sqlite", size] = rate(size, {}, ROUNDS, SECONDS)
            if url is not None:
                rates["postgresql", size] = rate(size, {"DATABASE_URL": url}, ROUNDS, SECONDS)
    return list(_figures(rates))


def _figures(rates: dict[tuple[str, str], tuple[float, ...]]) -> Iterator[Figure]:
    for (engine, size), values in rates.items():
        what = f"orders quoted, placed and paid on {engine} at size {size}, {CALLERS} callers"
        yield Figure(f"checkouts_{engine}_{size.lower()}", what, "1/s", values)
    for engine in {engine: None for engine, _ in rates}:
        small, large = rates[engine, "S"], rates[engine, "M"]
        ratios = tuple(b / a for a, b in zip(sorted(small), sorted(large), strict=True))
        yield Figure(f"checkouts_{engine}_m_to_s", f"size M against size S on {engine}", "×", ratios)


def rate(size: str, settings: dict[str, str], rounds: int, seconds: float) -> tuple[float, ...]:
    """Return the rate of each of so many rounds, each so many seconds long, in a new store with these settings."""
    with tempfile.TemporaryDirectory(prefix="freestone-bench-") as folder:
        data = Path(folder, "data")
        seed(data, size, settings)
        return uvloop.run(_rounds(environment(data, **settings), rounds, seconds))


async def _rounds(environ: dict[str, str], rounds: int, seconds: float) -> tuple[float, ...]:
    async with open_alone(environ) as host:
        skus = itertools.cycle(await _skus(host))
        await _buying(host, skus, seconds / 4)
        return tuple([await _buying(host, skus, seconds) for _ in range(rounds)])


async def _skus(host: Host) -> list[Sku]:
    catalog, inventory = host.proxy(Catalog), host.proxy(Inventory)
    found: list[Sku] = []
    with scope(context=Context(request_id="bench")):
        skus = [product.variants[0].sku async for product in catalog.export() if not product.discontinued]
        for start in range(0, len(skus), 200):
            stock = await inventory.get_availability(tuple(skus[start : start + 200]))
            found += [each.sku for each in stock if each.available >= ENOUGH]
    return found


async def _buying(host: Host, skus: Iterator[Sku], seconds: float) -> float:
    orders, until, paid = host.proxy(Orders), time.perf_counter() + seconds, 0

    async def shopper() -> None:
        nonlocal paid
        actor = Actor(id=secrets.token_hex(8), roles=CUSTOMER)
        with scope(context=Context(request_id="bench", actor=actor)):
            while time.perf_counter() < until:
                lines = (Line(sku=next(skus), quantity=1),)
                quote = await orders.quote(lines, WHO.country)
                with idempotency_key(secrets.token_hex(8)):
                    order = await orders.place_order(quote.digest, lines, WHO, "tok_success")
                if order.state is not OrderState.PAID:
                    raise RuntimeError(f"an order is {order.state}")
                paid += 1

    began = time.perf_counter()
    async with asyncio.TaskGroup() as shoppers:
        for _ in range(CALLERS):
            shoppers.create_task(shopper())
    return paid / (time.perf_counter() - began)
