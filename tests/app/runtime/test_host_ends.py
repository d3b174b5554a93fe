"""A host closes what it opened, whatever fails, and lets what began end where it began."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol, final

import pytest
from dependency_injector import containers, providers
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Database, Module, Unavailable, contract, query, stream
from tests.builders import running


@contract(version=1)
class Waiter(Protocol):
    """Waits."""

    @query(deadline=60)
    async def wait(self, seconds: float) -> str:
        """Wait, and say so."""
        ...

    @stream(deadline=60)
    def tick(self) -> AsyncIterator[int]:
        """Yield now and then."""
        ...


@final
class WaiterService(Waiter):
    """Waits on its own event, which a test sets."""

    def __init__(self, database: Database[AsyncSession]) -> None:
        self._database = database

    async def wait(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "waited"

    async def tick(self) -> AsyncIterator[int]:
        for number in range(1_000_000):
            yield number
            await asyncio.sleep(0.001)


class WaiterContainer(containers.DeclarativeContainer):
    """What waiting needs."""

    database = providers.Dependency(instance_of=Database)
    service: providers.Provider[Waiter] = providers.Singleton(WaiterService, database)


WAITER = Module(name="waiter", container=WaiterContainer, provides=(Waiter,))


async def end_all_but(before: set[threading.Thread]) -> None:
    """Wait for every database's thread that is new to end: it has been told to, and needs a moment."""
    for thread in set(threading.enumerate()) - before:
        if not thread.name.startswith("asyncio"):
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


async def exhaust(items: AsyncIterator[int]) -> None:
    async for _ in items:
        pass


class Pages:
    """A web application that answers when it is told to; it needs its module's database to the end."""

    def __init__(self, database: Database[AsyncSession]) -> None:
        self.database = database
        self.told = asyncio.Event()

    async def __call__(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        await self.told.wait()
        async with self.database.read():
            await send({"type": "http.response.start", "status": 204, "headers": []})


class PagesContainer(containers.DeclarativeContainer):
    """What the pages need."""

    database = providers.Dependency(instance_of=Database)
    web = providers.Singleton(Pages, database)


PAGES = Module(name="pages", container=PagesContainer, web=lambda container: container.web())


async def test_a_provider_with_other_parameters_is_quarantined_and_its_database_closed(tmp_path: Path) -> None:
    @final
    class Renamed(Waiter):
        """Takes its parameter by another name."""

        def __init__(self, database: Database[AsyncSession]) -> None:
            pass

        async def wait(self, duration: float) -> str:
            return "waited"

        async def tick(self) -> AsyncIterator[int]:
            yield 1

    class Container(containers.DeclarativeContainer):
        """Provides it."""

        database = providers.Dependency(instance_of=Database)
        service = providers.Singleton(Renamed, database)

    before = set(threading.enumerate())
    async with running(Module(name="waiter", container=Container, provides=(Waiter,)), data=tmp_path) as host:
        assert "does not take its contract's parameters" in str(host.status()["waiter"])
        await end_all_but(before)


async def test_a_module_that_fails_to_close_does_not_keep_the_others_open(tmp_path: Path) -> None:
    async def fail() -> None:
        raise OSError("planted")

    before = set(threading.enumerate())
    async with running(PAGES, WAITER, data=tmp_path) as host:
        waiter = host.proxy(Waiter)
        host._instances["pages"].stack.push_async_callback(fail)
        with pytest.raises(OSError, match="planted"):
            await host.stop()
    with pytest.raises(Unavailable, match="stopping"):
        await waiter.wait(0.0)
    await end_all_but(before)


async def test_a_request_ends_in_the_application_in_which_it_began(tmp_path: Path) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async with running(PAGES, data=tmp_path) as host:
        app = host.slots["pages"].app
        assert app is not None
        request = asyncio.create_task(app({"type": "http"}, None, send))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        first: Pages = host.container("pages").web()
        renewal = asyncio.create_task(host.renew("pages"))
        while host.slots["pages"].app is app:  # noqa: ASYNC110 - a slot announces nothing
            await asyncio.sleep(0.001)
        assert host.container("pages").web() is not first
        first.told.set()
        await asyncio.gather(request, renewal)
        assert [each["status"] for each in sent] == [204]
    assert host.slots["pages"].app is None


async def test_what_does_not_end_in_time_is_cut_off(tmp_path: Path) -> None:
    async with running(WAITER, data=tmp_path) as host:
        waiter = host.proxy(Waiter)
        call = asyncio.create_task(waiter.wait(50.0))
        ticks = waiter.tick()
        assert await anext(ticks) == 0
        await asyncio.sleep(0)
        await host.stop(grace=0.05)
    with pytest.raises(asyncio.CancelledError):
        await call
    with pytest.raises(Unavailable, match="stopped"):
        await exhaust(ticks)


async def test_a_module_that_does_not_serve_cannot_be_renewed(tmp_path: Path) -> None:
    async with running(WAITER, data=tmp_path) as host:
        with pytest.raises(LookupError, match="does not serve"):
            await host.renew("nobody")


async def test_a_renewal_that_is_cancelled_leaves_the_new_instance_at_work(tmp_path: Path) -> None:
    async with running(WAITER, data=tmp_path) as host:
        call = asyncio.create_task(host.proxy(Waiter).wait(0.1))
        await asyncio.sleep(0)
        renewal = asyncio.create_task(host.renew("waiter"))
        first = host.container("waiter")
        while host.container("waiter") is first:  # noqa: ASYNC110 - a host announces nothing
            await asyncio.sleep(0.001)
        renewal.cancel()
        with pytest.raises(asyncio.CancelledError):
            await renewal
        assert await host.proxy(Waiter).wait(0.0) == "waited"
        assert await call == "waited"
        await host.renew("waiter")
