"""The webhooks, as the host sees them."""

from __future__ import annotations

from contracts.kit import Module
from contracts.payments import Payments
from modules.webhooks.container import WebhooksContainer

__all__ = ["module"]

module = Module(
    name="webhooks",
    container=WebhooksContainer,
    optional=(Payments,),
    web=lambda container: container.web(),
    path="/webhooks",
)
