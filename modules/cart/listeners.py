"""What carts learn from others."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import Work
from contracts.orders import OrderPaid
from modules.cart import domain, store
from modules.cart.domain import Owner


async def on_order_paid(event: OrderPaid, work: Work[AsyncSession]) -> None:
    """Take what was bought out of the account's cart; what was added after the order was placed stays."""
    cart = await store.claim(work.session, Owner.of_account(event.account_id))
    if cart is not None:
        held = await store.held(work.session, cart)
        await store.put(work.session, cart, domain.without(held, event.lines, event.placed))
