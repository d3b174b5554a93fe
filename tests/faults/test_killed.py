"""Hosts that die in the middle of their work: what callers are told, and who takes over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.cli.reach import CliReach
from contracts.catalog import Catalog, Category, Search
from contracts.kit import Unavailable
from contracts.values import CategoryId
from tests.faults.stores import PATIENCE, Served, Shop, fill, looking_on, serve, shop, until

TOPOLOGY = '[hosts.shelves]\nmodules = ["catalog"]\nstart = false\n'


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A store of which only the catalogue runs, when a test starts it."""
    with shop(tmp_path_factory.mktemp("shelves"), TOPOLOGY) as made:
        yield made


async def started(shelves: Shop, stack: ExitStack, *replicas: int) -> list[Served]:
    """Start replicas of the catalogue, and wait until they say that they serve."""
    made = [stack.enter_context(serve(shelves, "catalog", "--replica", str(number))) for number in replicas]
    await until(lambda: all("Host shelves serves catalog." in each.log for each in made))
    return made


def under_way(catalog: Catalog, category: str) -> list[asyncio.Task[object]]:
    """A query, a command and a stream that are waited for."""
    new = Category(id=CategoryId(category), slug=category, name=category, parent_id=None, vat_rate=700)
    works = (catalog.search(Search()), catalog.add_category(new), anext(catalog.export()))
    return [asyncio.ensure_future(each) for each in works]


async def said_by(calls: list[asyncio.Task[object]]) -> list[bool]:
    """What calls that fail say of themselves: whether they may have been executed."""
    failures = await asyncio.gather(*calls, return_exceptions=True)
    return [each.may_have_executed for each in failures if isinstance(each, Unavailable)]


async def test_callers_of_a_killed_host_are_told_truly_whether_a_call_may_have_begun(shelves: Shop) -> None:
    async with looking_on(shelves) as reach:
        with ExitStack() as stack:
            (served,) = await started(shelves, stack, 1)
            catalog = await reach.proxy(Catalog)
            await fill(catalog)
            assert len(await asyncio.gather(*under_way(catalog, "before"))) == 3

            os.kill(served.process.pid, signal.SIGSTOP)  # what is sent now lies before it
            sent = under_way(catalog, "sent")
            for _ in range(20):
                await asyncio.sleep(0)
            served.process.kill()
            served.process.wait()
            assert await said_by(sent) == [True] * 3
            assert await said_by(under_way(catalog, "unsent")) == [False] * 3

            await started(shelves, stack, 1)
            assert len(await asyncio.gather(*under_way(catalog, "after"))) == 3
            assert {each.id for each in await catalog.list_categories()} == {"mugs", "before", "after"}


async def taken(reach: CliReach) -> Counter[int]:
    """How many calls of the catalogue each replica has answered."""
    states = [each.state for each in await reach.hosts() if each.state is not None]
    return Counter(
        {state.replica: sum(each.calls for each in state.bindings if each.contract == "catalog.v1") for state in states}
    )


async def taken_until(reach: CliReach, enough: Callable[[Counter[int]], bool]) -> Counter[int]:
    """How many calls each replica answers until it is enough."""
    before = await taken(reach)
    while not enough(more := await taken(reach) - before):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)
    return more


async def test_no_query_fails_where_one_of_two_replicas_is_killed(shelves: Shop) -> None:
    async with looking_on(shelves) as reach:
        with ExitStack() as stack:
            one, _ = await started(shelves, stack, 1, 2)
            catalog = await reach.proxy(Catalog)
            is_enough = asyncio.Event()

            async def ask() -> None:
                while not is_enough.is_set():
                    await catalog.search(Search())

            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as customers:
                for _ in range(8):
                    customers.create_task(ask())
                await taken_until(reach, lambda calls: min(calls[1], calls[2]) > 10)
                shares = await taken_until(reach, lambda calls: calls.total() > 500)
                assert min(shares[1], shares[2]) > 100, shares
                one.process.kill()
                await taken_until(reach, lambda calls: calls[2] > 500)
                is_enough.set()
