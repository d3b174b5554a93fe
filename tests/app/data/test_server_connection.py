"""Connections to a PostgreSQL server: none is left there by who was cancelled, and nobody queues who is gone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from sqlalchemy import text

from app.data import server_connection
from app.data.database import ModuleDatabase
from app.data.postgresql import Schema
from app.data.schema_engines import SchemaEngines
from app.data.server_connection import Opener, ServerConnection
from tests.databases import POSTGRES, Places, on_postgresql
from tests.garbage import uncollected

pytestmark = on_postgresql


@pytest.fixture
def place(places: Places) -> Schema:
    place = places.of("shop")
    assert isinstance(place, Schema)
    return place


@pytest.fixture(name="uncollected")
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would close what was forgotten."""
    with uncollected():
        yield


async def sessions(place: Schema, which: str = "true") -> int:
    """Return how many of a module's sessions the server has."""
    async with await psycopg.AsyncConnection.connect(POSTGRES) as admin:
        found = await admin.execute(
            f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{place.schema}' AND {which}"
        )
        return int((await found.fetchone() or (0,))[0])


async def until(place: Schema, count: int, which: str = "true") -> None:
    async with asyncio.timeout(30):
        while await sessions(place, which) != count:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("often", [1, 2])
async def test_who_is_cancelled_while_connecting_leaves_nothing_on_the_server(place: Schema, often: int) -> None:
    database = await ModuleDatabase.open(place, migrations=None)
    points = random.Random(often)

    async def read() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))

    async def cut_short() -> None:
        for _ in range(5):
            reading = asyncio.create_task(read())
            for _ in range(often):
                await asyncio.sleep(points.random() * 0.02)
                reading.cancel()
            await asyncio.wait([reading])
            await database.site.engines.reading.dispose()

    await asyncio.gather(*(cut_short() for _ in range(4)))
    await read()
    await until(place, database.connections)
    await database.close()
    await until(place, 0)


class Gate:
    """Holds up every connect until it is opened, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.connects = 0
        self._connect = ServerConnection.connect
        monkeypatch.setattr(ServerConnection, "connect", self._held)

    async def _held(self, conninfo: str, *, autocommit: bool) -> ServerConnection:
        self.connects += 1
        await self.open.wait()
        return await self._connect(conninfo, autocommit=autocommit)


async def cancelled(opener: Opener) -> None:
    opening = asyncio.create_task(opener.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_who_is_cancelled_while_connecting_does_not_wait_and_the_next_goes_on(
    place: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, opener = Gate(monkeypatch), Opener(place.conninfo())
    for _ in range(3):
        await cancelled(opener)
    going_on = asyncio.create_task(opener.open())
    await asyncio.sleep(0)
    gate.open.set()
    connection = await going_on
    assert gate.connects == 1
    assert await sessions(place) == 1
    await connection.close()
    await opener.close()


@pytest.mark.usefixtures("uncollected")
async def test_a_connect_that_nobody_waits_for_is_closed_when_it_ends(
    place: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, opener = Gate(monkeypatch), Opener(place.conninfo())
    await cancelled(opener)
    closing = asyncio.create_task(opener.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.open.set()
    await closing
    await until(place, 0)


async def test_a_server_that_does_not_know_who_is_there_is_used_all_the_same(
    place: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_connection, "LOOK", -1)  # as out of range as any is where the system cannot tell
    connection = await Opener(place.conninfo()).open()
    assert (await (await connection.execute("SELECT 1")).fetchone()) == (1,)
    await connection.close()


@asynccontextmanager
async def engines(place: Schema) -> AsyncIterator[SchemaEngines]:
    opened = place.engines()
    yield opened
    await opened.close()


async def test_a_writer_that_is_gone_leaves_the_queue(place: Schema) -> None:
    """Else whoever waits behind it would see it have its turn, and end, before their own."""
    database = await ModuleDatabase.open(place, migrations=None)
    async with database.write(), engines(place) as others, others.writing.connect() as queued:
        raw = (await queued.get_raw_connection()).driver_connection
        assert isinstance(raw, ServerConnection)
        raw.pgconn.send_query(b"SELECT FROM freestone_meta WHERE name = 'copy' FOR UPDATE")
        raw.pgconn.flush()
        await until(place, 1, "wait_event_type = 'Lock'")
        raw.pgconn.finish()
        await until(place, 0, "wait_event_type = 'Lock'")
    await database.close()


async def test_who_holds_up_others_is_given_less_time_to_say_nothing(place: Schema) -> None:
    async def told(name: str) -> list[int]:
        """In milliseconds: of a writer, a reader, a writer that fills a copy, and a reader there."""
        asked = text(
            "SELECT setting::int * CASE unit WHEN 's' THEN 1000 ELSE 1 END FROM pg_settings WHERE name = :name"
        )
        found = []
        for opened in (place.engines(), place.engines(filling=True)):
            for engine in (opened.writing, opened.reading):
                async with engine.connect() as connection:
                    found.append((await connection.execute(asked, {"name": name})).scalar_one())
            await opened.close()
        return found

    writing, *others = await told("idle_in_transaction_session_timeout")
    assert 0 < writing < min(others)
    for name in ("tcp_user_timeout", "tcp_keepalives_idle", "client_connection_check_interval"):
        assert 0 < max(await told(name)) <= writing, name
