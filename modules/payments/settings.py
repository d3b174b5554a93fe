"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message

WebhookSecret = Annotated[
    str, Meta(pattern=r"^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$(?!\n)")
]
"""As Standard Webhooks writes them: 24 to 64 bytes in base64."""


class PaymentsSettings(Message):
    """The payments' settings, from ``[modules.payments]``.

    ``settle_after_seconds``: so long after a call to the provider began, its outcome is looked for if it is
    not known yet, and again at these intervals. ``abandon_minutes``: an authorisation that the provider
    has not heard of after so long never arrived and is given up; more than an order takes to give up
    by itself. ``webhook_secrets`` are what the provider signs its call-backs with, as it gives them out
    (``whsec_…``): several while one takes another's place, and without any no call-back from outside is taken.
    ``sandbox_slow_seconds`` is what the sandbox takes for its slow cards.
    """

    settle_after_seconds: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    abandon_minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 15
    webhook_secrets: tuple[WebhookSecret, ...] = ()
    sandbox_slow_seconds: Annotated[float, Meta(ge=0, le=60)] = 2.0
