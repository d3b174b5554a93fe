"""What the store may ask of its payments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, NewType, Protocol

from msgspec import Meta

from contracts.kit import ANYONE, OPERATOR, SYSTEM, Error, Event, Message, atomic, command, contract, process, query
from contracts.values import Currency, Instant, Money, OrderId

PaymentId = NewType("PaymentId", str)
RefundId = NewType("RefundId", str)
PaymentToken = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="What the provider's form gave for a card; never a card number."),
]

RefundReference = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="The caller's own name for one refund of an order, for good."),
]
RefusalReason = Annotated[
    str, Meta(min_length=1, max_length=100, description="The provider's own word for why it gives nothing back.")
]
_Header = Annotated[str, Meta(max_length=1000)]


class PaymentState(StrEnum):
    """Where a payment stands. ``PENDING``: the provider has not answered yet."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"


class Payment(Message):
    """One payment for one order.

    ``refunded``: so much of a captured amount, in the minor unit of its currency, was given back or is on its way;
    what the provider refused to give back is not part of it.
    """

    id: PaymentId
    order_id: OrderId
    amount: Money
    state: PaymentState
    refunded: int = 0


class RefundState(StrEnum):
    """Where a refund stands. ``PENDING``: the provider has not said that it is done."""

    PENDING = "pending"
    DONE = "done"


class Refund(Message):
    """One amount given back of one captured payment; the rest of one has its ``id`` as its ``reference``.

    ``refused``: the provider said for good that it will not be, and why; nothing was given back, and nothing is on its
    way. Such a refund is never done, so its state stays ``PENDING``, as those understand it who do not know the field.
    """

    id: RefundId
    order_id: OrderId
    reference: RefundReference
    amount: Money
    state: RefundState
    refused: RefusalReason | None = None


class Notice(Message):
    """A call-back of the provider's as it arrived, to the byte; nothing of it is believed yet.

    ``id``, ``timestamp`` and ``signature`` are its headers ``webhook-id``, ``webhook-timestamp`` and
    ``webhook-signature`` (Standard Webhooks, https://www.standardwebhooks.com).
    """

    id: _Header
    timestamp: _Header
    signature: _Header
    body: bytes


class Balance(Message):
    """What one account of the double-entry ledger holds; debits are positive."""

    account: str
    amount: int
    currency: Currency


class PaymentBook(Message):
    """A payment with its refunds and what the ledger says of it, at one instant, in the minor unit of its currency.

    ``refunds`` are all that were asked for, the refused ones too. The ledger has ``held`` so much for it, and has
    ``taken`` so much, less what was given back. ``waiting`` is since when the provider owes an answer: of the payment
    while that is pending, else of its oldest refund that is neither done nor refused. ``elsewhere`` are refunds
    of the order that were asked for of another payment than this one: there should be none.
    """

    payment: Payment
    refunds: tuple[Refund, ...]
    held: int
    taken: int
    waiting: Instant | None
    elsewhere: tuple[RefundId, ...] = ()


class PaymentBookPage(Message):
    """Payments as the books have them; ``next_cursor`` is None on the last page."""

    payments: tuple[PaymentBook, ...]
    next_cursor: str | None


class LedgerBook(Message):
    """The ledger against all payments, in one currency, at one instant, in its minor unit.

    ``sum`` is that of all accounts. The ledger's ``held`` stands against what payments have ``authorised``, its
    ``taken`` against what they have ``captured`` less what was ``refunded`` for good. ``unbalanced`` are transfers of
    the ledger whose sides differ, ``strays`` those that no payment or refund would have made: of nobody's, or with some
    of it on an account that is not for it. The first 20 of each, by name.
    """

    currency: Currency
    sum: int
    held: int
    authorised: int
    taken: int
    captured: int
    refunded: int
    unbalanced: tuple[str, ...]
    strays: tuple[str, ...]


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


class RefundTooLarge(Error):
    """More would be given back than was taken; ``left`` can be."""

    code = "payments.refund_too_large"
    left: Money


class NoticeRefused(Error):
    """The call-back is not from the provider, or is too old; which of them is not said."""

    code = "payments.notice_refused"


class NoticeUnreadable(Error):
    """The call-back is from the provider, but is none that is known here."""

    code = "payments.notice_unreadable"


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


class PaymentRefunded(Event):
    """Some of what was ours was given back."""

    code: ClassVar[str] = "payments.refunded"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    refund_id: RefundId
    amount: Money


class PaymentRefundRefused(Event):
    """The provider refused for good to give back some of what was ours: it still is, and somebody has to see to it."""

    code: ClassVar[str] = "payments.refund_refused"
    key: ClassVar[str] = "order_id"
    order_id: OrderId
    refund_id: RefundId
    amount: Money
    reason: RefusalReason


@contract(version=1, events=(PaymentAuthorised, PaymentCaptured, PaymentVoided, PaymentRefunded, PaymentRefundRefused))
class Payments(Protocol):
    """Authorise, capture, void and refund with a payment provider; a ledger that always sums to zero.

    `Unavailable` with ``may_have_executed`` says that the provider's answer is not known. What became of it is
    found out by asking the provider, without the caller too; the same call again tells.
    """

    @command(process, deadline=15.0, allow=SYSTEM, raises=(PaymentDeclined,))
    async def authorise(self, order_id: OrderId, amount: Money, token: PaymentToken) -> Payment:
        """Have the provider hold an amount for an order.

        An order has one payment: asking again gives the first answer, whatever the token, and PaymentDeclined after it
        was voided. `InvalidArgument`: the amount is not positive, or not that of the payment which the order has.
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

    @command(process, deadline=15.0, allow=SYSTEM, raises=(PaymentNotFound, WrongState, RefundTooLarge))
    async def refund(self, order_id: OrderId, amount: Money, reference: RefundReference) -> Refund:
        """Give back a captured amount, or a part of it.

        Each reference is one refund: asking again tells how that stands, and until it is done or refused asks the
        provider too. One that was refused stays so, and what it was to give back may be asked for under another
        reference, which is a new refund to the provider; that is for somebody to decide who knows what has changed.
        `InvalidArgument`: the reference stands for another amount, or the amount is not positive, or of another
        currency than the payment. WrongState: nothing was captured. RefundTooLarge: with the order's other refunds,
        those under way too, it would be more than was captured; nothing was given back.
        """
        ...

    @command(process, deadline=15.0, allow=SYSTEM, raises=(PaymentNotFound, WrongState))
    async def refund_rest(
        self, order_id: OrderId, refusals: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    ) -> Refund | None:
        """Give back whatever of a captured payment has neither been given back nor is under way.

        The amount is fixed when it is first asked for: asking again tells how that refund stands, and until it is done
        or refused asks the provider too. Its reference is its id, which no caller can have taken. Where nothing is left
        but another refund is under way, the provider is asked for that one and it is told: a rest that is done, and
        None where none was needed, say that everything was given back.

        What a provider refuses for good is still the customer's, and so it is left again. What it refused under a
        caller's reference belongs to the rest; a rest that it refused is told until the caller says by ``refusals`` of
        how many of them it knows, and only then asked for anew, as a new refund to the provider. WrongState: nothing
        was captured.
        """
        ...

    @command(atomic, allow=ANYONE, raises=(NoticeRefused, NoticeUnreadable))
    async def take_notice(self, notice: Notice) -> None:
        """Take a call-back from the provider; its signature alone says whose it is, whoever brings it.

        It only says that there is something to ask the provider for, which is done afterwards: so it may come late,
        early, twice and in any order. One about a payment that is not known here is remembered and does nothing.
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

    @query(deadline=5.0, allow=OPERATOR)
    async def list_books(
        self, cursor: Annotated[str, Meta(max_length=100)] | None, limit: Annotated[int, Meta(ge=1, le=200)] = 100
    ) -> PaymentBookPage:
        """Return a page of all payments, for an audit; one that is begun meanwhile may be left out."""
        ...

    @query(deadline=5.0, allow=OPERATOR)
    async def get_books(
        self, order_ids: Annotated[tuple[OrderId, ...], Meta(max_length=200)]
    ) -> tuple[PaymentBook, ...]:
        """Return the payments of those of these orders that have one, in any order."""
        ...

    @query(deadline=60.0, allow=OPERATOR)
    async def get_ledger(self) -> tuple[LedgerBook, ...]:
        """Return the whole ledger against all payments, a currency each; it takes seconds where there are many."""
        ...
