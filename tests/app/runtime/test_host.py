"""A host builds each module alone, quarantines what fails, and swaps instances under load."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import ClassVar, Protocol, final

import pytest
from dependency_injector import containers, providers
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.migrations import prepare
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from app.events import keeping
from app.gateway.health import ModuleStatus, Status
from app.placement.view import View
from app.runtime.part import Part, make_part
from app.runtime.plan import make_plan
from app.store import status_of
from contracts.kit import (
    SYSTEM,
    Actor,
    Clock,
    Context,
    Database,
    Event,
    Message,
    Module,
    Unavailable,
    Work,
    atomic,
    command,
    contract,
    current_actor,
    query,
)
from contracts.kit.context import scope
from tests.builders import running


class Greeted(Event):
    """Somebody was greeted."""

    code: ClassVar[str] = "greeter.greeted"
    key: ClassVar[str] = "name"
    name: str


@contract(version=1, events=(Greeted,))
class Greeter(Protocol):
    """Greets."""

    @command(atomic)
    async def greet(self, name: str) -> str:
        """Greet, and announce it."""
        ...


@contract(version=1)
class Counter(Protocol):
    """Counts greetings."""

    @query()
    async def count(self) -> int:
        """Return how many there were."""
        ...


@final
class GreeterService(Greeter):
    """Greets and publishes."""

    def __init__(self, database: Database[AsyncSession], word: str) -> None:
        self._database = database
        self._word = word

    async def greet(self, name: str) -> str:
        async with self._database.write() as work:
            work.publish(Greeted(name=name))
            return f"{self._word}, {name}"


class GreeterSettings(Message):
    """How to greet."""

    word: str = "Hello"


class GreeterContainer(containers.DeclarativeContainer):
    """What the greeter needs."""

    database = providers.Dependency(instance_of=Database)
    settings = providers.Dependency(instance_of=GreeterSettings)
    service: providers.Provider[Greeter] = providers.Singleton(GreeterService, database, settings.provided.word)


@final
class CounterService(Counter):
    """Counts what it heard."""

    def __init__(self, database: Database[AsyncSession], greeter: Greeter) -> None:
        self._database = database

    async def count(self) -> int:
        async with self._database.read() as session:
            return int((await session.execute(text("SELECT count(*) FROM heard"))).scalar_one())


class CounterContainer(containers.DeclarativeContainer):
    """What the counter needs."""

    database = providers.Dependency(instance_of=Database)
    greeter: providers.Provider[Greeter] = providers.Dependency(instance_of=Greeter)
    service: providers.Provider[Counter] = providers.Singleton(CounterService, database, greeter)


async def hear(event: Greeted, work: Work[AsyncSession]) -> None:
    await work.session.execute(text("CREATE TABLE IF NOT EXISTS heard (name TEXT, actor TEXT)"))
    values = {"name": event.name, "actor": current_actor().id}
    await work.session.execute(text("INSERT INTO heard VALUES (:name, :actor)"), values)


GREETER = Module(name="greeter", container=GreeterContainer, provides=(Greeter,), settings=GreeterSettings)
COUNTER = Module(name="counter", container=CounterContainer, provides=(Counter,), listens={Greeted: hear})


class Broken(containers.DeclarativeContainer):
    """A container whose provider cannot be made."""

    clock = providers.Dependency(instance_of=Clock)
    service: providers.Provider[Greeter] = providers.Singleton(GreeterService, clock, "too", "many")


async def test_modules_built_alone_talk_through_contracts_and_events(tmp_path: Path) -> None:
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        assert await host.proxy(Greeter).greet("Ada") == "Hello, Ada"
        await host.settled()
        assert await host.proxy(Counter).count() == 1
        assert {"greeter: housekeeping", "counter: events of greeter"} <= {
            each.get_name() for each in asyncio.all_tasks()
        }
        assert host.status() == {"greeter": None, "counter": None}


async def test_a_publisher_learns_who_listens_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "NOTED_EVERY", 0.001)
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        await host.proxy(Greeter).greet("Ada")
        await host.settled()
        with scope(context=Context(actor=Actor(id="host", roles=SYSTEM))):
            await anext(host.bindings["greeter.outbox.v1"].proxy("host").pull(0, (Greeted.code,)))
        with closing(sqlite3.connect(tmp_path / "greeter.sqlite", isolation_level=None)) as connection:
            found = list[tuple[str, str]]()
            while not found:
                await asyncio.sleep(0.001)
                found = connection.execute("SELECT name, codes FROM freestone_readers").fetchall()
    assert found == [("counter", "greeter.greeted")]


async def test_settings_reach_the_module(tmp_path: Path) -> None:
    async with running(GREETER, data=tmp_path, settings={"greeter": {"word": "Moin"}}) as host:
        assert await host.proxy(Greeter).greet("Ada") == "Moin, Ada"


async def test_a_module_that_cannot_be_built_is_quarantined_and_the_rest_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Module(name="greeter", container=Broken, provides=(Greeter,))
    async with running(COUNTER, broken, data=tmp_path) as host:
        with pytest.raises(Unavailable, match="module greeter could not be started") as caught:
            await host.proxy(Greeter).greet("Ada")
        assert caught.value.may_have_executed is False
        failure = host.status()["greeter"]
        assert failure is not None
        assert "TypeError" in failure
        assert host.status()["counter"] is None
    assert "module greeter could not be started" in caplog.text


async def test_a_module_that_cannot_be_imported_is_quarantined_by_its_name(tmp_path: Path) -> None:
    unread = Part("test_host", failure="module test_host could not be imported: SyntaxError: oh")
    async with running(COUNTER, unread, data=tmp_path) as host:
        with pytest.raises(Unavailable, match="could not be imported"):
            await host.proxy(Greeter).greet("Ada")


async def test_wrong_provider_is_quarantined_with_the_mend(tmp_path: Path) -> None:
    class Looks:
        """Has the operation, but not the contract."""

        async def greet(self, name: str) -> str:
            return name

    class Container(containers.DeclarativeContainer):
        """Provides something that only looks right."""

        database = providers.Dependency(instance_of=Database)
        service = providers.Singleton(Looks)

    module = Module(name="greeter", container=Container, provides=(Greeter,))
    async with running(module, data=tmp_path) as host:
        assert "inherits Greeter" in str(host.status()["greeter"])


async def test_a_provider_that_is_not_final_is_quarantined_with_the_mend(tmp_path: Path) -> None:
    class Open(Greeter):
        """Could be derived from, so mypy would say nothing of what it lacks."""

        async def greet(self, name: str) -> str:
            return name

    class Container(containers.DeclarativeContainer):
        """Provides it."""

        database = providers.Dependency(instance_of=Database)
        service = providers.Singleton(Open)

    async with running(Module(name="greeter", container=Container, provides=(Greeter,)), data=tmp_path) as host:
        assert "Open provides greeter.v1 and is not @final" in str(host.status()["greeter"])


async def test_an_unknown_dependency_is_named(tmp_path: Path) -> None:
    class Container(containers.DeclarativeContainer):
        """Asks for what no host has."""

        path = providers.Dependency(instance_of=Path)

    async with running(Module(name="odd", container=Container), data=tmp_path) as host:
        assert "asks for Path, which no host hands in" in str(host.status()["odd"])


async def test_missing_need_stops_the_launch() -> None:
    with pytest.raises(LaunchRefused, match=r"Module counter needs greeter\.v1, which no module provides"):
        make_plan([make_part(COUNTER)])


async def test_renew_swaps_the_instance_while_calls_go_on(tmp_path: Path) -> None:
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        greeter, stop = host.proxy(Greeter), asyncio.Event()
        greeted = 0

        async def keep_greeting() -> None:
            nonlocal greeted
            while not stop.is_set():
                await greeter.greet(f"guest {greeted}")
                greeted += 1

        callers = [asyncio.create_task(keep_greeting()) for _ in range(4)]
        for _ in range(5):
            await host.renew("greeter")
            await host.renew("counter")
        stop.set()
        await asyncio.gather(*callers)
        await host.settled()
        assert await host.proxy(Counter).count() == greeted > 0


async def test_events_are_handled_as_the_system_on_behalf_of_the_listener(tmp_path: Path) -> None:
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        await host.proxy(Greeter).greet("Ada")
        await host.settled()
        async with host.container("counter").database().read() as session:
            assert (await session.execute(text("SELECT actor FROM heard"))).scalar_one() == "counter"


async def test_a_module_whose_tables_have_become_too_new_is_told_of_and_the_host_is_not_ready(tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "0001.py").write_text('revision = "0001"\ndown_revision = None\ndef upgrade(): pass\n')
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        view = View(host, "main", 1, "")
        assert await host.proxy(Greeter).greet("Ada") == "Hello, Ada"
        await host.settled()
        ready = [status_of(host).ready, view.ready]
        await asyncio.to_thread(prepare, SqliteFile("greeter", tmp_path), newer)
        with pytest.raises(Unavailable, match="take writes of code from revision 0001 on") as caught:
            await host.proxy(Greeter).greet("Ada")
        failure = f"module greeter writes no more: {caught.value.reason}"
        assert status_of(host) == Status(
            False, (ModuleStatus("greeter", "quarantined", failure), ModuleStatus("counter", "serving"))
        )
        assert [*ready, view.ready] == [True, True, False]
        assert {each.name: each.failure for each in view.state().modules} == {"greeter": failure, "counter": None}
        assert await host.proxy(Counter).count() == 1


async def test_after_stop_nothing_is_left(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with running(COUNTER, GREETER, data=tmp_path) as host:
        await host.proxy(Greeter).greet("Ada")
        greeter = host.proxy(Greeter)
    assert asyncio.all_tasks() == before
    with pytest.raises(Unavailable, match="stopping"):
        await greeter.greet("Ada")
