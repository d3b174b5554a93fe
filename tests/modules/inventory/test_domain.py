"""The rules that need no database."""

from __future__ import annotations

from collections import Counter

from contracts.inventory import Shortage
from contracts.values import Line, Sku
from modules.inventory import domain
from modules.inventory.domain import Shelf
from tests.modules.inventory.stand import LAMP, MUG, OAK


def test_the_same_sku_twice_is_added_up_and_skus_come_in_one_order() -> None:
    wanted = domain.add_up([Line(sku=OAK, quantity=1), Line(sku=MUG, quantity=2), Line(sku=OAK, quantity=3)])
    assert list(wanted.items()) == [(MUG, 2), (OAK, 4)]


def test_every_shortage_is_named_and_an_unknown_sku_has_none() -> None:
    shelves = {MUG: Shelf(10, 7), LAMP: Shelf(5, 0)}
    assert domain.shortages({MUG: 4, LAMP: 5, OAK: 1}, shelves) == (
        Shortage(sku=MUG, wanted=4, available=3),
        Shortage(sku=OAK, wanted=1, available=0),
    )


def test_a_demonstration_store_has_plenty_of_most_and_none_of_some() -> None:
    levels = [domain.opening_level(Sku(f"SKU-{number}")) for number in range(2000)]
    kinds = Counter("none" if level == 0 else "few" if level < 4 else "plenty" for level in levels)
    assert all(level == 0 or 1 <= level <= 3 or 5 <= level <= 60 for level in levels)
    assert 0.02 < kinds["none"] / 2000 < 0.06
    assert 0.05 < kinds["few"] / 2000 < 0.11
    assert set(range(5, 61)) < set(levels)


def test_an_opening_level_is_the_same_on_every_machine() -> None:
    assert [domain.opening_level(Sku(sku)) for sku in ("A", "B", "C", "D")] == [51, 45, 45, 27]
