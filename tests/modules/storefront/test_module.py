"""The manifest, and the application that its container makes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from contracts.accounts import Accounts
from contracts.cart import Carts
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Acting, Module
from contracts.orders import Orders
from modules.storefront.app import PAGES
from modules.storefront.container import StorefrontContainer
from modules.storefront.module import module
from modules.storefront.settings import StorefrontSettings
from tests.modules.storefront.world import World


def test_only_the_catalogue_is_required() -> None:
    assert isinstance(module, Module)
    assert set(module.optional) == {Accounts, Carts, Inventory, Orders}
    needs = {name: vars(StorefrontContainer)[name].instance_of for name in StorefrontContainer.dependencies}
    assert needs == {
        "catalog": Catalog,
        "accounts": Accounts,
        "carts": Carts,
        "inventory": Inventory,
        "orders": Orders,
        "acting": Acting,
        "settings": StorefrontSettings,
    }


def test_the_container_makes_the_pages(world: World) -> None:
    container = StorefrontContainer(
        catalog=world.catalog,
        accounts=world.accounts,
        carts=world.carts,
        inventory=world.inventory,
        orders=world.orders,
        acting=world.acting,
        settings=StorefrontSettings(name="Granite & Sons"),
    )
    assert module.web is not None
    browser = TestClient(module.web(container))
    assert "Granite &amp; Sons" in browser.get("/").text


@pytest.mark.parametrize("path", [path for method, path, _ in PAGES if method == "POST"])
def test_what_changes_something_is_no_address_to_visit(world: World, path: str) -> None:
    gets = {path for method, path, _ in PAGES if method == "GET"}
    answer = world.browser.get(path.format(order_id="F-1"))
    assert answer.status_code == 405 or path in gets
