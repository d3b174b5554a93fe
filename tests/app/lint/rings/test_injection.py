"""Providers named by text, needs with stand-ins and containers that are changed are found."""

from __future__ import annotations

import pytest

from app.lint.rings.injection import READERS
from tests.app.lint.judging import lines, said

CONTAINER = "modules.orders.container"


@pytest.mark.parametrize(
    "text",
    [
        "providers.Singleton('modules.orders.service.OrdersService')",
        "providers.Factory(f'modules.{name}')",
        "providers.Singleton[Orders]('modules.orders.service.OrdersService')",
        "providers.Callable('x.y')",
        "providers.Singleton(provides='x.Y')",
        "providers.Dependency(instance_of='Catalog')",
        "providers.Dependency(instance_of=Catalog, default=None)",
        "container.database.override(other)",
        "container.wire(packages=['x'])",
        "service.set_provides(Other)",
        "providers.Factory('.'.join(parts))",
        "providers.Factory('modules.' + name)",
        "providers.Dependency()",
    ],
)
def test_a_broken_container_is_found(text: str) -> None:
    assert lines(READERS, f"from dependency_injector import providers\n{text}", CONTAINER) == [2]


@pytest.mark.parametrize(
    "text",
    [
        "providers.Object('a text')",
        "providers.Singleton(Orders, 'a text')",
        "providers.Singleton(Orders, name='x')",
        "providers.Dependency(instance_of=Catalog)",
        "other.Singleton('x')",
        "Singleton('x')",
    ],
)
def test_a_lawful_container_is_not(text: str) -> None:
    assert said(READERS, f"from dependency_injector import providers\n{text}", CONTAINER) == []


def test_a_container_is_not_changed_by_who_is_handed_it() -> None:
    assert lines(READERS, "async def seed(container):\n    container.clock.override(x)", "modules.orders.seed") == [2]
    text = "async def seed(made: OrdersContainer):\n    made.service().override(x)"
    assert lines(READERS, text, "modules.orders.seed") == [2]
    assert lines(READERS, "def f(self, price): self.prices.override(price)", "modules.orders.seed") == []
    assert lines(READERS, "from typing import override\n@override\ndef f(): ...", "modules.orders.seed") == []


def test_the_host_hands_needs_in() -> None:
    text = "from dependency_injector import providers\ndependency.override(providers.Object(x))"
    assert said(READERS, text, "app.runtime.instance") == []
