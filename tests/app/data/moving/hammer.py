"""A process that writes to the module shop, and reads what it has written, as fast as it can, until it is told to stop.

    python -m tests.app.data.moving.hammer ADDRESS NAME

Its standard input is closed to stop it; then it prints how many writes it was told are done, by task. Whatever fails
ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys

from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.places import place_at
from tests.app.data.moving.conftest import MIGRATIONS, Sold

TASKS = 3
_WRITE = text("INSERT INTO baskets (owner) VALUES (:owner)")
_TALLY = text("UPDATE kinds SET whole = whole + 1")
_READ = text("SELECT (SELECT count(*) FROM baskets WHERE owner = :owner), (SELECT whole FROM kinds)")


async def hammer(database: ModuleDatabase, name: str, stop: asyncio.Event) -> int:
    """Write row after row, each with an event; return how many. Each is read at once, and the tally never goes back."""
    done = tally = 0
    while not stop.is_set():
        owner = {"owner": f"{name}-{done}"}
        async with database.write() as work:
            await work.session.execute(_WRITE, owner)
            await work.session.execute(_TALLY)
            work.publish(Sold(sku=name, number=done))
        done += 1
        async with database.read() as session:
            found, seen = (await session.execute(_READ, owner)).one()
        if found != 1 or seen <= tally:
            raise AssertionError(f"{name} wrote row {done}: found {found}, and a tally of {seen} after {tally}")
        tally = seen
        await asyncio.sleep(0.002)
    return done


async def main(address: str, name: str) -> None:
    """Run the tasks until the input ends."""
    database = await ModuleDatabase.open(place_at("shop", address), migrations=MIGRATIONS, events=(Sold,))
    stop = asyncio.Event()
    print("started", flush=True)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(hammer(database, f"{name}{number}", stop)) for number in range(TASKS)]
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
    print(json.dumps({f"{name}{number}": task.result() for number, task in enumerate(running)}))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
