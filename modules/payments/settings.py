"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message


class PaymentsSettings(Message):
    """The payments' settings, from ``[modules.payments]``.

    ``settle_after_seconds``: so long after a call to the provider began, its outcome is looked for if it is
    not known yet, and again at these intervals. ``abandon_minutes``: an authorisation that the provider
    has not heard of after so long never arrived and is given up; more than an order takes to give up
    by itself. ``sandbox_slow_seconds`` is what the sandbox takes for its slow card.
    """

    settle_after_seconds: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    abandon_minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 15
    sandbox_slow_seconds: Annotated[float, Meta(ge=0, le=60)] = 2.0
