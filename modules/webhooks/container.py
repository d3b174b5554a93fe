"""What the webhooks need, and the web application made of it."""

from __future__ import annotations

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from starlette.applications import Starlette

from contracts.payments import Payments
from modules.webhooks.app import create_app


class WebhooksContainer(DeclarativeContainer):
    """Payments may be absent; the provider is then told to call again later."""

    payments: providers.Provider[Payments] = providers.Dependency(instance_of=Payments)
    web: providers.Provider[Starlette] = providers.Singleton(create_app, payments)
