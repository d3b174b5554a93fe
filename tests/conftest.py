"""What holds for all tests, and what tests of several packages share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving import FREESTONE, call

settings.register_profile("freestone", deadline=None)  # these machines are shared: no test asserts an absolute time
settings.load_profile("freestone")


ROOT = Path(__file__).parent
PROCESSES = (
    "app/cli/test_run.py",
    "app/cli/test_run_only.py",
    "app/cli/test_seed.py",
    "app/placement/test_processes.py",
    "faults",
    "journeys",
)
"""The tests that have the marker `processes`."""
assert all((ROOT / each).exists() for each in PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in those files and folders, and what goes over to a real process among other ways."""
    for item in items:
        if str(item.path.relative_to(ROOT)).startswith(PROCESSES) or re.search(r"\bprocess\b", item.name):
            item.add_marker("processes")


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration data of size S, made by the command; copy it, do not change it."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    done = call(*FREESTONE, "seed", data=data)
    assert done.returncode == 0, done.stderr
    return data
