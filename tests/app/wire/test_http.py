"""A module in any language stands behind a contract, when it serves what our door serves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from app.runtime.identity import AssertionSigner
from app.runtime.ports import SystemClock
from app.wire.codec import ContractCodec
from app.wire.http import HttpSender
from app.wire.remote import remote_target
from contracts.kit import (
    SYSTEM,
    Actor,
    Context,
    InvalidArgument,
    PermissionDenied,
    Role,
    TimedOut,
    Unavailable,
    contract_of,
    current_actor,
    current_context,
    idempotency_key,
)
from contracts.kit.context import scope
from tests.app.gateway.backends import behaving, serving
from tests.app.runtime.builders import Errand, House, Missing
from tests.app.wire.abroad import Abroad
from tests.app.wire.door.builders import stage
from tests.app.wire.library import BOOK, Book, Library, NotHeld, library, strange


@asynccontextmanager
async def abroad(folder: Path, *, token: str | None = None) -> AsyncIterator[tuple[Abroad, Library]]:
    """A library abroad, and a reader's proxy for it."""
    server = Abroad()
    async with serving(server.app, folder / "s"), library(folder / "s", token=token) as proxy:
        yield server, proxy


async def test_calls_are_answered(tmp_path: Path) -> None:
    async with abroad(tmp_path) as (_, proxy):
        assert await proxy.find("1") == BOOK
        assert await proxy.find("2") == Book(isbn="2", title="B")
        assert await proxy.lend("1") == 14
        await proxy.close()
        assert [book async for book in proxy.shelf(("1", "2", "1"))] == [BOOK, Book(isbn="2", title="B"), BOOK]
        assert [book async for book in proxy.shelf(())] == []


async def test_errors_are_raised_as_what_they_are(tmp_path: Path) -> None:
    async with abroad(tmp_path) as (_, proxy):
        with pytest.raises(NotHeld) as raised:
            await proxy.find("9")
        assert raised.value == NotHeld(isbn="9")
        with pytest.raises(InvalidArgument, match="too long"):
            await proxy.lend("1", 101)


async def test_a_stream_may_fail_in_the_middle(tmp_path: Path) -> None:
    async with abroad(tmp_path) as (_, proxy):
        books = proxy.shelf(("1", "9", "2"))
        assert await anext(books) == BOOK
        with pytest.raises(NotHeld, match="9"):
            await anext(books)


async def test_a_guests_call_says_who_calls_and_how_long_there_is(tmp_path: Path) -> None:
    async with abroad(tmp_path) as (server, proxy):
        began = time.monotonic_ns()
        with scope(context=Context(request_id="7-a b"), due=began + 60 * 10**9):
            await proxy.find("1")
            assert [book async for book in proxy.shelf(("1",))]
        await proxy.find("1")
    for seen in server.seen[:2]:
        assert seen["freestone-caller"] == "reader"
        assert seen["x-request-id"] == "7-a b"
        assert 0 < float(seen["freestone-deadline"]) <= 60
        assert seen["content-type"] == "application/json"
        for name in ("freestone-actor", "freestone-system", "idempotency-key", "authorization"):
            assert name not in seen
    assert "application/json" in server.seen[0]["accept"]
    assert "application/jsonl" in server.seen[1]["accept"]
    assert "x-request-id" not in server.seen[2]


async def test_an_actor_goes_along_with_the_proof(tmp_path: Path) -> None:
    ada = Actor(id="ada", roles=frozenset({Role.CUSTOMER}))
    proof = AssertionSigner(bytes(32), SystemClock()).sign(ada, timedelta(minutes=1))
    async with abroad(tmp_path) as (server, proxy):
        with scope(context=Context(actor=ada, assertion=proof)):
            await proxy.find("1")
        with scope(context=Context(actor=ada)), pytest.raises(PermissionDenied):
            await proxy.find("1")
    assert [seen["freestone-actor"] for seen in server.seen] == [proof]


@pytest.mark.parametrize(("module", "said"), [("reader", "1"), ("publisher", "publisher")])
async def test_the_system_says_for_which_module_it_acts(tmp_path: Path, module: str, said: str) -> None:
    async with abroad(tmp_path) as (server, proxy):
        with scope(context=Context(actor=Actor(id=module, roles=SYSTEM))):
            await proxy.find("1")
    assert server.seen[0]["freestone-system"] == said


async def test_a_token_goes_along(tmp_path: Path) -> None:
    async with abroad(tmp_path, token="secret") as (server, proxy):
        await proxy.find("1")
    assert server.seen[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("order-1:pay (again)", "order-1:pay (again)"),
        ('"quoted"', '"\\"quoted\\""'),
        ("back\\slash ", '"back\\\\slash "'),
        ('%"x"', '"%\\"x\\""'),
        ('ž % "\n', '%"%c5%be %25 %22%0a"'),
    ],
)
async def test_a_key_goes_along_whatever_is_in_it(tmp_path: Path, key: str, said: str) -> None:
    async with abroad(tmp_path) as (server, proxy):
        with idempotency_key(key):
            assert await proxy.lend("1") == await proxy.lend("1") == 14
    assert [seen["idempotency-key"] for seen in server.seen] == [said, said]


async def test_what_cannot_be_sent_is_a_bad_argument(tmp_path: Path) -> None:
    async with abroad(tmp_path) as (server, proxy):
        with pytest.raises(InvalidArgument):
            await proxy.find("\ud800")
        with idempotency_key("\ud800"), pytest.raises(InvalidArgument):
            await proxy.lend("1")
    assert server.seen == []


async def test_where_nobody_listens_nothing_was_executed(tmp_path: Path) -> None:
    async with library(tmp_path / "nowhere") as proxy:
        with pytest.raises(Unavailable) as raised:
            await proxy.close()
        assert (raised.value.operation, raised.value.may_have_executed) == ("library.close", False)
        with pytest.raises(Unavailable) as raised:
            await anext(proxy.shelf(("1",)))
        assert not raised.value.may_have_executed


async def test_the_deadline_closes_the_connection(tmp_path: Path) -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await reader.readexactly(1)

    async with strange(tmp_path, hang) as (backend, proxy):
        with pytest.raises(TimedOut):
            await proxy.hurry()
        await backend.until_hung_up()


async def test_connections_are_used_again_and_closed_at_the_end(tmp_path: Path) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\nnull")

    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(behaving(say, tmp_path / "s"))
        async with library(tmp_path / "s") as proxy:
            for _ in range(5):
                await proxy.close()
        await backend.until_hung_up()
    assert (backend.connections, backend.hung_up) == (1, 1)


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with House() as house:
        yield house


async def test_our_own_door_is_such_a_module(house: House, tmp_path: Path) -> None:
    async def fail() -> str:
        if current_actor().id != "orders":
            raise Missing(id=current_actor().id)
        return current_context().request_id

    codec = ContractCodec(contract_of(Errand), "errand.v1", "errand")
    sender = HttpSender("http://door", socket=tmp_path / "s")
    near = house.absent(Errand, "errand")
    near.binding.bind(remote_target(codec, sender, 1000))
    orders: Errand = near.binding.proxy("orders")
    async with serving(stage(house, fail, trusted=True).door, tmp_path / "s"):
        with scope(context=Context(request_id="seven", actor=Actor(id="orders", roles=SYSTEM))):
            assert await orders.run() == "seven"
            assert [item async for item in orders.flow()] == [0, 1, 2]
        with pytest.raises(Missing):
            await orders.run()
        with pytest.raises(PermissionDenied):
            await near.proxy.run()  # nobody declared that the test needs it
        await sender.close()
