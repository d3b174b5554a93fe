"""A contract call through the full local pipeline, beside a bare await of the same method."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import uvloop

from app.runtime.binding import Binding
from app.runtime.guard import TransactionGuard
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from app.runtime.tasks import task_factory
from bench.figures import Figure
from bench.shelf import ANN, ONE, Products, Shelf
from contracts.catalog import Product
from contracts.kit import Context, contract_of
from contracts.kit.context import scope
from contracts.values import ProductId

CALLS = 20_000
ROUNDS = 25


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
    binding = Binding(contract_of(Shelf), "shelf", sweep, reason="not yet", guard=TransactionGuard(production=True))
    shelf = Products()
    binding.bind(Target(shelf, limit=1000))
    proxy: Shelf = binding.proxy("bench")
    bare, through = [], []
    with scope(context=Context(actor=ANN)):
        for _ in range(ROUNDS):
            bare.append(await loop.create_task(_time(shelf.get_product)))
            through.append(await loop.create_task(_time(proxy.get_product)))
    sweep.stop()
    return bare, through


async def _time(operation: Callable[[ProductId], Awaitable[Product]]) -> float:
    began = time.perf_counter_ns()
    for _ in range(CALLS):
        await operation(ONE)
    return (time.perf_counter_ns() - began) / CALLS
