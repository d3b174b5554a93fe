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


@pytest.fixture
def desk(world: World) -> World:
    """The same, where Ada is logged in, with a fork and two trowels in her cart."""
    world.log_in()
    world.fill_cart("S1-1")
    world.fill_cart("S2-1", quantity=2)
    return world
