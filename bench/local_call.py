"""A contract call through the full local pipeline, beside a bare await of the same method."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, final

import uvloop

from app.runtime.binding import Binding
from app.runtime.guard import TransactionGuard
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from app.runtime.tasks import task_factory
from bench.figures import Figure
from contracts.catalog import Product, ProductNotFound, Variant
from contracts.kit import CUSTOMER, Actor, Context, Role, contract, contract_of, query
from contracts.kit.context import scope
from contracts.values import CategoryId, Money, ProductId, Sku

CALLS = 20_000
ROUNDS = 25
MUG = ProductId("mug")


@contract(version=1)
class Shelf(Protocol):
    """The catalogue's most frequent operation, with all that its semantics ask of the pipeline."""

    @query(deadline=0.5, allow=CUSTOMER, raises=(ProductNotFound,))
    async def get_product(self, product_id: ProductId) -> Product:
        """Return one product."""
        ...


@final
class OneProduct(Shelf):
    """Answers at once, so that only the way to it is measured."""

    def __init__(self) -> None:
        price = Money(amount=1290, currency="EUR")
        self._products = {
            MUG: Product(
                id=MUG,
                name="Mug",
                brand="Ember",
                category_id=CategoryId("mugs"),
                description="A mug.",
                attributes=(),
                variants=(Variant(sku=Sku("MUG-1"), attributes=(), price=price, weight_grams=350),),
            )
        }

    async def get_product(self, product_id: ProductId) -> Product:
        return self._products[product_id]


def measure() -> list[Figure]:
    """Return the cost of a call in nanoseconds, bare and through the pipeline, rounds interleaved."""
    bare, through = uvloop.run(_rounds())
    extra = tuple(b - a for a, b in zip(bare, through, strict=True))
    return [
        Figure("bare_await_ns", "await of the method itself", "ns", tuple(bare)),
        Figure("local_call_overhead_ns", "what the local pipeline adds, everything on", "ns", extra, "≤ 1,500 (3.12+)"),
    ]


async def _rounds() -> tuple[list[float], list[float]]:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(task_factory)
    sweep = Sweep()
    sweep.start()
    binding = Binding(contract_of(Shelf), "shelf", sweep, reason="not yet", guard=TransactionGuard(production=False))
    shelf = OneProduct()
    binding.bind(Target(shelf, limit=1000))
    proxy: Shelf = binding.proxy("bench")
    bare, through = [], []
    with scope(context=Context(actor=Actor(id="ann", roles=frozenset({Role.CUSTOMER})))):
        for _ in range(ROUNDS):
            bare.append(await loop.create_task(_time(shelf.get_product)))
            through.append(await loop.create_task(_time(proxy.get_product)))
    sweep.stop()
    return bare, through


async def _time(operation: Callable[[ProductId], Awaitable[Product]]) -> float:
    began = time.perf_counter_ns()
    for _ in range(CALLS):
        await operation(MUG)
    return (time.perf_counter_ns() - began) / CALLS
