"""What was held against each rule, and what of it was found wanting."""

from __future__ import annotations

from collections import Counter

from contracts.kit import AuditReport, Finding, RuleTally
from modules.auditor.rules import Rule

MOST = 500
"""Findings that are told one by one; further ones are only counted."""


class Tally:
    """Counts, and makes the report."""

    def __init__(self) -> None:
        self._checked: Counter[Rule] = Counter()
        self._findings: dict[tuple[str, str], Finding] = {}

    def check(self, count: int, *rules: Rule) -> None:
        """Note that so many more were held against these rules."""
        for rule in rules:
            self._checked[rule] += count

    def find(self, *findings: Finding) -> None:
        """Note findings; one of the same rule and subject is the same."""
        for finding in findings:
            self._findings[finding.rule, finding.subject] = finding

    def report(self) -> AuditReport:
        """Return all that was noted, by rule and subject."""
        found = Counter(rule for rule, _ in self._findings)
        return AuditReport(
            rules=tuple(RuleTally(rule=rule.value, checked=self._checked[rule], found=found[rule]) for rule in Rule),
            findings=tuple(self._findings[key] for key in sorted(self._findings)[:MOST]),
        )
