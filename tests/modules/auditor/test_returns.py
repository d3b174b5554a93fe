"""Part of what was paid for may come back: the books stay in order, and revoking the order brings only the rest."""

from __future__ import annotations

import pytest

from contracts.inventory import Inventory, TooManyReturned
from contracts.kit import Role
from contracts.orders import Orders, OrderState
from contracts.values import OrderId, Sku
from tests.conformance.stage import fresh
from tests.modules.auditor.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def available(stand: Stand, sku: Sku) -> int:
    """Return how many can be promised."""
    (found,) = await stand.stage.contract(Inventory).get_availability((sku,))
    return found.available


@pytest.mark.parametrize("returned", [1, 2])
async def test_what_came_back_of_a_paid_order_does_not_come_back_again_when_it_is_revoked(
    stand: Stand, returned: int
) -> None:
    order = await stand.bought()
    sku = order.lines[0].sku
    before = await available(stand, sku)
    with stand.stage.acting(Role.STAFF):
        await stand.stage.contract(Inventory).restock(sku, returned, order.id)
    assert await stand.findings() == set()
    with stand.stage.acting(Role.STAFF):
        revoked = await stand.stage.contract(Orders).revoke_order(order.id)
    assert revoked.state is OrderState.CANCELLED
    assert await available(stand, sku) == before + 2
    assert await stand.findings() == set()


async def test_nothing_comes_back_from_an_order_that_never_was(stand: Stand) -> None:
    sku = (await stand.bought()).lines[0].sku
    before = await available(stand, sku)
    with stand.stage.acting(Role.STAFF), pytest.raises(TooManyReturned):
        await stand.stage.contract(Inventory).restock(sku, 7, OrderId(fresh("nobody")))
    assert await available(stand, sku) == before
    assert await stand.findings() == set()
