"""One contestant's server or client, told on its standard input what to do, until that ends.

`python -m bench.contestants serve|call NAME FOLDER [ADDRESS]`; every answer is one line of JSON.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.contestants import CONTESTANTS, Calls, CannotRun, Place
from bench.contestants.messages import Load, Ready, Refused, Taken


async def serve(module: Any, place: Place) -> None:
    """Serve, and say for every line that comes how much CPU that has taken so far."""
    async with module.serve(place) as served:
        _say(Ready(address=served.address))
        while await asyncio.to_thread(sys.stdin.readline):
            _say(served.cpu())


async def call(module: Any, place: Place, address: str) -> None:
    """Call, as every line that comes says."""
    async with module.call(place, address) as calls:
        await _check(calls)
        _say(Ready())
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(await _load(calls, msgspec.json.decode(line, type=Load)))


async def _check(calls: Calls) -> None:
    one, page = await calls.product(), await calls.page()
    if one.name != "Ember mug" or [each.name for each in page] != ["Ember mug"] * 20:
        raise CannotRun("its answers are wrong")


async def _load(calls: Calls, load: Load) -> Taken:
    ask: Callable[[], Awaitable[Any]] = getattr(calls, load.operation)
    times: list[int] = []
    until = time.perf_counter() + load.seconds
    cpu, began = time.process_time(), time.perf_counter()
    if load.callers == 1:
        while time.perf_counter() < until:
            asked = time.perf_counter_ns()
            await ask()
            times.append(time.perf_counter_ns() - asked)
        count = len(times)
    else:
        count = sum(await asyncio.gather(*(_ask_on(ask, until) for _ in range(load.callers))))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Taken(count=count, seconds=seconds, cpu=cpu, p50=sorted(times)[len(times) // 2] / 1e3 if times else 0.0)


async def _ask_on(ask: Callable[[], Awaitable[Any]], until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        await ask()
        count += 1
    return count


def _say(what: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.flush()


def main(role: str, name: str, folder: str, *address: str) -> None:
    """Take part, or say why that cannot be."""
    try:
        module = importlib.import_module(f"bench.contestants.{CONTESTANTS[name][0]}")
        place = Place(name, Path(folder))
        uvloop.run(serve(module, place) if role == "serve" else call(module, place, *address))
    except ImportError as error:
        _say(Refused(reason=f"{error.name} is not installed; requirements/bench.txt has it"))
    except CannotRun as error:
        _say(Refused(reason=str(error)))


main(*sys.argv[1:])
