"""Two hosts as on two machines, put up as the guide says: they know each other, and nobody else."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from app.wire.address import unix
from app.wire.credentials import issue
from app.wire.handshake import Passport, Refused
from app.wire.hello import HOST
from app.wire.link import Link
from contracts.catalog import Catalog, ProductNotFound
from contracts.inventory import Inventory
from contracts.kit import InvalidArgument
from contracts.values import ProductId
from tests.docs.wire_caller import CLOSE, HELLO, Caller
from tests.faults import stores
from tests.faults.stores import PATIENCE, Shop, looking_on, serve, shop, stock_up, until, until_so
from tests.serving import FREESTONE, Served, call, serving

GUIDE = (Path(__file__).parents[2] / "docs/guides/cut-out.md").read_text("utf-8")
SECTION = GUIDE.split("On another machine it listens on TCP")[1].split("\n## ")[0]


class Machines(NamedTuple):
    """The main host's machine and the catalogue's, what each writes, and where the catalogue listens."""

    home: Shop
    away: Shop
    main: Served
    shelves: stores.Served
    port: int


Stranger = Callable[[Machines], Awaitable[None]]


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """The two, with one machine's addresses in place of the guide's."""
    places = {"10.0.0.5:7000": free_port(), "10.0.0.7:7000": free_port()}
    places["0.0.0.0:7000"] = places["10.0.0.7:7000"]
    section = SECTION
    for place, port in places.items():
        section = section.replace(place, f"127.0.0.1:{port}")
    certify, run = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    with (
        shop(tmp_path_factory.mktemp("home"), settings) as home,
        shop(tmp_path_factory.mktemp("away"), settings.replace("tls/main.", "tls/shelves.")) as away,
    ):
        for line in certify.splitlines():
            done = call(*FREESTONE, *line.split()[1:], data=home.data, environ=home.environ)
            assert done.returncode == 0, done.stderr
        (away.folder / "tls").mkdir()
        for name in ("shelves.crt", "shelves.key", "authority.crt"):
            shutil.copy(home.folder / "tls" / name, away.folder / "tls")
        with serving(*FREESTONE, "run", data=home.data, environ=home.environ) as main:
            shutil.copy(home.data / "actor.pub", away.data)
            with serve(away, *run.split()[2:]) as shelves:
                until_so(lambda: "Host shelves serves catalog." in shelves.log)
                yield Machines(home, away, main, shelves, places["0.0.0.0:7000"])
                assert main.stop(signal.SIGTERM) == 0, main.log
                shelves.process.terminate()
                assert shelves.process.wait(PATIENCE) == 0, shelves.log


@pytest.fixture
def at_home(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The main host's machine, in whose folder the test works as its owner does."""
    monkeypatch.chdir(machines.home.folder)
    return machines.home


async def test_results_errors_streams_and_events_cross_between_two_machines(at_home: Shop) -> None:
    async with looking_on(at_home) as reach:
        catalog, inventory = await reach.proxy(Catalog), await reach.proxy(Inventory)
        await stock_up(catalog, inventory)  # the stock, at home, hears of the mug from the catalogue
        assert (await catalog.get_product(ProductId("mug"))).name == "Mug"
        assert [each.id async for each in catalog.export()] == ["mug"]
        with pytest.raises(ProductNotFound) as caught:
            await catalog.get_product(ProductId("cup"))
        assert caught.value == ProductNotFound(product_id=ProductId("cup"))
        with pytest.raises(InvalidArgument):
            await catalog.get_products((ProductId("x"),) * 101)
        seen = {each.host: each for each in await reach.hosts()}
        assert seen["shelves"].address.scheme == "tcp"
        assert seen["shelves"].state is not None


def context(machines: Machines, name: str, *, of: Path | None = None) -> ssl.SSLContext:
    """What one calls with who has such a certificate, and believes the catalogue's."""
    tls = of or machines.home.folder / "tls"
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(machines.home.folder / "tls" / "authority.crt")
    made.load_cert_chain(tls / f"{name}.crt", tls / f"{name}.key")
    return made


async def farewell(caller: Caller) -> str:
    """Why the callee hangs up, which it does."""
    async with caller, asyncio.timeout(PATIENCE):
        frame = await caller.receive()
        while frame[0] == HELLO:
            frame = await caller.receive()
        with pytest.raises(EOFError):
            await caller.receive()
    kind, reason = frame
    assert kind == CLOSE
    return str(reason)


async def over_tls(machines: Machines, name: str) -> Caller:
    return await Caller.connect_tcp("127.0.0.1", machines.port, context(machines, name))


async def over_unix(machines: Machines) -> Caller:
    return await Caller.connect(str(machines.home.run.wire("main", 1)))


async def plain_text(machines: Machines) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", machines.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: shelves\r\n\r\n")
    with suppress(OSError):
        assert b"HTTP" not in await reader.read()
    writer.close()


async def another_authority(machines: Machines) -> None:
    folder = machines.home.folder / "elsewhere"
    if not folder.exists():
        arguments = ("certify", "main", "--modules", "host", "--out", "elsewhere")
        assert call(*FREESTONE, *arguments, data=machines.home.data, environ=machines.home.environ).returncode == 0
    with suppress(OSError, EOFError):
        caller = await Caller.connect_tcp("127.0.0.1", machines.port, context(machines, "main", of=folder))
        async with caller:
            pytest.fail(f"it was answered: {await caller.receive()}")


async def other_modules(machines: Machines) -> None:
    caller = await over_tls(machines, "shelves")
    await caller.shake_hands(host="shelves", modules=["inventory"])
    assert "not for all modules" in await farewell(caller)


async def the_future(machines: Machines) -> None:
    caller = await over_tls(machines, "main")
    await caller.shake_hands(host="main", modules=["host"], protocol=2)
    assert "version 2 of the wire protocol" in await farewell(caller)


async def garbage(machines: Machines) -> None:
    caller = await over_tls(machines, "main")
    caller.send_raw(b"\0\0\0\x04junk")
    assert "damaged" in await farewell(caller)


async def a_browser(machines: Machines) -> None:
    caller = await over_unix(machines)
    caller.send_raw(b"GET / HTTP/1.1\r\nHost: main\r\n\r\n")
    assert "too long" in await farewell(caller)


async def another_store(machines: Machines) -> None:
    passport = Passport("main", (HOST,), {}, issue(b"another store's wire.key".ljust(32), "main", (HOST,)))
    with pytest.raises(Refused, match="was not signed by this store's supervisor"):
        await Link.open(unix(machines.home.run.wire("main", 1)), passport)


async def nobody(machines: Machines) -> None:
    caller = await over_unix(machines)
    await caller.shake_hands(host="till", modules=["payments"])
    assert "proves nothing" in await farewell(caller)


TO_THE_CATALOGUE: Mapping[Stranger, str] = {
    plain_text: "TLS with a certificate was not agreed on",
    another_authority: "TLS with a certificate was not agreed on",
    other_modules: "The caller's certificate is not for all modules that it says it runs.",
    the_future: "The other side speaks version 2 of the wire protocol, this one version 1;",
    garbage: "a frame is damaged or does not belong here",
}
TO_THE_MAIN_HOST: Mapping[Stranger, str] = {
    a_browser: "a frame of 1195725856 bytes is too long",
    another_store: "The caller's credential was not signed by this store's supervisor.",
    nobody: "The caller proves nothing",
}


@pytest.mark.parametrize("stranger", [*TO_THE_CATALOGUE, *TO_THE_MAIN_HOST], ids=lambda each: each.__name__)
async def test_a_stranger_is_refused_and_logged_once_and_no_other_notices(
    machines: Machines, at_home: Shop, stranger: Stranger
) -> None:
    asked = machines.shelves if stranger in TO_THE_CATALOGUE else machines.main
    sentence = {**TO_THE_CATALOGUE, **TO_THE_MAIN_HOST}[stranger]
    async with looking_on(at_home) as reach:
        catalog = await reach.proxy(Catalog)
        before = len(asked.log)
        await stranger(machines)
        await until(lambda: sentence in asked.log[before:])
        await catalog.list_categories()
        assert asked.log[before:].count(sentence) == 1
    assert "Traceback" not in asked.log
