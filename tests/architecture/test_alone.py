"""Every module imports, starts, answers and stops alone, in a process where no other can be reached."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from app.wiring import find_modules
from tests.architecture.lone import probe, samples_for

PARTS = {part.name: part for part in find_modules()}

Probes = dict[str, "Future[tuple[int, str]]"]


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    """All probes, two of which run at a time."""
    folder, pool = tmp_path_factory.mktemp("alone"), ThreadPoolExecutor(2)
    begun = {name: pool.submit(probe, name, samples_for(part), folder) for name, part in PARTS.items()}
    pool.shutdown(wait=False)
    return begun


@pytest.mark.parametrize("name", PARTS)
def test_a_module_stands_alone(probes: Probes, name: str) -> None:
    code, said = probes[name].result()
    assert code == 0, said
    (calls,) = re.findall(rf"Module {name} stands alone: (\d+) calls\.", said)
    module = PARTS[name].module
    assert module is not None
    assert (int(calls) > 0) is bool(module.provides)
