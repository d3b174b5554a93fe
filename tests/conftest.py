"""What holds for all tests, and what tests of several packages share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.databases import _tidy_server as _tidy_server
from tests.databases import places as places
from tests.databases import pytest_generate_tests as pytest_generate_tests
from tests.guards import FINDINGS
from tests.query_guard import QueryGuard
from tests.serving import FREESTONE, call

settings.register_profile("freestone", deadline=None)  # these machines are shared: no test asserts an absolute time
settings.load_profile("freestone")


ROOT = Path(__file__).parent
PROCESSES = (
    "app/cli/test_audit.py",
    "app/cli/test_modules.py",
    "app/cli/test_run.py",
    "app/cli/test_run_only.py",
    "app/cli/test_seed.py",
    "app/data/moving/test_under_load.py",
    "app/data/test_crash.py",
    "app/data/test_restart.py",
    "app/placement/test_processes.py",
    "app/test_main.py",
    "crash",
    "divergence/test_loss.py",
    "faults",
    "journeys",
    "model/test_processes.py",
    "test_query_guard.py",
)
"""The tests that have the marker `processes`."""
TREES = (
    "app/cli/test_architecture.py",
    "architecture/test_alone.py",
    "architecture/test_clean.py",
    "architecture/test_violations.py",
    "architecture/test_wheels.py",
    "contracts/kit/test_typing.py",
    "docs/test_boundaries.py",
)
"""The tests that have the marker `trees`."""
assert all((ROOT / each).exists() for each in (*PROCESSES, *TREES))


def pytest_configure(config: pytest.Config) -> None:
    """Watch which tables each module touches."""
    config.pluginmanager.register(QueryGuard(), "query-guard")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in those files and folders, and what goes over to a real process among other ways.

    Those files come first: the longest of them last, one of two workers would wait for the other.
    """
    long = set()
    for item in items:
        file = str(item.path.relative_to(ROOT))
        if file.startswith(PROCESSES) or re.search(r"\bprocess\b", item.name):
            item.add_marker("processes")
        if file.startswith(TREES):
            item.add_marker("trees")
        if file.startswith((*PROCESSES, *TREES)):
            long.add(item)
    items.sort(key=lambda item: item not in long)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration data of size S, made by the command; copy it, do not change it."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    done = call(*FREESTONE, "seed", data=data)
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def expects_violations() -> list[str]:
    """What a guard has said during this test, which does not fail for it."""
    return FINDINGS.said


@pytest.fixture(autouse=True)
def _guards(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test in which a guard finds something that it does not expect."""
    yield
    FINDINGS.settle(expected="expects_violations" in request.fixturenames)
