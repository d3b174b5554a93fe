"""The subscriptions that a module's manifest asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from app.events.subscription import Subscription
from app.runtime.instance import Instance
from app.runtime.part import Part
from app.runtime.plan import publisher_of
from contracts.kit.outbox import Outbox

log = logging.getLogger("freestone.host")


def subscribe(instance: Instance, parts: Iterable[Part], outbox: Callable[[str], Outbox]) -> list[Subscription]:
    """Return one subscription for each publisher, among ``parts``, to whose events the module listens."""
    module, publishers = instance.part.module, tuple(parts)
    assert module is not None
    by_publisher: dict[str, dict[Any, Any]] = {}
    for event, handler in module.listens.items():
        publisher = publisher_of(event, publishers)
        if publisher is None:
            log.warning("module %s listens to %s, which no module here publishes", module.name, event.code)
        else:
            by_publisher.setdefault(publisher.name, {})[event] = handler
    return [
        Subscription(module.name, name, outbox(name), instance.database, handlers)
        for name, handlers in by_publisher.items()
        if instance.database is not None
    ]
