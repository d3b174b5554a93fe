"""Catalogue, stock and payments in memory, which can fail and crash wherever the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Never, final

from contracts.catalog import (
    Attribute,
    Catalog,
    Category,
    Facet,
    NewProduct,
    Offer,
    Page,
    Picture,
    Product,
    Search,
)
from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    OutOfStock,
    Reservation,
    ReservationNotFound,
    Shortage,
)
from contracts.payments import (
    Balance,
    DeclineReason,
    Notice,
    Payment,
    PaymentDeclined,
    PaymentId,
    PaymentNotFound,
    PaymentState,
    Refund,
    RefundId,
    RefundState,
    WrongState,
)
from contracts.values import CategoryId, Line, Money, OrderId, ProductId, Sku
from tests.modules.doubles import ManualClock
from tests.modules.unaudited import UnauditedInventory, UnauditedPayments

MUG, LAMP, TEA = Sku("MUG-BLUE"), Sku("LAMP"), Sku("TEA")


class Crash(BaseException):
    """The process dies here: nothing after this happens."""


class Breakable:
    """``faults`` says once each which operation fails, and whether before it has its effect or after;
    ``meanwhile`` happens once, just before the effect of an operation. ``calls`` lists what was called."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str, BaseException]] = []
        self.meanwhile: dict[str, Callable[[], Awaitable[object]]] = {}
        self.calls: list[str] = []

    async def _enter(self, operation: str) -> None:
        await asyncio.sleep(0)
        self.calls.append(operation)
        self._fail(operation, "before")
        if operation in self.meanwhile:
            await self.meanwhile.pop(operation)()

    async def _leave(self, operation: str) -> None:
        await asyncio.sleep(0)
        self._fail(operation, "after")

    def _fail(self, operation: str, when: str) -> None:
        for fault in self.faults:
            if fault[:2] == (operation, when):
                self.faults.remove(fault)
                raise fault[2]


def offer(sku: Sku, price: int, rate: int = 1900, grams: int = 400, currency: str = "EUR", name: str = "Mug") -> Offer:
    """Return what the catalogue says of a SKU."""
    return Offer(
        sku=sku,
        product_id=ProductId(sku.lower()),
        name=name,
        attributes=(Attribute(name="Colour", value="Blue"), Attribute(name="Size", value="350 ml")),
        price=Money(amount=price, currency=currency),
        vat_rate=rate,
        weight_grams=grams,
    )


@final
class FakeCatalog(Breakable, Catalog):
    """Has offers, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.offers = {each.sku: each for each in (offer(MUG, 1250), offer(LAMP, 4999), offer(TEA, 399, 700))}

    async def get_offers(self, skus: tuple[Sku, ...]) -> tuple[Offer, ...]:
        await self._enter("get_offers")
        return tuple(self.offers[sku] for sku in skus if sku in self.offers)

    async def list_categories(self) -> tuple[Category, ...]:
        _unused()

    async def get_product(self, product_id: ProductId) -> Product:
        _unused()

    async def get_products(self, product_ids: tuple[ProductId, ...]) -> tuple[Product, ...]:
        _unused()

    async def search(self, search: Search) -> Page:
        _unused()

    async def list_facets(self, category_id: CategoryId) -> tuple[Facet, ...]:
        _unused()

    async def get_picture(self, product_id: ProductId) -> Picture:
        _unused()

    def export(self) -> AsyncIterator[Product]:
        _unused()

    async def add_category(self, category: Category) -> Category:
        _unused()

    async def add_product(self, product: NewProduct) -> Product:
        _unused()

    async def change_price(self, sku: Sku, price: Money) -> Product:
        _unused()

    async def discontinue_product(self, product_id: ProductId) -> Product:
        _unused()


def _unused() -> Never:
    raise AssertionError("Orders have no use for this operation.")


@final
class FakeInventory(Breakable, UnauditedInventory):
    """``stock`` is what can be promised; ``held``, ``left``, ``came_back`` and ``released`` are orders."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.clock = clock
        self.stock = {MUG: 10, LAMP: 10, TEA: 10}
        self.held: dict[OrderId, tuple[Line, ...]] = {}
        self.left: dict[OrderId, tuple[Line, ...]] = {}
        self.released: set[OrderId] = set()
        self.came_back: set[OrderId] = set()

    async def get_availability(self, skus: tuple[Sku, ...]) -> tuple[Availability, ...]:
        await self._enter("get_availability")
        return tuple(Availability(sku=sku, available=self.stock.get(sku, 0)) for sku in skus)

    async def reserve(self, order_id: OrderId, lines: tuple[Line, ...]) -> Reservation:
        await self._enter("reserve")
        if order_id in self.released:
            raise AlreadyReleased(order_id=order_id)
        if order_id not in self.held and order_id not in self.left:
            missing = tuple(
                Shortage(sku=line.sku, wanted=line.quantity, available=self.stock.get(line.sku, 0))
                for line in lines
                if self.stock.get(line.sku, 0) < line.quantity
            )
            if missing:
                raise OutOfStock(shortages=missing)
            self.held[order_id] = lines
            self._count(lines, -1)
        await self._leave("reserve")
        return Reservation(order_id=order_id, lines=lines, expires=self.clock.now() + timedelta(minutes=15))

    async def commit(self, order_id: OrderId) -> None:
        await self._enter("commit")
        if order_id not in self.left:
            if order_id not in self.held:
                raise ReservationNotFound(order_id=order_id)
            self.left[order_id] = self.held.pop(order_id)
        await self._leave("commit")

    async def release(self, order_id: OrderId) -> None:
        await self._enter("release")
        if order_id in self.left:
            raise AlreadyCommitted(order_id=order_id)
        self.expire(order_id)
        self.released.add(order_id)
        await self._leave("release")

    async def take_back(self, order_id: OrderId) -> None:
        await self._enter("take_back")
        if order_id not in self.came_back:
            self._count(self.left.get(order_id, ()), 1)
        self.came_back.add(order_id)
        await self._leave("take_back")

    async def restock(self, sku: Sku, quantity: int, order_id: OrderId | None = None) -> Availability:
        _unused()

    def expire(self, order_id: OrderId) -> None:
        """Give back what an order holds."""
        self._count(self.held.pop(order_id, ()), 1)

    def _count(self, lines: tuple[Line, ...], sign: int) -> None:
        for line in lines:
            self.stock[line.sku] += sign * line.quantity


@final
class FakePayments(Breakable, UnauditedPayments):
    """``payments`` are by order; None marks one that is not to be paid. ``refusals`` are why the next refunds are not
    given."""

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[OrderId, Payment | None] = {}
        self.refunds: dict[tuple[OrderId, str], Refund] = {}
        self.refusals: list[str] = []

    async def authorise(self, order_id: OrderId, amount: Money, token: str) -> Payment:
        await self._enter("authorise")
        if order_id not in self.payments:
            state = PaymentState.AUTHORISED if token == "tok_success" else PaymentState.DECLINED
            self.payments[order_id] = Payment(
                id=PaymentId(f"pay_{order_id}"), order_id=order_id, amount=amount, state=state
            )
        payment = self.payments[order_id]
        await self._leave("authorise")
        if payment is None or payment.state in (PaymentState.DECLINED, PaymentState.VOIDED):
            raise PaymentDeclined(reason=DeclineReason(token.removeprefix("tok_").replace("success", "declined")))
        return payment

    async def capture(self, order_id: OrderId) -> Payment:
        await self._enter("capture")
        payment = self._change(order_id, PaymentState.CAPTURED, PaymentState.AUTHORISED)
        await self._leave("capture")
        return payment

    async def void(self, order_id: OrderId) -> Payment | None:
        await self._enter("void")
        if self.payments.setdefault(order_id, None) is None or self.state(order_id) is PaymentState.DECLINED:
            return None
        payment = self._change(order_id, PaymentState.VOIDED, PaymentState.AUTHORISED)
        await self._leave("void")
        return payment

    async def refund(self, order_id: OrderId, amount: Money, reference: str) -> Refund:
        return self.refunds.get((order_id, reference)) or self._give_back(order_id, amount, reference)

    async def refund_rest(self, order_id: OrderId, refusals: int = 0) -> Refund | None:
        await self._enter("refund_rest")
        if self.state(order_id) is not PaymentState.CAPTURED:
            raise WrongState(state=self.state(order_id) or PaymentState.PENDING)
        refund = self._rest(order_id, refusals)
        await self._leave("refund_rest")
        return refund

    def _rest(self, order_id: OrderId, refusals: int) -> Refund | None:
        refunds = [each for each in self.refunds.values() if each.order_id == order_id]
        rests = [each for each in refunds if each.reference.startswith("rest")]
        refused = [each for each in rests if each.refused]
        if len(refused) > refusals:
            return refused[refusals]
        payment = self.payments[order_id]
        assert payment is not None
        left = payment.amount.amount - sum(each.amount.amount for each in refunds if not each.refused)
        if left:
            amount = Money(amount=left, currency=payment.amount.currency)
            return self._give_back(order_id, amount, f"rest-{len(rests) + 1}")
        under_way = [each for each in refunds if each.state is RefundState.PENDING and not each.refused]
        return next((each for each in (*under_way, *reversed(rests)) if not each.refused), None)

    def _give_back(self, order_id: OrderId, amount: Money, reference: str) -> Refund:
        reason = self.refusals.pop(0) if self.refusals else None
        refund = self.refunds[order_id, reference] = Refund(
            id=RefundId(f"ref_{order_id}_{reference}"),
            order_id=order_id,
            reference=reference,
            amount=amount,
            state=RefundState.PENDING if reason else RefundState.DONE,
            refused=reason,
        )
        return refund

    async def take_notice(self, notice: Notice) -> None:
        raise NotImplementedError

    async def get_payment(self, order_id: OrderId) -> Payment:
        payment = self.payments.get(order_id)
        if payment is None:
            raise PaymentNotFound(order_id=order_id)
        return payment

    async def list_balances(self) -> tuple[Balance, ...]:
        return ()

    def state(self, order_id: OrderId) -> PaymentState | None:
        """Return how an order's payment stands, None where it has none."""
        payment = self.payments.get(order_id)
        return None if payment is None else payment.state

    def _change(self, order_id: OrderId, to: PaymentState, since: PaymentState) -> Payment:
        payment = self.payments.get(order_id)
        if payment is None:
            raise PaymentNotFound(order_id=order_id)
        if payment.state not in (since, to):
            raise WrongState(state=payment.state)
        changed = Payment(id=payment.id, order_id=order_id, amount=payment.amount, state=to)
        self.payments[order_id] = changed
        return changed
