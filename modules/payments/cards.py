"""The test cards: which awkward case of a provider each of them plays."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contracts.payments import DeclineReason


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """How the sandbox behaves towards a card.

    ``is_slow``: holding and refunding take a while, for which the answer waits; with ``answers_early`` it does not,
    but says that the matter is being processed. ``loses``: the first answer to each request is lost, though it was
    done. ``calls_back``: each change is notified when it is done, so many times over. ``notice_comes_first``: the
    change is done at once, and only the answer takes a while. ``refuses_refunds``: so many refunds of a payment are
    refused for good before one is given.
    """

    decline: DeclineReason | None = None
    is_slow: bool = False
    answers_early: bool = False
    loses: bool = False
    calls_back: int = 0
    notice_comes_first: bool = False
    refuses_refunds: int = 0


CARDS: Mapping[str, Card] = {
    "tok_success": Card(),
    "tok_slow": Card(is_slow=True),
    "tok_lost": Card(loses=True),
    "tok_late": Card(is_slow=True, answers_early=True, calls_back=1),
    "tok_twice": Card(calls_back=2),
    "tok_early": Card(calls_back=1, notice_comes_first=True),
    "tok_closed": Card(refuses_refunds=1),
    "tok_decline": Card(decline=DeclineReason.DECLINED),
    "tok_insufficient_funds": Card(decline=DeclineReason.INSUFFICIENT_FUNDS),
}

CLOSED = "card_closed"
"""The sandbox's word for why it refuses a refund."""

UNKNOWN = Card(decline=DeclineReason.UNKNOWN_CARD)
"""For every other token."""


def card_of(token: str) -> Card:
    """Return the card that a token stands for."""
    return CARDS.get(token, UNKNOWN)
