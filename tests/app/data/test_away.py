"""While a server is away, those who wait for their turn wait for it together, and not one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg import conninfo
from sqlalchemy import text

from app.data import site
from app.data.database import ModuleDatabase
from app.data.postgresql import Schema
from contracts.kit import Unavailable
from tests.databases import Places, on_postgresql

pytestmark = on_postgresql


class Door:
    """Leads to the server; where it is shut, whoever comes is sent away, and counted."""

    def __init__(self, host: str, port: int) -> None:
        self.shut = False
        self.came = 0
        self._server = host, port
        self._inside: set[asyncio.StreamWriter] = set()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.shut:
            self.came += 1
            writer.close()
            return
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        self._inside |= {writer, server_writer}
        await asyncio.gather(self._carry(reader, server_writer), self._carry(server_reader, writer))

    def close(self) -> None:
        self.shut = True
        while self._inside:
            self._inside.pop().close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                writer.write(some)
                await writer.drain()
        except OSError:
            pass
        writer.close()


@pytest.fixture
async def door(places: Places) -> AsyncIterator[tuple[Door, Schema]]:
    behind = places.of("shop")
    parts = conninfo.conninfo_to_dict(behind.address)
    door = Door(str(parts["host"]), int(parts["port"] or 5432))
    server = await asyncio.start_server(door.enter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield door, Schema("shop", behind.address.replace(f"@{parts['host']}:{parts['port']}/", f"@127.0.0.1:{port}/"))
    server.close()
    door.close()
    await asyncio.sleep(0)


async def test_those_who_wait_are_told_with_the_first_that_the_server_is_away(
    door: tuple[Door, Schema], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, place = door
    database = await ModuleDatabase.open(place, migrations=None)
    monkeypatch.setattr(site, "PATIENCE", 0.3)
    tries: list[int] = []

    async def write() -> None:
        try:
            async with database.write() as work:
                await work.session.execute(text("SELECT 1"))
        finally:
            tries.append(gate.came)

    gate.close()
    answers = await asyncio.gather(*(write() for _ in range(6)), return_exceptions=True)
    assert [type(each) for each in answers] == [Unavailable] * 6
    assert all("cannot be reached" in str(each) for each in answers)
    assert tries == [tries[0]] * 6
    with pytest.raises(Unavailable):  # who comes now has waited for nothing yet, and tries again
        await write()
    assert tries[-1] > tries[0] > 1
    coming_back = asyncio.create_task(write())
    gate.shut = False
    await coming_back
    await database.close()


async def test_who_has_waited_for_a_writer_has_not_waited_for_the_server(
    door: tuple[Door, Schema], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, place = door
    database = await ModuleDatabase.open(place, migrations=None)
    monkeypatch.setattr(site, "PATIENCE", 0.3)

    async def write() -> None:
        async with database.write() as work:
            await work.session.execute(text("SELECT 1"))

    async with database.write():
        behind = asyncio.create_task(write())
        await asyncio.sleep(0.4)
    gate.close()  # its turn has come, and it has not run yet
    asyncio.get_running_loop().call_later(0.05, setattr, gate, "shut", False)
    await behind
    await database.close()
