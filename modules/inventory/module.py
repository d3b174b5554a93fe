"""The stock, as the host sees it."""

from contracts.catalog import ProductAdded
from contracts.inventory import Inventory
from contracts.kit import Module
from modules.inventory.container import InventoryContainer
from modules.inventory.fake import FakeInventory
from modules.inventory.listeners import on_product_added
from modules.inventory.seed import seed
from modules.inventory.settings import InventorySettings
from modules.inventory.sweep import sweep

__all__ = ["module"]

module = Module(
    name="inventory",
    container=InventoryContainer,
    provides=(Inventory,),
    settings=InventorySettings,
    listens={ProductAdded: on_product_added},
    background=(sweep,),
    seed=seed,
    fake=FakeInventory,
)
