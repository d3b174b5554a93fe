"""Two hosts, in one process for a test's sake, are the store that one was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from app.assembly import Assembly, assemble
from app.errors import LaunchRefused
from app.keys import ACTOR, WIRE, private_key
from app.opening import Opened, Place, door, open_host
from app.placement.runfolder import RunFolder
from app.placement.view import View
from app.wire.address import unix
from app.wire.credentials import issue
from app.wire.hello import HOST
from contracts.catalog import Catalog, Category, NewProduct, ProductNotFound, Variant
from contracts.inventory import Inventory, UnknownSku
from contracts.kit import SYSTEM, Actor, Context, InvalidArgument, PermissionDenied, Unavailable
from contracts.kit.context import scope
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.app.wire.door.builders import get

PENS = Category(id=CategoryId("pens"), slug="pens", name="Pens", parent_id=None, vat_rate=1900)
TOPOLOGY = '[freestone]\ndata = "{data}"\n[hosts.shelves]\nmodules = ["catalog"]\n'


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    """The shop, whose catalogue has a host of its own."""
    data = tmp_path / "data"
    data.mkdir()
    settings = tmp_path / "settings.toml"
    settings.write_text(TOPOLOGY.format(data=data))
    return assemble({"FREESTONE_CONFIG": str(settings)})


@pytest.fixture
async def two(assembly: Assembly) -> AsyncIterator[tuple[Opened, Opened]]:
    """The main host, and one that runs the catalogue."""
    data = assembly.settings.data
    private_key(data, ACTOR)
    authority, run = private_key(data, WIRE), RunFolder(data)
    async with AsyncExitStack() as stack:

        async def opened(name: str, *more: str) -> Opened:
            modules = assembly.topology.modules_of(name, assembly.modules)
            callers = (*modules, *more)
            claim = stack.enter_context(run.claim(name))
            place = Place(name, modules, callers, run, claim, issue(authority, name, callers))
            return await stack.enter_async_context(open_host(assembly, place))

        main, shelves = await opened("main", HOST), await opened("shelves")
        assert await main.directory.connected(["shelves"], 10.0)
        yield main, shelves


def as_system(module: str) -> Context:
    return Context(actor=Actor(id=module, roles=SYSTEM))


async def test_the_subscriber_s_host_tells_how_far_behind_it_is(assembly: Assembly, two: tuple[Opened, Opened]) -> None:
    here, there = [(await get(door(assembly, each.host, trusted=True), "/metrics")).body.decode() for each in two]
    sample = 'freestone_events_unread_seconds{publisher="catalog",subscriber="inventory"}'
    assert sample in here
    assert sample not in there


async def test_results_and_errors_come_as_from_the_same_process(two: tuple[Opened, Opened]) -> None:
    catalog = two[0].host.proxy(Catalog, "storefront")
    assert await catalog.list_categories() == ()
    with pytest.raises(ProductNotFound) as caught:
        await catalog.get_product(ProductId("none"))
    assert caught.value == ProductNotFound(product_id=ProductId("none"))
    assert caught.value.__cause__ is None
    with pytest.raises(InvalidArgument):
        await catalog.get_products((ProductId("x"),) * 101)


async def test_permissions_are_those_of_the_actor_that_was_proved(two: tuple[Opened, Opened]) -> None:
    with pytest.raises(PermissionDenied):
        await two[0].host.proxy(Catalog, "storefront").add_category(PENS)
    with scope(context=as_system("storefront")):
        assert await two[0].host.proxy(Catalog, "storefront").add_category(PENS) == PENS


async def test_the_callee_lets_nobody_call_what_is_no_need_of_its(two: tuple[Opened, Opened]) -> None:
    with pytest.raises(PermissionDenied):
        await two[0].host.proxy(Catalog, "payments").list_categories()


async def test_events_follow_their_publisher(two: tuple[Opened, Opened]) -> None:
    main, shelves = two
    sku = Sku("PEN-1")
    with scope(context=as_system("host")):
        catalog = main.host.proxy(Catalog)
        await catalog.add_category(PENS)
        variant = Variant(sku=sku, price=Money(amount=100, currency="EUR"), weight_grams=5)
        product = NewProduct(
            id=ProductId("pen"), name="Pen", brand="Any", category_id=CategoryId("pens"), variants=(variant,)
        )
        await catalog.add_product(product)
        inventory = main.host.proxy(Inventory)
        async with asyncio.timeout(20):
            while True:
                with suppress(UnknownSku):
                    await inventory.restock(sku, 5)
                    break
                await asyncio.sleep(0.02)
    told = {each.contract: each.kind for each in View(main.host, "main", 1, "").state().bindings}
    assert (told["catalog.v1"], told["inventory.v1"]) == ("remote", "local")
    assert "absent" not in told.values()
    assert shelves.host.behind("catalog.v1") == ("local", "")
    assert main.host.behind("catalog.v1") == ("remote", "shelves")


async def test_a_module_that_cannot_be_reached_says_so(two: tuple[Opened, Opened]) -> None:
    main, shelves = two
    assert main.host.status()["catalog"] is None
    await main.directory.stop()
    with pytest.raises(Unavailable, match="host shelves cannot be reached") as caught:
        await main.host.proxy(Catalog, "storefront").list_categories()
    assert not caught.value.may_have_executed
    assert "shelves" in str(main.host.status()["catalog"])
    assert shelves.host.status()["catalog"] is None


async def test_where_it_cannot_listen_it_says_so(tmp_path: Path) -> None:
    assembly = assemble({"FREESTONE_DATA": str(tmp_path)})
    private_key(tmp_path, ACTOR)
    authority, run = private_key(tmp_path, WIRE), RunFolder(tmp_path)
    identity, nowhere = issue(authority, "shelves", ["catalog"]), unix(tmp_path / "none" / "wire.sock")
    with run.claim("shelves") as claim:
        place = Place("shelves", ("catalog",), ("catalog",), run, claim, identity, (nowhere,))
        with pytest.raises(LaunchRefused) as caught:
            await AsyncExitStack().enter_async_context(open_host(assembly, place))
    assert str(caught.value) == (
        f"The host cannot listen at {nowhere}: No such file or directory; free that address, or name another."
    )
