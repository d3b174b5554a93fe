"""Services with one fault each, for the machine to find."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from app.runtime.part import Part, make_part
from contracts.cart import Cart
from contracts.inventory import OutOfStock, UnknownSku
from contracts.kit.context import current_frame
from contracts.payments import Payment, PaymentNotFound, PaymentState
from contracts.values import Address, Line, Money, OrderId, Sku
from tests.model.steps.base import Steps
from tests.model.steps.carts import CartSteps
from tests.model.steps.orders import OrderSteps
from tests.model.steps.payments import PaymentSteps
from tests.model.steps.stock import StockSteps


def sells_too_many(service: Any) -> Any:
    """Promises more than there is, and makes up what is missing."""

    async def reserve(self: Any, order_id: OrderId, lines: tuple[Line, ...]) -> Any:
        try:
            return await service.reserve(self, order_id, lines)
        except OutOfStock as refusal:
            for each in refusal.shortages:
                with suppress(UnknownSku):
                    await self.restock(each.sku, each.wanted - each.available)
        return await service.reserve(self, order_id, lines)

    return _with(service, reserve)


def keeps_what_is_released(service: Any) -> Any:
    """Lets nobody have what was given back."""

    async def release(self: Any, order_id: OrderId) -> None:
        return None

    return _with(service, release)


def takes_back_anything(service: Any) -> Any:
    """Believes whoever says that something comes back from an order."""

    async def restock(self: Any, sku: Sku, quantity: int, order_id: OrderId | None = None) -> Any:
        return await service.restock(self, sku, quantity)

    return _with(service, restock)


def takes_twice(service: Any) -> Any:
    """Takes every amount a second time."""

    async def capture(self: Any, order_id: OrderId) -> Payment:
        payment: Payment = await service.capture(self, order_id)
        again = OrderId(f"{order_id}-again")
        await self.authorise(again, payment.amount, "tok_success")
        await service.capture(self, again)
        return payment

    return _with(service, capture)


def forgets_to_void(service: Any) -> Any:
    """Says that a hold was given up, and keeps it."""

    async def void(self: Any, order_id: OrderId) -> Any:
        try:
            payment = await self.get_payment(order_id)
        except PaymentNotFound:
            return await service.void(self, order_id)
        return msgspec.structs.replace(payment, state=PaymentState.VOIDED)

    return _with(service, void)


def gives_back_once(service: Any) -> Any:
    """Takes every refund of an order for its first one."""

    async def refund(self: Any, order_id: OrderId, amount: Money, reference: str) -> Any:
        return await service.refund(self, order_id, amount, "first")

    return _with(service, refund)


def loses_a_line(service: Any) -> Any:
    """Has room for one line only."""

    async def add_item(self: Any, token: str | None, sku: Sku, quantity: int) -> Cart:
        cart: Cart = await service.add_item(self, token, sku, quantity)
        if len(cart.lines) > 1:
            await self.remove_item(cart.token, cart.lines[0].sku)
        return cart

    return _with(service, add_item)


def forgets_keys(service: Any) -> Any:
    """Orders again whatever comes again."""

    async def place_order(
        self: Any, quote_digest: str, lines: tuple[Line, ...], address: Address, payment_token: str
    ) -> Any:
        current_frame().key = None
        return await service.place_order(self, quote_digest, lines, address, payment_token)

    return _with(service, place_order)


def revokes_for_nothing(service: Any) -> Any:
    """Lets nobody cancel for the store, and says nothing of it."""

    async def revoke_order(self: Any, order_id: OrderId) -> Any:
        return await self.get_order(order_id)

    return _with(service, revoke_order)


def _with(service: type, operation: Callable[..., Any]) -> type:
    """Return a service with one operation in place of its own."""
    return type(service.__name__, (service,), {operation.__name__: operation})


class Fault(NamedTuple):
    """What is wrong with a module's service, and the steps that are to find it."""

    module: str
    fault: Callable[[Any], Any]
    steps: type[Steps]

    def plant(self, parts: list[Part]) -> list[Part]:
        """Return a store's modules with this fault in one."""
        return [self._planted(part) if part.name == self.module else part for part in parts]

    def _planted(self, part: Part) -> Part:
        assert part.module is not None
        make: Callable[..., Any] = part.module.container

        def faulty() -> Any:
            container = make()
            container.service.set_provides(self.fault(container.service.cls))
            return container

        return make_part(dataclasses.replace(part.module, container=faulty), part.folder)


FAULTS: Mapping[str, Fault] = {
    "sells too many": Fault("inventory", sells_too_many, StockSteps),
    "takes twice": Fault("payments", takes_twice, PaymentSteps),
    "loses a line": Fault("cart", loses_a_line, CartSteps),
    "forgets keys": Fault("orders", forgets_keys, OrderSteps),
}
"""One for each module that the shop could lose or gain by."""

MORE_FAULTS: Mapping[str, Fault] = {
    "keeps what is released": Fault("inventory", keeps_what_is_released, StockSteps),
    "takes back anything": Fault("inventory", takes_back_anything, StockSteps),
    "forgets to void": Fault("payments", forgets_to_void, PaymentSteps),
    "gives back once": Fault("payments", gives_back_once, PaymentSteps),
    "revokes for nothing": Fault("orders", revokes_for_nothing, OrderSteps),
}
"""Others, which take longer to find."""
