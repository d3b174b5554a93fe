"""What the store may ask of its payments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, NewType, Protocol

from msgspec import Meta

from contracts.kit import OPERATOR, SYSTEM, Error, Event, Message, command, contract, process, query
from contracts.values import Currency, Money, OrderId

PaymentId = NewType("PaymentId", str)
PaymentToken = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="What the provider's form gave for a card; never a card number."),
]


class PaymentState(StrEnum):
    """Where a payment stands. ``PENDING``: the provider has not answered yet."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"


class Payment(Message):
    """One payment for one order."""

    id: PaymentId
    order_id: OrderId
    amount: Money
    state: PaymentState


class Balance(Message):
    """What one account of the double-entry ledger holds; debits are positive."""

    account: str
    amount: int
    currency: Currency


class DeclineReason(StrEnum):
    """Why a provider refused."""

    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    UNKNOWN_CARD = "unknown_card"


class PaymentDeclined(Error):
    """The provider refused the payment; nothing is held."""

    code = "payments.declined"
    reason: DeclineReason


class PaymentNotFound(Error):
    """The order has no payment."""

    code = "payments.not_found"
    order_id: OrderId


class WrongState(Error):
    """The payment's state does not allow this."""

    code = "payments.wrong_state"
    state: PaymentState


class PaymentAuthorised(Event):
    """The provider holds the amount for us."""

    code: ClassVar[str] = "payments.authorised"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    amount: Money


class PaymentCaptured(Event):
    """The amount is ours."""

    code: ClassVar[str] = "payments.captured"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    amount: Money


class PaymentVoided(Event):
    """The hold was given up before any money moved."""

    code: ClassVar[str] = "payments.voided"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    amount: Money


@contract(version=1, events=(PaymentAuthorised, PaymentCaptured, PaymentVoided))
class Payments(Protocol):
    """Authorise, capture and void with a payment provider; a ledger that always sums to zero."""

    @command(process, deadline=15.0, allow=SYSTEM, raises=(PaymentDeclined,))
    async def authorise(self, order_id: OrderId, amount: Money, token: PaymentToken) -> Payment:
        """Have the provider hold an amount for an order.

        An order has one payment: asking again gives the first answer, and PaymentDeclined after it was voided. An
        amount that is not positive is refused with `InvalidArgument`.
        """
        ...

    @command(process, deadline=15.0, allow=SYSTEM, raises=(PaymentNotFound, WrongState))
    async def capture(self, order_id: OrderId) -> Payment:
        """Take the held amount; once is enough. WrongState: it is pending, voided or declined."""
        ...

    @command(process, deadline=15.0, allow=SYSTEM, raises=(WrongState,))
    async def void(self, order_id: OrderId) -> Payment | None:
        """Give up a hold; once is enough, and an order without payment, or declined, is no error (None).

        An order without payment is marked, so that an authorisation arriving later is refused with
        `PaymentDeclined`. WrongState: the amount was captured already.
        """
        ...

    @query(allow=SYSTEM, raises=(PaymentNotFound,))
    async def get_payment(self, order_id: OrderId) -> Payment:
        """Return an order's payment."""
        ...

    @query(allow=OPERATOR)
    async def list_balances(self) -> tuple[Balance, ...]:
        """Return every ledger account's balance; in each currency they sum to zero."""
        ...
