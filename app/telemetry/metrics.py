"""A host's metrics in Prometheus' text format, gathered when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from app.runtime.binding import Binding
from app.runtime.route import BUCKETS, Route
from app.telemetry.audited import audited
from app.telemetry.subscribed import subscribed

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from app.events.subscription import Subscription
    from app.runtime.auditing import Audits

SHORTEST, LONGEST = 12, 36
"""The buckets that are shown, as exponents of two nanoseconds: 4 µs to 69 s; what is shorter counts to the first."""


class Metrics:
    """The metrics of a host: what its ``bindings`` measured, how often the transaction guard was needed, audits, and
    how its ``subscriptions`` get on.

    The process's own memory and CPU time are among them where the system tells (Linux). May be asked for in any
    thread.
    """

    def __init__(
        self,
        bindings: Callable[[], Iterable[Binding]],
        violations: Callable[[], int],
        audits: Audits | None = None,
        subscriptions: Callable[[], Iterable[Subscription]] = tuple,
    ) -> None:
        self._bindings = bindings
        self._audits = audits
        self._subscriptions = subscriptions
        self._violations = violations
        self._registry: CollectorRegistry | None = None

    def __call__(self) -> bytes:
        """Return everything as text."""
        # Here, since most hosts are never asked, and it brings a server of its own along.
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield each family of metrics; asked for by the registry."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        bindings = list(self._bindings())
        yield from _calls(route for each in bindings for route in each.routes)
        under_way = GaugeMetricFamily(
            "freestone_calls_under_way", "Calls that are being executed.", labels=["contract"]
        )
        for each in bindings:
            under_way.add_metric([f"{each.name}.v{each.contract.version}"], len(each.target.calls))
        yield under_way
        yield CounterMetricFamily(
            "freestone_transaction_guard_violations",
            "Calls made from within the caller's own write transaction.",
            value=self._violations(),
        )
        if self._audits is not None:
            yield from audited(self._audits)
        yield from subscribed(self._subscriptions())


def _calls(routes: Iterable[Route]) -> Iterator[Metric]:
    """What routes measured; two versions of a contract count as one, since their operations share their names."""
    from prometheus_client.core import CounterMetricFamily, Metric

    seconds: dict[tuple[str, str], list[int]] = {}
    failures: Counter[tuple[str, str, str]] = Counter()
    for route in routes:
        found = seconds.setdefault((route.caller, route.name), [0] * BUCKETS)
        for exponent, count in enumerate(route.buckets):
            found[exponent] += count
        for code, count in list(route.errors.items()):
            failures[route.caller, route.name, code] += count
    # By hand, since the family for histograms gives no count without a sum, which nobody measured.
    calls = Metric("freestone_calls_seconds", "How long calls took, by who called what.", "histogram")
    for (caller, operation), buckets in seconds.items():
        if any(buckets):
            labels = {"caller": caller, "operation": operation}
            for bound, count in _cumulated(buckets):
                calls.add_sample("freestone_calls_seconds_bucket", {**labels, "le": bound}, count)
            calls.add_sample("freestone_calls_seconds_count", labels, sum(buckets))
    yield calls
    errors = CounterMetricFamily(
        "freestone_call_errors", "Calls that failed, by the error's code.", labels=["caller", "operation", "code"]
    )
    for labelled, count in failures.items():
        errors.add_metric(labelled, count)
    yield errors


def _cumulated(buckets: list[int]) -> Iterator[tuple[str, int]]:
    seen = sum(buckets[:SHORTEST])
    for exponent in range(SHORTEST, LONGEST + 1):
        seen += buckets[exponent]
        yield repr((1 << exponent) / 1e9), seen
    yield "+Inf", sum(buckets)
