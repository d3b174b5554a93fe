"""Carts of guests and of accounts."""

from __future__ import annotations

from contracts.cart import Carts
from contracts.inventory import Inventory
from contracts.kit import Module
from contracts.orders import OrderPaid
from modules.cart.container import CartContainer
from modules.cart.fake import FakeCarts
from modules.cart.housekeeping import remove_forgotten
from modules.cart.listeners import on_order_paid
from modules.cart.settings import CartSettings

__all__ = ["module"]

module = Module(
    name="cart",
    container=CartContainer,
    provides=(Carts,),
    optional=(Inventory,),
    settings=CartSettings,
    listens={OrderPaid: on_order_paid},
    background=(remove_forgotten,),
    fake=FakeCarts,
)
