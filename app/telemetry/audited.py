"""What a host's audits found, as metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from app.runtime.auditing import Audits


def audited(audits: Audits) -> Iterator[Metric]:
    """Yield each family of them; a module that was not audited yet has failures only."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    findings = GaugeMetricFamily(
        "freestone_audit_findings", "What the last audit found, by module and rule.", labels=["module", "rule"]
    )
    ended = GaugeMetricFamily(
        "freestone_audit_timestamp_seconds", "When the last audit that could be done ended.", labels=["module"]
    )
    took = GaugeMetricFamily("freestone_audit_duration_seconds", "How long it took.", labels=["module"])
    for module, last in sorted(audits.last.items()):
        for tally in last.report.rules:
            findings.add_metric([module, tally.rule], tally.found)
        ended.add_metric([module], last.at)
        took.add_metric([module], last.seconds)
    failures = CounterMetricFamily("freestone_audit_failures", "Audits that could not be done.", labels=["module"])
    for module, count in sorted(audits.failures.items()):
        failures.add_metric([module], count)
    yield from (findings, ended, took, failures)
