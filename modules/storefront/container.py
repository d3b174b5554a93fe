"""What the storefront needs, and the web application made of it."""

from __future__ import annotations

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from starlette.applications import Starlette

from contracts.accounts import Accounts
from contracts.cart import Carts
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Acting
from contracts.orders import Orders
from modules.storefront.app import create_app
from modules.storefront.assets import Assets
from modules.storefront.render import make_environment
from modules.storefront.settings import StorefrontSettings
from modules.storefront.shop import Shop


class StorefrontContainer(DeclarativeContainer):
    """Everything but the catalogue may be absent; the pages then say what is missing."""

    catalog: providers.Provider[Catalog] = providers.Dependency(instance_of=Catalog)
    accounts: providers.Provider[Accounts] = providers.Dependency(instance_of=Accounts)
    carts: providers.Provider[Carts] = providers.Dependency(instance_of=Carts)
    inventory: providers.Provider[Inventory] = providers.Dependency(instance_of=Inventory)
    orders: providers.Provider[Orders] = providers.Dependency(instance_of=Orders)
    acting: providers.Provider[Acting] = providers.Dependency(instance_of=Acting)
    settings: providers.Provider[StorefrontSettings] = providers.Dependency(instance_of=StorefrontSettings)

    assets: providers.Provider[Assets] = providers.Singleton(Assets)
    shop: providers.Provider[Shop] = providers.Singleton(
        Shop,
        catalog=catalog,
        accounts=accounts,
        carts=carts,
        inventory=inventory,
        orders=orders,
        acting=acting,
        settings=settings,
        templates=providers.Singleton(make_environment, settings, assets),
    )
    web: providers.Provider[Starlette] = providers.Singleton(create_app, shop, assets)
