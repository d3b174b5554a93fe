"""The store, held against a model of it after every step that people, modules and mishaps take."""

from __future__ import annotations

import asyncio

import pytest

from tests.model.conftest import IS_FULL, Stores
from tests.model.machine import Purchases, ShopMachine, Size, play

PLAYS = {
    "direct": (ShopMachine, Size(200, 50, is_free=True) if IS_FULL else Size(3, 40, seed=4)),
    "direct, purchases": (Purchases, Size(100, 50, is_free=True) if IS_FULL else Size(4, 30, seed=12)),
    "strict": (ShopMachine if IS_FULL else Purchases, Size(60, 50, is_free=True) if IS_FULL else Size(2, 30, seed=1)),
}


@pytest.mark.timeout(3600 if IS_FULL else 300)
@pytest.mark.parametrize("name", PLAYS)
def test_the_store_does_what_the_model_says(loop: asyncio.AbstractEventLoop, stores: Stores, name: str) -> None:
    machine, size = PLAYS[name]
    play(loop, stores(strict=name == "strict"), size, machine)
