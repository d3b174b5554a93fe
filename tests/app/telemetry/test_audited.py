"""What audits found is told in Prometheus' text format."""

from __future__ import annotations

from app.runtime.auditing import Audited, Audits
from app.runtime.part import Part
from app.telemetry.metrics import Metrics
from contracts.kit import AuditReport, Finding, Module, RuleTally


async def _unasked(*_: object) -> AuditReport:
    raise AssertionError("metrics are read, nothing is audited for them")


def test_findings_are_told_by_module_and_rule_with_when_and_for_how_long() -> None:
    audits = Audits([Part("books", module=Module(name="books", container=dict, audit=_unasked))], _unasked)
    rules = (RuleTally(rule="adds-up", checked=9, found=2), RuleTally(rule="in-time", checked=3, found=0))
    finding = Finding(rule="adds-up", subject="a", problem="x")
    audits.last["books"] = Audited(AuditReport(rules=rules, findings=(finding,)), 1700000000.5, 0.25)
    audits.failures["books"] = 4
    assert told(audits) == [
        'freestone_audit_duration_seconds{module="books"} 0.25',
        'freestone_audit_failures_total{module="books"} 4.0',
        'freestone_audit_findings{module="books",rule="adds-up"} 2.0',
        'freestone_audit_findings{module="books",rule="in-time"} 0.0',
        'freestone_audit_timestamp_seconds{module="books"} 1.7000000005e+09',
    ]


def test_before_the_first_audit_there_are_failures_only() -> None:
    audits = Audits([Part("books", module=Module(name="books", container=dict, audit=_unasked))], _unasked)
    assert told(audits) == ['freestone_audit_failures_total{module="books"} 0.0']


def told(audits: Audits) -> list[str]:
    lines = Metrics(tuple, lambda: 0, audits)().decode().splitlines()
    return sorted(line for line in lines if line.startswith("freestone_audit"))
