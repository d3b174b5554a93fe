"""Rows of a table that is printed behind the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.crash.table import PROPERTY, Row, lines


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Callable[[str, str, int, str], None]:
    """Add a row: what was done, which fault befell it, how often, and what came of it."""

    def add(what: str, fault: str, count: int, outcome: str) -> None:
        request.node.user_properties.append((PROPERTY, tuple(Row(what, fault, count, outcome))))  # xdist sends it on

    return add


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the rows of the tests that passed."""
    passed = terminalreporter.stats.get("passed", ())
    rows = [Row(*value) for report in passed for name, value in report.user_properties if name == PROPERTY]
    if rows:
        terminalreporter.section("what held")
        for line in lines(rows):
            terminalreporter.line(line)
