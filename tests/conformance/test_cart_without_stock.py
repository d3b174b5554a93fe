"""What the contract of carts promises where the stock cannot be asked."""

from __future__ import annotations

from contracts.cart import Carts
from tests.conformance.goods import add_category, add_product
from tests.conformance.stage import Stage

MODULES = ("catalog", "cart")


async def test_a_cart_is_shown_without_what_is_available(stage: Stage) -> None:
    carts = stage.contract(Carts)
    mug = await add_product(stage, await add_category(stage))
    cart = await carts.add_item(None, mug.variants[0].sku, 2)
    (line,) = cart.lines
    assert (line.quantity, line.unit_price) == (2, mug.variants[0].price)
    assert (line.available, line.problem) == (None, None)
    assert await carts.get_cart(cart.token) == cart
