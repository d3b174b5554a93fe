"""What every page works with."""

from __future__ import annotations

from dataclasses import dataclass

import jinja2

from contracts.accounts import Accounts
from contracts.cart import Carts
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Acting
from contracts.orders import Orders
from modules.storefront.settings import StorefrontSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The contracts, the settings and the templates."""

    catalog: Catalog
    accounts: Accounts
    carts: Carts
    inventory: Inventory
    orders: Orders
    acting: Acting
    settings: StorefrontSettings
    templates: jinja2.Environment
