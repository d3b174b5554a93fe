"""Every test of a module that uses a database runs on each engine."""

from __future__ import annotations

import pytest

from tests.databases import both_engines


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Mark it before `tests.databases` looks for the mark."""
    metafunc.definition.add_marker(both_engines)
