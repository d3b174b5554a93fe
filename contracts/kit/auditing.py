"""What a module that audits tells of it."""

from __future__ import annotations

from contracts.kit.message import Message


class Finding(Message):
    """Something that the books do not bear out: which ``rule`` is broken, by whom or what, and how."""

    rule: str
    subject: str
    problem: str


class RuleTally(Message):
    """How much was held against a rule, and how often it was broken."""

    rule: str
    checked: int
    found: int


class AuditReport(Message):
    """What came of an audit. ``rules`` count everything; of the ``findings`` these are the first, 500 at most."""

    rules: tuple[RuleTally, ...]
    findings: tuple[Finding, ...]
