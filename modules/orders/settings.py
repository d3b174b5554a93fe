"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message
from modules.orders.domain import Bracket, Zone


def _brackets(*pairs: tuple[int, int]) -> tuple[Bracket, ...]:
    return tuple(Bracket(up_to_grams=grams, price=price) for grams, price in pairs)


ZONES = (
    Zone(
        countries=("DE",),
        brackets=_brackets((2_000, 490), (10_000, 790), (31_500, 1_490), (120_000, 4_900)),
    ),
    Zone(
        countries=("AT", "BE", "CZ", "DK", "FR", "LU", "NL", "PL"),
        brackets=_brackets((2_000, 990), (10_000, 1_490), (31_500, 2_490), (120_000, 8_900)),
    ),
    Zone(
        countries=(
            *("BG", "CY", "EE", "ES", "FI", "GR", "HR", "HU", "IE", "IT"),
            *("LT", "LV", "MT", "PT", "RO", "SE", "SI", "SK"),
        ),
        brackets=_brackets((2_000, 1_290), (10_000, 1_990), (31_500, 3_490)),
    ),
    Zone(
        countries=("CH", "GB", "IS", "LI", "NO"),
        brackets=_brackets((2_000, 1_790), (10_000, 2_990), (31_500, 4_990)),
    ),
)


class OrdersSettings(Message):
    """The orders' settings, from ``[modules.orders]``.

    ``zones`` is the delivery table: to a country that stands in none of them nothing is delivered.
    ``payment_minutes`` is how long an order may take until its payment is authorised; then it is given up.
    ``concurrency`` is how many orders one instance works on at the same time. An order that a stopped
    instance was working on goes on after ``lease_seconds``. What other instances wrote is looked for every
    ``poll_seconds``. A step that fails is tried again after ``retry_seconds``, then after twice that, and
    so on up to ``longest_retry_seconds``. The store may revoke a paid order for ``revocable_days`` from its placing.
    """

    zones: tuple[Zone, ...] = ZONES
    payment_minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 10
    concurrency: Annotated[int, Meta(ge=1, le=1000)] = 16
    lease_seconds: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    poll_seconds: Annotated[float, Meta(gt=0, le=60)] = 0.5
    retry_seconds: Annotated[float, Meta(gt=0, le=60)] = 0.2
    revocable_days: Annotated[int, Meta(ge=0, le=3650)] = 60
    longest_retry_seconds: Annotated[float, Meta(gt=0, le=3600)] = 10.0
