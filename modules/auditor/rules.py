"""The rules of the books: what must be so, and the sentence that says how it is not.

An order is judged together with its payment and its reservation by the state it is in. Each sentence here holds for as
long as an order is in that state, from its first instant to its last; that is what lets values of different instants
be compared (see `modules.auditor.auditor`). Amounts are in the minor unit of their currency. What takes too long is
judged in `modules.auditor.times`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeGuard

from contracts.inventory import Count, ReservationBook, ReservationState, StockBook
from contracts.kit import Finding
from contracts.orders import OrderBook, OrderState
from contracts.payments import LedgerBook, PaymentBook, PaymentState, Refund, RefundState
from contracts.values import Money, OrderId, Sku


class Rule(StrEnum):
    """The rules by name, as findings and metrics give them."""

    LEDGER_BALANCED = "ledger-balanced"
    LEDGER_COMPLETE = "ledger-complete"
    PAYMENT_OF_ORDER = "payment-of-order"
    PAYMENT_IN_TIME = "payment-in-time"
    STOCK_OF_ORDER = "stock-of-order"
    STOCK_ADDS_UP = "stock-adds-up"
    RESERVATION_OF_ORDER = "reservation-of-order"
    ORDER_IN_TIME = "order-in-time"


class Case(NamedTuple):
    """An order with what payments and stock have for it; None for what there is not."""

    order_id: OrderId
    order: OrderBook | None
    payment: PaymentBook | None
    reservation: ReservationBook | None


LASTING = frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED})


def judge_case(case: Case) -> Iterator[Finding]:
    """Say what is wrong with an order and what belongs to it."""
    if case.order is None:
        yield from _judge_orphan(case)
    else:
        for problem in _problems_of_payment(case.order, case.payment):
            yield Finding(rule=Rule.PAYMENT_OF_ORDER.value, subject=case.order_id, problem=problem)
        for problem in _problems_of_stock(case.order, case.reservation):
            yield Finding(rule=Rule.STOCK_OF_ORDER.value, subject=case.order_id, problem=problem)
        if case.order.state in LASTING and _holds(case.reservation):
            problem = f"it is {case.order.state} and still holds {_said(case.reservation.lines)}"
            yield Finding(rule=Rule.RESERVATION_OF_ORDER.value, subject=case.order_id, problem=problem)


def _judge_orphan(case: Case) -> Iterator[Finding]:
    payment, reservation = case.payment, case.reservation
    if payment is not None:
        problem = (
            f"payment {payment.payment.id} of {_amount(payment)} is {payment.payment.state}, and there is no such order"
        )
        yield Finding(rule=Rule.PAYMENT_OF_ORDER.value, subject=case.order_id, problem=problem)
    if reservation is not None and reservation.left != reservation.came_back:
        problem = f"{_said(reservation.left)} left the stock, and there is no such order"
        yield Finding(rule=Rule.STOCK_OF_ORDER.value, subject=case.order_id, problem=problem)
    if _holds(reservation):
        problem = f"{_said(reservation.lines)} are held, and there is no such order"
        yield Finding(rule=Rule.RESERVATION_OF_ORDER.value, subject=case.order_id, problem=problem)


def _problems_of_payment(order: OrderBook, payment: PaymentBook | None) -> Iterator[str]:
    """Captured are the totals of paid orders, which keep what is not refunded; of ended ones, all was given back.

    A refund that was refused needs somebody: it is found from the first instant on until it is asked for again.
    """
    if payment is None:
        if order.state in (OrderState.CONFIRMED, OrderState.PAID):
            yield f"it is {order.state}, and there is no payment"
        return
    state, total = payment.payment.state, order.total
    if payment.payment.amount != total:
        yield f"it comes to {total.amount} {total.currency}, and its payment to {_amount(payment)}"
        return
    kept = total.amount - payment.payment.refunded if state is PaymentState.CAPTURED else 0
    match order.state:
        case OrderState.PLACED if state is PaymentState.CAPTURED:
            yield "its payment is captured before it is confirmed"
        case OrderState.CONFIRMED if state in (PaymentState.PENDING, PaymentState.DECLINED):
            yield f"it is confirmed, and its payment is {state}"
        case OrderState.PAID if state is not PaymentState.CAPTURED:
            yield f"it is paid, and its payment is {state}"
        case OrderState.PAID if kept < 0:
            yield f"it is paid, and {payment.payment.refunded} {total.currency} of it were given back"
        case OrderState.CANCELLING | OrderState.CANCELLED if kept != 0 and (refused := _refusal(payment)) is not None:
            yield f"it is {order.state}, and the provider refused to refund {_money(refused.amount)}: {refused.refused}"
        case OrderState.CANCELLED | OrderState.REJECTED if state in (PaymentState.PENDING, PaymentState.AUTHORISED):
            yield f"it is {order.state}, and its payment is still {state}"
        case OrderState.CANCELLED | OrderState.REJECTED if kept != 0:
            yield f"it is {order.state}, and {kept} {total.currency} were captured and not given back"
        case OrderState.CANCELLED | OrderState.REJECTED if any(
            refund.state is RefundState.PENDING and refund.refused is None for refund in payment.refunds
        ):
            yield f"it is {order.state}, and its refund is not done"


def _problems_of_stock(order: OrderBook, reservation: ReservationBook | None) -> Iterator[str]:
    """Sold is what a paid order consists of, part of which may have come back; all came back of one that ended."""
    wanted = {line.sku: line.quantity for line in order.lines}
    left = _quantities(() if reservation is None else reservation.left)
    back = _quantities(() if reservation is None else reservation.came_back)
    if left and left != wanted:
        yield f"it has {_said_of(wanted)}, and {_said_of(left)} left the stock"
        return
    match order.state:
        case OrderState.PLACED if left:
            yield f"{_said_of(left)} left the stock before it is confirmed"
        case OrderState.PAID if not left:
            yield f"it is paid, and its {_said_of(wanted)} did not leave the stock"
        case OrderState.CANCELLED | OrderState.REJECTED if left != back:
            yield f"it is {order.state}; {_said_of(left)} left the stock, and {_said_of(back)} came back"
        case _ if _exceeds(back, left):
            yield f"{_said_of(left)} left the stock, and {_said_of(back)} came back"
        case OrderState.CONFIRMED if back and order.step != "restock":
            yield f"it is confirmed and waits to {order.step}, and {_said_of(back)} came back"


def judge_payment(book: PaymentBook) -> Iterator[Finding]:
    """Say what is wrong with a payment by itself: in its refunds, and in what the ledger has of it."""
    payment, problems = book.payment, list[str]()
    amount, captured = payment.amount.amount, payment.state is PaymentState.CAPTURED
    refunded = sum(refund.amount.amount for refund in book.refunds if refund.refused is None)
    done = sum(refund.amount.amount for refund in book.refunds if refund.state is RefundState.DONE)
    if refunded != payment.refunded or refunded > (amount if captured else 0):
        problems.append(f"{refunded} refunded by its refunds and {payment.refunded} by itself, of {_amount(book)}")
    held = amount if payment.state is PaymentState.AUTHORISED else 0
    taken = amount - done if captured else 0
    if (book.held, book.taken) != (held, taken):
        problems.append(
            f"it is {payment.state} with {held} held and {taken} taken, and the ledger has {book.held} and {book.taken}"
        )
    for refund in book.refunds:
        if refund.amount.currency != payment.amount.currency:
            given_back = f"{refund.amount.amount} {refund.amount.currency}"
            problems.append(f"{given_back} refunded by its refund {refund.id}, of {_amount(book)}")
    problems += [f"its refund {each} was asked for of another payment" for each in book.elsewhere]
    if problems:
        yield Finding(rule=Rule.LEDGER_COMPLETE.value, subject=payment.order_id, problem="; ".join(problems))


def judge_ledger(book: LedgerBook) -> Iterator[Finding]:
    """Say what is wrong with the ledger in one currency."""
    if book.sum != 0:
        yield Finding(
            rule=Rule.LEDGER_BALANCED.value, subject=book.currency, problem=f"the accounts' sum is {book.sum}, not 0"
        )
    for transfer in book.unbalanced:
        problem = f"its debits are not its credits, in {book.currency}"
        yield Finding(rule=Rule.LEDGER_BALANCED.value, subject=transfer, problem=problem)
    for transfer in book.strays:
        problem = f"no payment or refund would have made it like this, in {book.currency}"
        yield Finding(rule=Rule.LEDGER_COMPLETE.value, subject=transfer, problem=problem)
    for what, has, shall in (
        ("held", book.held, book.authorised),
        ("taken", book.taken, book.captured - book.refunded),
    ):
        if has != shall:
            problem = f"the ledger has {has} {what}, and payments and refunds come to {shall}"
            yield Finding(rule=Rule.LEDGER_COMPLETE.value, subject=f"{book.currency} {what}", problem=problem)


def judge_stock(book: StockBook) -> Iterator[Finding]:
    """Say what is wrong with the stock of a SKU by itself."""
    problems = []
    if book.on_hand < 0 or book.reserved < 0 or book.reserved > book.on_hand:
        problems.append(f"{book.on_hand} are on hand and {book.reserved} of them reserved")
    if book.on_hand != book.received - book.left + book.came_back:
        sums = f"{book.received} were received, {book.left} left, {book.came_back} came back"
        problems.append(f"{sums}: {book.on_hand} cannot be on hand")
    if book.reserved != book.held:
        problems.append(f"{book.reserved} are reserved, and reservations hold {book.held}")
    for stray in book.strays:
        whose = stray.order_id or "no order"
        problems.append(f"{stray.left} left for {whose}, which has no reservation, and {stray.came_back} came back")
    if problems:
        yield Finding(rule=Rule.STOCK_ADDS_UP.value, subject=book.sku, problem="; ".join(problems))


def judge_reservation(book: ReservationBook) -> Iterator[Finding]:
    """Say what is wrong with a reservation by itself: in what left the stock for it."""
    shall = _quantities(book.lines) if book.state is ReservationState.COMMITTED else {}
    left, back = _quantities(book.left), _quantities(book.came_back)
    if left != shall:
        problem = f"its reservation of {_said(book.lines)} is {book.state}, and {_said_of(left)} left the stock"
        yield Finding(rule=Rule.STOCK_OF_ORDER.value, subject=book.order_id, problem=problem)
    elif _exceeds(back, left):
        problem = f"{_said_of(left)} left the stock, and {_said_of(back)} came back"
        yield Finding(rule=Rule.STOCK_OF_ORDER.value, subject=book.order_id, problem=problem)


def _holds(reservation: ReservationBook | None) -> TypeGuard[ReservationBook]:
    return reservation is not None and reservation.state is ReservationState.HELD


def _quantities(counts: Iterable[Count]) -> dict[Sku, int]:
    return {each.sku: each.quantity for each in counts}


def _refusal(payment: PaymentBook) -> Refund | None:
    return next((each for each in reversed(payment.refunds) if each.refused is not None), None)


def _exceeds(quantities: dict[Sku, int], others: dict[Sku, int]) -> bool:
    return any(quantity > others.get(sku, 0) for sku, quantity in quantities.items())


def _amount(book: PaymentBook) -> str:
    return _money(book.payment.amount)


def _money(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _said(counts: Iterable[Count]) -> str:
    return _said_of(_quantities(counts))


def _said_of(quantities: dict[Sku, int]) -> str:
    return ", ".join(f"{quantity} {sku}" for sku, quantity in sorted(quantities.items())) or "nothing"
