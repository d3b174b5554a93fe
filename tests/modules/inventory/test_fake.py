"""What the stock's fake begins with; the rest is the conformance suite's."""

from __future__ import annotations

from contracts.values import Sku
from modules.inventory.domain import opening_level
from modules.inventory.fake import FakeInventory
from modules.inventory.settings import InventorySettings
from tests.modules.doubles import ManualClock


async def test_it_begins_with_as_many_as_the_demonstration_store() -> None:
    fake = FakeInventory(ManualClock(), InventorySettings())
    skus = tuple(Sku(f"SKU-{number}") for number in range(50))
    levels = [each.available for each in await fake.get_availability(skus)]
    assert levels == [opening_level(sku) for sku in skus]
    assert (await fake.restock(skus[0], 5)).available == levels[0] + 5
