from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.modules.storefront.world import World, make_world


@pytest.fixture
def world() -> Iterator[World]:
    """A small store with seven products, and a guest's browser."""
    made = make_world()
    with made.browser:
        yield made
