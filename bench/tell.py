"""A publisher in a process of its own: for each number it is told, so many events, and when each was committed."""

from __future__ import annotations

import asyncio
import sys
import time

import uvloop

from app.data.database import ModuleDatabase
from app.data.places import place_at
from bench.events import Counted


async def main(address: str) -> None:
    """Publish until its input ends."""
    publisher = await ModuleDatabase.open(place_at("publisher", address), migrations=None, events=(Counted,))
    loop = asyncio.get_running_loop()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            committed = []
            for number in range(int(line)):
                async with publisher.write() as work:
                    work.publish(Counted(group=str(number % 100), number=number))
                committed.append(time.perf_counter())  # the clock of all processes of a machine
            print(" ".join(map(repr, committed)), flush=True)
    finally:
        await publisher.close()


uvloop.run(main(sys.argv[1]))
