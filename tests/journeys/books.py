"""Whether everything agrees about an order: its row and timeline, stock, ledger, the provider's own book, events."""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import StockChanged
from contracts.kit import Event
from contracts.orders import Order, OrderEnded, OrderPaid, OrderPlaced, OrderState
from contracts.payments import PaymentAuthorised, PaymentCaptured, PaymentRefunded, PaymentRefundRefused, PaymentVoided
from tests.journeys.purchase import LASTING, REFUSED, STOCK, WANTED, Buyer, World
from tests.modules.doubles import published
from tests.modules.orders.doubles import LAMP, MUG

TOLD = (
    "Order placed",
    "Items reserved",
    "Payment authorised",
    "Order confirmed",
    "Sold out meanwhile",
    "Paid",
    "Payment declined",
    "The payment could not be made in time",
    "The card's bank gave up the payment: nothing was taken",
    "Cancellation requested",
    "The store cancels the order",
    "Payment given up: nothing was taken",
    "The payment was taken already: it is refunded",
    "Refund under way",
    REFUSED,
    "The store asks for the refund again",
    "Payment refunded",
    "The rest of the payment refunded",
    "The payment had been refunded before",
    "Order closed: nothing is owed",
    "Order cancelled",
)
"""What a timeline may say, in the only order in which it may."""
UNANSWERED = "The payment provider has not answered: it is asked again"
FOUND = "The payment provider was asked again, and answered"
LAST = {
    OrderState.PAID: "Paid",
    OrderState.CANCELLED: "Order cancelled",
    OrderState.REJECTED: "Order closed: nothing is owed",
}


async def check(world: World, buyer: Buyer) -> OrderState | None:
    """Check everything about the buyer's order, and return its state; None where nothing was ordered."""
    order = await buyer.found(world.calm)
    await check_stock(world)
    await check_ledger(world)
    if order is None:
        return None
    assert order.state in LASTING
    check_timeline(order)
    await check_row(world, order)
    await check_events(world, order)
    await check_money(world, order)
    return order.state


def check_timeline(order: Order) -> None:
    """Each thing once, in order; that the provider is silent, and answered after all, by turns."""
    told = [entry.what for entry in order.timeline if entry.what not in (UNANSWERED, FOUND)]
    assert told == [each for each in TOLD if each in told]
    assert (told[0], told[-1]) == (TOLD[0], LAST[order.state])
    assert [entry.at for entry in order.timeline] == sorted(entry.at for entry in order.timeline)
    silence = [entry.what for entry in order.timeline if entry.what in (UNANSWERED, FOUND)]
    assert silence == [UNANSWERED, FOUND] * (len(silence) // 2)


async def check_row(world: World, order: Order) -> None:
    """Nothing is left to be done, and the card is forgotten."""
    async with world.databases["orders"].read() as session:
        found = text("SELECT step, next_try, payment_token FROM orders WHERE id = :id")
        assert tuple((await session.execute(found, {"id": order.id})).one()) == (None, None, None)


async def check_events(world: World, order: Order) -> None:
    """It was placed once, paid at most once, and ended once unless it stands."""
    kinds = Counter(type(each) for each in await _of(world, order))
    told = [entry.what for entry in order.timeline]
    is_paid, was_paid = order.state is OrderState.PAID, "Paid" in told
    assert (kinds[OrderPlaced], kinds[OrderPaid], kinds[OrderEnded]) == (1, was_paid, not is_paid)
    assert (kinds[PaymentCaptured], kinds[PaymentRefunded]) == (was_paid, was_paid and not is_paid)
    assert kinds[PaymentRefundRefused] == (REFUSED in told)
    assert kinds[PaymentAuthorised] - kinds[PaymentVoided] == was_paid


async def _of(world: World, order: Order) -> list[Event]:
    ours = await published(world.databases["orders"], OrderPlaced, OrderPaid, OrderEnded)
    kinds = (PaymentAuthorised, PaymentCaptured, PaymentVoided, PaymentRefunded, PaymentRefundRefused)
    return [
        each for each in [*ours, *await published(world.databases["payments"], *kinds)] if _order_of(each) == order.id
    ]


def _order_of(event: Event) -> object:
    return msgspec.structs.asdict(event)["order_id"]


async def check_money(world: World, order: Order) -> None:
    """With the provider lies what the order says: all of it once, or nothing, and nothing is held."""
    async with world.databases["payments"].read() as session:
        row = (await session.execute(_BOOK, {"id": order.id})).one_or_none()
    standing, taken, given_back = row or ("none", 0, 0)
    assert standing != "held"
    captured = taken if standing == "captured" else 0
    assert captured - given_back == (order.total.amount if order.state is OrderState.PAID else 0)


_BOOK = text(
    "SELECT standing, sandbox_payments.amount, "
    "(SELECT coalesce(sum(amount), 0) FROM sandbox_refunds WHERE payment = sandbox_payments.key AND refused IS NULL) "
    "FROM sandbox_payments JOIN payments ON payments.id = sandbox_payments.key WHERE payments.order_id = :id"
)


async def check_stock(world: World) -> None:
    """What left the shelves is what was paid for; nothing is held; and it was said how many are left."""
    async with world.databases["orders"].read() as session:
        paid = await session.scalar(text("SELECT count(*) FROM orders WHERE state = 'paid'"))
    async with world.databases["inventory"].read() as session:
        shelves = {sku: (on_hand, held) for sku, on_hand, held in await session.execute(_SHELVES)}
        moved = await _moved(session)
    assert shelves == moved == {line.sku: (STOCK - line.quantity * (paid or 0), 0) for line in WANTED}
    said = {each.sku: each.available for each in await published(world.databases["inventory"], StockChanged)}  # type: ignore[attr-defined]
    assert said == {sku: on_hand for sku, (on_hand, _) in shelves.items()}


_SHELVES = text("SELECT sku, on_hand, reserved FROM stock")


_EFFECTS = {
    "restocked": (1, 0),
    "returned": (1, 0),
    "reserved": (0, 1),
    "released": (0, -1),
    "expired": (0, -1),
    "committed": (-1, -1),
}
"""What one item moved does to what is on hand, and to what is reserved of it."""


async def _moved(session: AsyncSession) -> dict[str, tuple[int, int]]:
    sums = {MUG: (0, 0), LAMP: (0, 0)}
    for sku, movement, quantity in await session.execute(text("SELECT sku, movement, quantity FROM movements")):
        on_hand, reserved = _EFFECTS[movement]
        sums[sku] = sums[sku][0] + on_hand * quantity, sums[sku][1] + reserved * quantity
    return {str(sku): each for sku, each in sums.items()}


async def check_ledger(world: World) -> None:
    """Every transfer sums to zero, nothing is held, and what was earned is what paid orders cost."""
    async with world.databases["orders"].read() as session:
        total = await session.scalar(text("SELECT coalesce(sum(total), 0) FROM orders WHERE state = 'paid'")) or 0
    async with world.databases["payments"].read() as session:
        sums = await session.execute(text("SELECT sum(debit) - sum(credit) FROM entries GROUP BY transfer"))
        assert set(sums.scalars()) <= {0}
        rows = await session.execute(text("SELECT account, sum(debit) - sum(credit) FROM entries GROUP BY account"))
        balances = {account: amount for account, amount in rows if amount}
    assert balances == ({"provider:receivable": total, "sales:clearing": -total} if total else {})
