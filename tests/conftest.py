"""What holds for all tests, and what tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving import FREESTONE, call

settings.register_profile("freestone", deadline=None)  # these machines are shared: no test asserts an absolute time
settings.load_profile("freestone")


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration data of size S, made by the command; copy it, do not change it."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    done = call(*FREESTONE, "seed", data=data)
    assert done.returncode == 0, done.stderr
    return data
