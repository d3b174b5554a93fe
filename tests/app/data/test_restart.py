"""A PostgreSQL server that is restarted, or crashes, while modules write: nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.postgresql import Schema
from app.data.roles import prepare
from contracts.kit import Unavailable
from tests.cluster import Cluster, cluster


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.mark.processes
@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_nothing_acknowledged_is_lost_and_it_goes_on_by_itself(server: Cluster, how: str) -> None:
    place = Schema("shop", f"postgresql://shop_{how}@127.0.0.1:{server.port}/postgres")
    prepare(server.admin, [place])
    database = await ModuleDatabase.open(place, migrations=None)
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE sold (buyer INTEGER PRIMARY KEY)"))
    acknowledged, doubtful, outcomes = set[int](), set[int](), Counter[str]()
    numbers = iter(range(1_000_000))
    stop = asyncio.Event()

    async def buy() -> None:
        while not stop.is_set():
            number = next(numbers)
            try:
                async with database.write() as work:
                    await work.session.execute(text("INSERT INTO sold VALUES (:n)"), {"n": number})
            except Unavailable as error:
                outcomes[f"unavailable, may have executed: {error.may_have_executed}"] += 1
                if error.may_have_executed:
                    doubtful.add(number)
            else:
                outcomes["sold"] += 1
                acknowledged.add(number)

    async def look() -> None:
        while not stop.is_set():
            try:
                async with database.read() as session:
                    await session.execute(text("SELECT count(*) FROM sold"))
            except Unavailable:
                outcomes["unreadable"] += 1

    async def sales(count: int) -> None:
        until = outcomes["sold"] + count
        while outcomes["sold"] < until:  # noqa: ASYNC110 - what the server lets through is to be seen in the counts
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as people:
        for each in (buy, buy, buy, look):
            people.create_task(each())
        await sales(50)
        await asyncio.to_thread(server.stop, how)
        await asyncio.to_thread(server.start)
        await sales(50)
        stop.set()
    async with database.read() as session:
        sold = set((await session.execute(text("SELECT buyer FROM sold"))).scalars())
    await database.close()
    assert acknowledged <= sold <= acknowledged | doubtful
    # Only what was under way when the server went could fail: what began later has waited.
    assert outcomes["unreadable"] <= 1
    assert sum(count for outcome, count in outcomes.items() if outcome.startswith("unavailable")) <= 3
