"""An object of a contract is followed to where it is used, and used by its operations."""

from __future__ import annotations

import pytest

from app.lint.rings import operations
from tests.app.lint.small import judged

CONTRACT = """
from contracts.kit import contract, query

class Product: ...

@contract(version=1)
class Catalog:
    @query()
    async def get_product(self, product_id): ...

    @query()
    async def get_products(self, product_ids): ...
"""
SHOP = """
from dataclasses import dataclass
from contracts.catalog import Catalog

@dataclass(frozen=True)
class Shop:
    catalog: Catalog

class Visit:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    @property
    def goods(self) -> Catalog:
        return self.shop.catalog
"""
CONTAINER = """
from dependency_injector import providers
from contracts.catalog import Catalog

class Container:
    catalog: providers.Provider[Catalog] = providers.Dependency(instance_of=Catalog)
"""
HEAD = """
import copy, pickle
from typing import cast
from contracts.catalog import Catalog, Product
from modules.orders.container import Container
from modules.orders.shop import Shop, Visit

class Base:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

class Quoter(Base):
    async def quote(self) -> None:
        {}

async def page(visit: Visit, maybe: Catalog | None, product: Product) -> None:
    {}

async def run(container: Container) -> None:
    {}
"""
LIST = "get_product, get_products"


def of_orders(method: str = "...", page: str = "...", run: str = "...") -> list[str]:
    files = {
        "contracts.catalog": CONTRACT,
        "modules.orders.shop": SHOP,
        "modules.orders.container": CONTAINER,
        "modules.orders.quoting": HEAD.format(method, page, run),
    }
    return [said.partition(": operations-only: ")[2] for said in judged([operations], files)]


@pytest.mark.parametrize(
    ("use", "says"),
    [
        ("self._catalog._rows", f"orders uses _rows of Catalog, which is no operation; use one: {LIST}."),
        (
            "await self._catalog.get_produkt(1)",
            "orders uses get_produkt of Catalog, which is no operation; say get_product.",
        ),
        ("self._catalog.__dict__", f"orders uses __dict__ of Catalog, which is no operation; use one: {LIST}."),
        ("self._catalog.get_product.target.rows", None),
        (
            "catalog = self._catalog; catalog._rows",
            f"orders uses _rows of Catalog, which is no operation; use one: {LIST}.",
        ),
        (
            "self._catalog.limit = 1",
            f"orders sets limit of Catalog, which it was only handed; use its operations: {LIST}.",
        ),
        (
            "self._catalog.get_product = f",
            f"orders sets get_product of Catalog, which it was only handed; use its operations: {LIST}.",
        ),
        (
            "isinstance(self._catalog, object)",
            f"orders looks into Catalog by isinstance; use its operations only: {LIST}.",
        ),
        ("vars(self._catalog)", f"orders looks into Catalog by vars; use its operations only: {LIST}."),
        ("getattr(self._catalog, name)", f"orders looks into Catalog by getattr; use its operations only: {LIST}."),
        ("cast(Quoter, self._catalog)", f"orders looks into Catalog by cast; use its operations only: {LIST}."),
        ("pickle.dumps((1, self._catalog))", f"orders looks into Catalog by dumps; use its operations only: {LIST}."),
        ("copy.copy(self._catalog)", f"orders looks into Catalog by copy; use its operations only: {LIST}."),
        ("await self._catalog.get_product(1)", None),
        ("f = self._catalog.get_products", None),
        ("(await self._catalog.get_product(1)).anything", None),
        ("self._other._rows", None),
        ("isinstance(1, Catalog)", None),
    ],
)
def test_what_a_module_keeps_of_another_is_used_by_its_operations(use: str, says: str | None) -> None:
    assert of_orders(method=use) == ([] if says is None else [says])


@pytest.mark.parametrize(
    "use",
    ["visit.shop.catalog._rows", "visit.goods._rows", "maybe._rows", "shop = visit.shop; shop.catalog._rows"],
)
def test_it_is_followed_through_the_objects_of_a_page(use: str) -> None:
    (said,) = of_orders(page=use)
    assert said.startswith("orders uses _rows of Catalog")


def test_a_message_may_be_looked_at() -> None:
    assert of_orders(page="product._rows; isinstance(product, Product); maybe.get_product") == []


def test_it_is_followed_out_of_the_container() -> None:
    assert of_orders(run="await container.catalog().get_product(1)") == []
    (said,) = of_orders(run="container.catalog()._rows")
    assert said.startswith("orders uses _rows of Catalog")


MANIFEST = """
from contracts.kit import Module
from contracts.orders import Placed
from modules.cart.listeners import on_placed

module = Module(name="cart", listens={{Placed: {}}})
"""
LISTENERS = """
from contracts.catalog import Catalog
from contracts.kit import Work
from contracts.orders import Placed
from modules.orders.container import Container

async def on_placed(event: Placed, work: Work{}) -> None:
    {}
"""


@pytest.mark.parametrize(
    ("handler", "more", "body", "says"),
    [
        ("on_placed", "", "work.publish(event.number)", None),
        ("on_placed", ", catalog: Catalog", "...", "cart takes Catalog in a handler of events, which calls nobody"),
        ("on_placed", "", "Container().catalog().get_product(1)", "cart reaches for Catalog in a handler of events"),
        ("partial(on_placed, catalog)", "", "...", "cart listens by something else than a function of its own"),
        ("lambda event, work: None", "", "...", "cart listens by something else than a function of its own"),
    ],
)
def test_a_handler_of_events_calls_nobody(handler: str, more: str, body: str, says: str | None) -> None:
    files = {
        "contracts.catalog": CONTRACT,
        "modules.orders.container": CONTAINER,
        "modules.cart.module": MANIFEST.format(handler),
        "modules.cart.listeners": LISTENERS.format(more, body),
    }
    found = judged([operations], files)
    assert (says is None) is (found == [])
    assert says is None or says in found[0]
