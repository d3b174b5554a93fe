"""The rules of payments and of their ledger that need nothing but values."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from contracts.payments import DeclineReason, PaymentId, PaymentState, RefundId, RefundState, RefusalReason


class Standing(StrEnum):
    """How a payment stands with the provider. ``PROCESSING`` becomes one of the others by itself."""

    PROCESSING = "processing"
    HELD = "held"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"


class Answer(msgspec.Struct, frozen=True):
    """What the provider says of a payment; ``reason`` only where it was declined."""

    standing: Standing
    reason: DeclineReason | None = None


class RefundAnswer(msgspec.Struct, frozen=True):
    """What the provider says of a refund; ``refused`` is why it will never be done, where that is so."""

    state: RefundState
    refused: RefusalReason | None = None


class Doing(StrEnum):
    """What the provider was, or is about to be, asked to do; the outcome is not known yet."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"

    def is_done(self, state: PaymentState) -> bool:
        """Say whether nothing is left to be done of this where a payment stands so."""
        if self is Doing.AUTHORISE:
            return state is not PaymentState.PENDING
        return state not in (PaymentState.PENDING, PaymentState.AUTHORISED)


class Posting(msgspec.Struct, frozen=True):
    """One line of a transfer; exactly one side is more than zero. Minor units."""

    account: str
    debit: int = 0
    credit: int = 0


_NEXT: Mapping[tuple[PaymentState, Standing], tuple[PaymentState, ...]] = {
    (PaymentState.PENDING, Standing.HELD): (PaymentState.AUTHORISED,),
    (PaymentState.PENDING, Standing.DECLINED): (PaymentState.DECLINED,),
    (PaymentState.PENDING, Standing.CAPTURED): (PaymentState.AUTHORISED, PaymentState.CAPTURED),
    (PaymentState.PENDING, Standing.VOIDED): (PaymentState.VOIDED,),
    (PaymentState.AUTHORISED, Standing.DECLINED): (PaymentState.VOIDED,),
    (PaymentState.AUTHORISED, Standing.CAPTURED): (PaymentState.CAPTURED,),
    (PaymentState.AUTHORISED, Standing.VOIDED): (PaymentState.VOIDED,),
}
"""What a payment goes through, to the last. One may be captured that was never known to be held: the provider captures
at once, or the books are older than it. One that was held and is declined gives up the hold."""

HELD, HOLDS = "provider:held", "customers:holds"
"""A memorandum of what the provider holds for us, and of those for whom it does."""
RECEIVABLE, SALES = "provider:receivable", "sales:clearing"
"""What the provider owes us, and what was earned by it."""
MIRRORED = (HELD, HOLDS), (RECEIVABLE, SALES)
"""All accounts: what one of a pair has, the other lacks, in each transfer too."""

_DEBITED_AND_CREDITED: Mapping[tuple[PaymentState, PaymentState], tuple[tuple[str, str], ...]] = {
    (PaymentState.PENDING, PaymentState.AUTHORISED): ((HELD, HOLDS),),
    (PaymentState.AUTHORISED, PaymentState.VOIDED): ((HOLDS, HELD),),
    (PaymentState.AUTHORISED, PaymentState.CAPTURED): ((HOLDS, HELD), (RECEIVABLE, SALES)),
}

BOOKED_BY: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.AUTHORISED: frozenset({PaymentState.AUTHORISED, PaymentState.CAPTURED, PaymentState.VOIDED}),
    PaymentState.CAPTURED: frozenset({PaymentState.CAPTURED}),
    PaymentState.VOIDED: frozenset({PaymentState.VOIDED}),
}
"""The states that have a transfer of their own in the ledger, each with those in which a payment may have made it."""


def next_states(state: PaymentState, standing: Standing) -> tuple[PaymentState, ...]:
    """Return what becomes of a payment, one after the other, when the provider says how it stands; mostly nothing."""
    return _NEXT.get((state, standing), ())


def postings(before: PaymentState, after: PaymentState, amount: int) -> tuple[Posting, ...]:
    """Return what a change of state moves in the ledger: in pairs, so that debits equal credits."""
    return tuple(
        posting
        for debited, credited in _DEBITED_AND_CREDITED.get((before, after), ())
        for posting in (Posting(debited, debit=amount), Posting(credited, credit=amount))
    )


def refund_postings(amount: int) -> tuple[Posting, ...]:
    """Return what a refund moves in the ledger: what it takes back of a capture."""
    return Posting(SALES, debit=amount), Posting(RECEIVABLE, credit=amount)


def transfer_of(id_: str, state: PaymentState | RefundState) -> str:
    """Return the ledger's name for what a payment's, or a refund's, coming into a state moves."""
    return f"{id_}:{state}"


def new_payment_id() -> PaymentId:
    """Return an id that was never given before, and that nobody can guess."""
    return PaymentId(f"pay_{secrets.token_hex(10)}")


def new_refund_id() -> RefundId:
    """Return an id that was never given before, and that nobody can guess."""
    return RefundId(f"ref_{secrets.token_hex(10)}")
