"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message


class CartSettings(Message):
    """The carts' settings, from ``[modules.cart]``.

    A guest's cart is removed when nothing was put into it or changed for ``guest_days``.
    """

    guest_days: Annotated[int, Meta(ge=1, le=3650)] = 90
