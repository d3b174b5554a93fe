"""The storefront: web pages for people who shop."""

from __future__ import annotations

from contracts.accounts import Accounts
from contracts.cart import Carts
from contracts.inventory import Inventory
from contracts.kit import Module
from contracts.orders import Orders
from modules.storefront.container import StorefrontContainer
from modules.storefront.settings import StorefrontSettings

__all__ = ["module"]

module = Module(
    name="storefront",
    container=StorefrontContainer,
    optional=(Accounts, Carts, Inventory, Orders),
    settings=StorefrontSettings,
    web=lambda container: container.web(),
    path="/",
)
