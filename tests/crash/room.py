"""Two tellers and two scribes, each a process, what is told in the room, and what the scribes have heard of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

from contracts.kit import idempotency_key
from tests.crash.replicas import PATIENCE, REPLICAS, Doors, held, persist
from tests.crash.telling import Teller, plant
from tests.faults.stores import Served, Shop, serve, shop, until

TOPOLOGY = """
    [hosts.voices]
    modules = ["teller"]
    start = false
    [hosts.desks]
    modules = ["scribe"]
    start = false
    """
ROOT = Path(__file__).parents[2]
KEYS = ("apples", "bread", "cheese", "dates")


class Room:
    """Where they are, as far as they live; ``told`` is how many events of each key were told for certain."""

    def __init__(self, shop: Shop, doors: Doors, stack: ExitStack) -> None:
        self.told: Counter[str] = Counter()
        self._shop = shop
        self._stack = stack
        self._tellers = deque(doors.proxy(Teller, "voices", each) for each in REPLICAS)
        self._served: dict[tuple[str, int], Served] = {}

    async def staff(self, *modules: str) -> None:
        """Have both replicas of these modules run."""
        begun = []
        for module, number in ((module, number) for module in modules for number in REPLICAS):
            before = self._served.get((module, number))
            if before is None or before.process.poll() is not None:
                served = self._stack.enter_context(serve(self._shop, module, "--replica", str(number)))
                self._served[module, number] = served
                begun.append(served)
        await until(lambda: all(" serves " in each.log for each in begun), PATIENCE)

    async def tell(self, many: int) -> None:
        """Tell so many events of each key, one after the other, each until it was taken for certain."""
        await asyncio.gather(*(self._tell(about, many) for about in KEYS))

    async def _tell(self, about: str, many: int) -> None:
        for number in range(self.told[about], self.told[about] + many):
            with idempotency_key(f"{about} {number}"):
                await self._one(about, number)
            self.told[about] += 1

    async def _one(self, about: str, number: int) -> None:
        await persist(lambda tries: self._teller(tries > 0).tell(about, number))

    def _teller(self, is_other: bool) -> Teller:
        if is_other:
            self._tellers.rotate()
        return self._tellers[0]

    async def repeated(self) -> int:
        """How many events the tellers gave again to who had them."""
        return sum([await each.repeated() for each in self._tellers])

    async def heard(self) -> list[tuple[str, int]]:
        """What was heard, in the order in which it was, once it is as much as was told."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self._heard()) < self.told.total():  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
        return found

    def _heard(self) -> list[tuple[str, int]]:
        return [(key, number) for key, number in self._asked("SELECT key, number FROM heard ORDER BY place")]

    async def holder(self, other_than: Served | None = None) -> Served:
        """Return the scribe that has the lease, and so does the work, once another one has it."""
        await until(lambda: self._holder() not in (None, other_than), PATIENCE)
        found = self._holder()
        assert found is not None
        return found

    def _holder(self) -> Served | None:
        names = {name.partition("-")[0] for (name,) in self._asked("SELECT holder FROM freestone_leases")}
        return next((each for each in self._served.values() if str(each.process.pid) in names), None)

    def stop(self, scribe: Served) -> None:
        """Stop a scribe wherever it is, save in a transaction: it would keep the database from all others."""
        with held(self._file):
            os.kill(scribe.process.pid, signal.SIGSTOP)

    def _asked(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self._file)) as connection:
            return connection.execute(query).fetchall()

    @property
    def _file(self) -> Path:
        return self._shop.data / "scribe.sqlite"

    def kill_teller(self) -> None:
        """Kill one of the tellers, whose readers then go on with the other."""
        self._served["teller", REPLICAS[0]].process.kill()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Room]:
    """A room in which nobody is yet."""
    path = os.pathsep.join((str(plant(folder / "installed")), str(ROOT)))
    with shop(folder, TOPOLOGY) as made, ExitStack() as stack:
        doors = Doors(made)
        try:
            yield Room(made._replace(environ=made.environ | {"PYTHONPATH": path}), doors, stack)
        finally:
            await doors.close()


def misheard(told: Mapping[str, int], heard: Sequence[tuple[str, int]]) -> list[str]:
    """Say what should not be: nothing, where all that was told was heard once, and of each key in its order."""
    return [*_wrong_in_number(told, Counter(heard)), *_wrong_in_order(heard)]


def _wrong_in_number(told: Mapping[str, int], times: Mapping[tuple[str, int], int]) -> Iterator[str]:
    expected = {(key, number) for key, count in told.items() for number in range(count)}
    for key, number in sorted(expected | set(times)):
        found = times.get((key, number), 0)
        if (key, number) not in expected:
            yield f"{key} {number} was heard, and never told"
        elif found != 1:
            yield f"{key} {number} was heard {found} times"


def _wrong_in_order(heard: Sequence[tuple[str, int]]) -> Iterator[str]:
    last: dict[str, int] = {}
    for key, number in heard:
        if number < last.get(key, -1):
            yield f"{key} {number} was heard after {last[key]}"
        last[key] = number
