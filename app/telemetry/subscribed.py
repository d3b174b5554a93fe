"""How a host's subscriptions get on, as metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from app.events.subscription import Subscription


def subscribed(subscriptions: Iterable[Subscription]) -> Iterator[Metric]:
    """Yield each family of them; of replicas only the one that does the work has samples."""
    from prometheus_client.core import GaugeMetricFamily

    unread = GaugeMetricFamily(
        "freestone_events_unread_seconds",
        "The age of the oldest event that the subscriber may not have read.",
        labels=["subscriber", "publisher"],
    )
    set_aside = GaugeMetricFamily(
        "freestone_events_set_aside",
        "Events that could not be handled, and those that wait behind them.",
        labels=["subscriber", "publisher"],
    )
    for each in subscriptions:
        for family, value in ((unread, each.behind), (set_aside, each.set_aside)):
            if value is not None:
                family.add_metric([each.subscriber, each.publisher], value)
    yield from (unread, set_aside)
