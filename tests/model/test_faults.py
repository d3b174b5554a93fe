"""The machine finds what is wrong: stores with one fault each do not pass."""

from __future__ import annotations

import asyncio

import pytest

from tests.model.conftest import IS_FULL, Stores
from tests.model.faults import FAULTS, MORE_FAULTS
from tests.model.machine import Size, play

SIZE = Size(300, 20, seed=4, shrinks=False)
"""What is found is not made smaller, which takes minutes; it is found within so much, mostly within a thirtieth.

The seed alone does not choose what is played: Hypothesis also draws from the constants of what was imported before.
"""
PLANTED = {**FAULTS, **MORE_FAULTS} if IS_FULL else FAULTS


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_store_with_a_fault_is_found(loop: asyncio.AbstractEventLoop, stores: Stores, fault: str) -> None:
    planted = PLANTED[fault]
    with pytest.raises(AssertionError, match="model:"):
        play(loop, stores(change=planted.plant), SIZE, planted.steps)
