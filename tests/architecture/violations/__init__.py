"""Broken boundaries, a file a ring: each is planted in a copy of the sources, and found by the rule that claims it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Violation(msgspec.Struct, frozen=True):
    """One break: ``files`` holds what is planted, by path; a file that is there already grows by it at its end.

    ``rule`` must report it at ``at``, a file or a file and its line (``modules/sample/service.py:3``), with ``says`` as
    a part of the sentence. All are planted at once, so each has files and names of its own; one that would hide the
    others from the check (a syntax error, a misspelt rule) stands ``alone``.
    """

    rule: str
    files: Mapping[str, str]
    at: str
    says: str
    alone: bool = False
