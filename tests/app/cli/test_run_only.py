"""`freestone run --only`: a part of the store, with the rest stood in for by fakes, or left out."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from app.store import open_store
from contracts.catalog import Catalog, Search
from contracts.kit import Actor, Context, Role
from contracts.kit.context import scope
from contracts.orders import Orders, OrderState
from contracts.values import Address, Line
from tests.app.bad_launches import BadLaunch, refuses
from tests.journeys.shelf import products
from tests.journeys.shopper import ADDRESS, Shopper
from tests.serving import FREESTONE, environment, serving

RUN = (*FREESTONE, "run")
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
ADA = Context(actor=Actor(id="ada", roles=frozenset({Role.CUSTOMER})))
REFUSED = {
    ("--only", "order"): "There is no module order; did you mean orders?",
    ("--only", "orders"): (
        "Module orders needs catalog.v1, which catalog provides: run that too with --only catalog, "
        "or have all others stood in for with --fake-rest."
    ),
    ("--fake-rest",): "--fake-rest is for a store in part; name the modules that are to run with --only.",
}


def databases(data: Path) -> list[str]:
    """Return the modules that keep something."""
    return sorted(file.stem for file in data.glob("*.sqlite"))


def test_the_storefront_alone_sells_what_the_fakes_have(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(*RUN, "--only", "storefront", "--fake-rest", data=data) as store, Shopper(store.url) as shopper:
        assert httpx2.get(f"{store.url}/readyz").status_code == 200
        shopper.register()
        shopper.add(next(products(shopper)))
        form = shopper.visit("/checkout").form("Place order", {**ADDRESS, "tok_success": True})
        assert shopper.send(form).heading == "Thank you for your order"
    assert databases(data) == []


async def test_one_module_works_on_the_fakes_of_those_it_needs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with open_store(environment(data), only=("orders",), fake_rest=True) as store:
        catalog, orders = store.host.proxy(Catalog), store.host.proxy(Orders)
        card = (await catalog.search(Search(limit=1))).cards[0]
        variant = (await catalog.get_product(card.product_id)).variants[0]
        wanted = (Line(sku=variant.sku, quantity=1),)
        with scope(context=ADA):
            quote = await orders.quote(wanted, HOME.country)
            order = await orders.place_order(quote.digest, wanted, HOME, "tok_success")
        assert order.state is OrderState.PAID
    assert databases(data) == ["orders"]


def test_without_fakes_the_others_are_absent(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(*RUN, "--only", "catalog", "--only", "storefront", data=data) as store:
        answers = {path: httpx2.get(f"{store.url}{path}").status_code for path in ("/readyz", "/", "/cart")}
    assert answers == {"/readyz": 200, "/": 200, "/cart": 503}
    assert databases(data) == ["catalog"]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.items())
def test_what_cannot_run_is_refused_with_nothing_written(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    refuses(BadLaunch(lambda _: None, sentence), *RUN, *arguments, data=tmp_path / "data")
