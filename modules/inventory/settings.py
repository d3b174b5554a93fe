"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message


class InventorySettings(Message):
    """The stock's settings, from ``[modules.inventory]``.

    ``reservation_minutes`` is how long stock is held for an order that is not paid. ``sweep_seconds`` is
    the pause between two searches for reservations that have expired; they count as free before that.
    """

    reservation_minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 15
    sweep_seconds: Annotated[float, Meta(gt=0, le=3600)] = 5.0
