"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message


class AuditorSettings(Message):
    """The auditor's settings, from ``[modules.auditor]``.

    An order that is on its way, in the same place of its timeline, for ``order_minutes`` is stuck: more than orders may
    take to be paid (``payment_minutes`` of [modules.orders]). A payment that the provider has not decided on for
    ``payment_minutes`` is, too: more than the payments' ``abandon_minutes``; and a refund that it has not confirmed for
    ``refund_hours``. What seems wrong is looked at again after ``grace_seconds``; what is late, until nothing of it has
    gone on for five times that, which is longer than ``longest_retry_seconds`` of [modules.orders].
    """

    order_minutes: Annotated[int, Meta(ge=1, le=30 * 24 * 60)] = 15
    payment_minutes: Annotated[int, Meta(ge=1, le=30 * 24 * 60)] = 30
    refund_hours: Annotated[int, Meta(ge=1, le=365 * 24)] = 72
    grace_seconds: Annotated[float, Meta(ge=0, le=60)] = 2.0
