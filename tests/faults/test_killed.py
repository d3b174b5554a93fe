"""Hosts that die in the middle of their work: what callers are told, and who takes over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, aclosing

import pytest

from app.opening import Opened
from contracts.catalog import Catalog, Category, Search
from contracts.kit import Unavailable
from contracts.values import CategoryId
from tests.faults.stores import Served, Shop, fill, looking_on, serve, shop, until

TOPOLOGY = '[hosts.shelves]\nmodules = ["catalog"]\nstart = false\n'


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A store of which only the catalogue runs, when a test starts it."""
    with shop(tmp_path_factory.mktemp("shelves"), TOPOLOGY) as made:
        yield made


@pytest.fixture
async def onlooker(shelves: Shop) -> AsyncIterator[Opened]:
    """Who calls the catalogue."""
    async with looking_on(shelves) as opened:
        yield opened


async def started(shelves: Shop, stack: ExitStack, replica: int = 1) -> Served:
    """Start a replica of the catalogue, and wait until it says that it serves."""
    served = stack.enter_context(serve(shelves, "catalog", "--replica", str(replica), label=f"shelves-{replica}"))
    said = served.log
    await until(lambda: "Host shelves serves catalog." in served.log[len(said) :])
    return served


def freeze(process: int) -> None:
    """Have a process take no step any more, so that what is sent to it lies before it."""
    os.kill(process, signal.SIGSTOP)


async def first(catalog: Catalog) -> str:
    """Open a stream and return the id of its first item."""
    async with aclosing(catalog.export()) as products:  # type: ignore[type-var]  # a proxy's streams can be closed
        return (await anext(products)).id


async def may_have_executed(call: asyncio.Task[object]) -> bool:
    """What a call that fails says of itself."""
    with pytest.raises(Unavailable) as caught:
        await call
    return caught.value.may_have_executed


def calls(catalog: Catalog, category: str) -> list[asyncio.Task[object]]:
    """A query, a command and a stream, under way."""
    new = Category(id=CategoryId(category), slug=category, name=category, parent_id=None, vat_rate=700)
    works = (catalog.search(Search()), catalog.add_category(new), first(catalog))
    return [asyncio.get_running_loop().create_task(each) for each in works]


async def test_callers_of_a_killed_host_are_told_truly_whether_it_may_have_begun(
    shelves: Shop, onlooker: Opened
) -> None:
    catalog = onlooker.host.proxy(Catalog)
    (neighbour,) = (onlooker.directory._neighbours["shelves"],)
    with ExitStack() as stack:
        process = (await started(shelves, stack)).process
        await fill(catalog)
        assert await first(catalog) == "mug"

        freeze(process.pid)
        under_way = calls(catalog, "sent")
        (endpoint,) = neighbour.endpoints.values()
        await until(lambda: endpoint.link is not None and endpoint.link.pending == 3)
        process.kill()
        process.wait()
        assert [await may_have_executed(each) for each in under_way] == [True, True, True]
        assert [await may_have_executed(each) for each in calls(catalog, "unsent")] == [False, False, False]

        await started(shelves, stack)
        assert await first(catalog) == "mug"
        assert await asyncio.gather(*calls(catalog, "later"))
        assert {each.id for each in await catalog.list_categories()} == {"mugs", "later"}


async def test_of_two_replicas_the_other_answers_what_a_killed_one_was_asked(
    shelves: Shop, onlooker: Opened
) -> None:
    catalog = onlooker.host.proxy(Catalog)
    with ExitStack() as stack:
        one = await started(shelves, stack, 1)
        other = await started(shelves, stack, 2)
