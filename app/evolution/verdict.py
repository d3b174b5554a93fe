"""What a change means for those who call: in which order to upgrade, or that no order will do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """In which order a change can be brought out. In between, both versions call each other."""

    SAFE = "safe"
    PROVIDER_FIRST = "provider first"
    CALLERS_FIRST = "callers first"
    BREAKING = "breaking"


class Part(StrEnum):
    """Which way the changed values travel; ``CALL`` is what holds of the operation as a whole."""

    REQUEST = "request"
    RESPONSE = "response"
    EVENT = "event"
    CALL = "call"


class Change(msgspec.Struct, frozen=True):
    """One thing that differs between two versions of a contract.

    ``place`` is the operation, or the event, with the path of fields; ``owner`` the message's field that changed
    (``Money.amount``), empty where it is none; ``more`` counts other places where the same field travels the same way.
    ``what`` says old → new; ``why`` is a sentence without its full stop.
    """

    contract: str
    part: Part
    place: str
    owner: str
    what: str
    verdict: Verdict
    why: str
    more: int = 0


def verdict(*, provider_first: bool, callers_first: bool) -> Verdict:
    """Return the verdict that leaves these orders."""
    if provider_first and callers_first:
        return Verdict.SAFE
    if provider_first:
        return Verdict.PROVIDER_FIRST
    return Verdict.CALLERS_FIRST if callers_first else Verdict.BREAKING


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of several changes that are brought out together: breaking where no order serves all."""
    found = set(verdicts)
    return verdict(
        provider_first=found <= {Verdict.SAFE, Verdict.PROVIDER_FIRST},
        callers_first=found <= {Verdict.SAFE, Verdict.CALLERS_FIRST},
    )
