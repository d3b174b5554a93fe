"""The rules themselves name nothing that is gone: whoever took its name later would be let off in silence."""

from __future__ import annotations

import pytest

from app.lint.forbidden import dynamic as forbidden_dynamic
from app.lint.forbidden import environment as forbidden_environment
from app.lint.forbidden import injection as forbidden_injection
from app.lint.forbidden import objects as forbidden_objects
from app.lint.rings import dynamic, objects, state
from app.lint.source import find_sources
from tests.architecture.planting import ROOT

LISTS = (forbidden_dynamic, forbidden_environment, forbidden_injection, forbidden_objects)
PLACES = {
    *(place for each in LISTS for forbidden in each.FORBIDDEN for place in forbidden.lawful),
    *(place for ring in (dynamic, objects, state) for place in ring.LAWFUL),
}


@pytest.fixture(scope="module")
def names() -> set[str]:
    return {source.name for source in find_sources(("app", "contracts"), ROOT)}


@pytest.mark.parametrize("place", sorted(PLACES))
def test_who_is_let_off_is_there(names: set[str], place: str) -> None:
    assert place in names or any(name.startswith(f"{place}.") for name in names)
