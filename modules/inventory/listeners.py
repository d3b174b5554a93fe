"""What the stock does about what happens elsewhere."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalog import ProductAdded
from contracts.kit import Work
from modules.inventory.store import stock


async def on_product_added(event: ProductAdded, work: Work[AsyncSession]) -> None:
    """Make an empty shelf for everything that is sold of a new product."""
    await stock.add_skus(work.session, event.skus)
