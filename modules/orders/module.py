"""The orders, as the host sees them."""

from contracts.kit import Module
from contracts.orders import Orders
from modules.orders.container import OrdersContainer
from modules.orders.fake import FakeOrders
from modules.orders.runner import run_sagas
from modules.orders.settings import OrdersSettings

__all__ = ["module"]

module = Module(
    name="orders",
    container=OrdersContainer,
    provides=(Orders,),
    settings=OrdersSettings,
    background=(run_sagas,),
    fake=FakeOrders,
)
