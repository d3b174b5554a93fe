"""What came into a cart after an order was placed stays there when the order is paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from modules.cart.items import Item, Layer
from tests.modules.cart.stall import MUG

START = datetime(2026, 3, 1, tzinfo=UTC)
quantities = st.integers(1, 99)
histories = st.lists(quantities, max_size=12)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def played(history: list[int], item: Item | None = None) -> Item:
    """Return a line whose quantity was set to these, one a minute."""
    item = item or Item(MUG, 0, "Mug", "")
    for minute, quantity in enumerate(history):
        item = item.holding(quantity, at(minute))
    return item


@given(histories, quantities, st.integers(-1, 12))
def test_taken_is_what_has_been_there_ever_since_and_never_more(history: list[int], ordered: int, placed: int) -> None:
    item = played(history)
    there = history[placed] if 0 <= placed < len(history) else item.quantity if placed >= 0 else 0
    since = min([there, *history[max(placed, 0) :]])
    after = item.less(ordered, at(placed))
    assert item.quantity - after.quantity == min(ordered, since)
    assert sum(layer.quantity for layer in after.layers) == after.quantity
    assert [layer for layer in after.layers if layer.since > at(placed)] == [
        layer for layer in item.layers if layer.since > at(placed)
    ]


@given(histories)
def test_layers_add_up_to_what_there_is_and_none_is_empty(history: list[int]) -> None:
    item = played(history)
    assert sum(layer.quantity for layer in item.layers) == item.quantity
    assert all(layer.quantity > 0 for layer in item.layers)
    assert list(item.layers) == sorted(item.layers)


def test_what_nobody_noted_was_there_before_every_order() -> None:
    item = Item(MUG, 3, "Mug", "").holding(5, at(7))
    assert item.layers == (Layer(at(7), 2),)
    assert item.less(9, at(0)) == Item(MUG, 2, "Mug", "", (Layer(at(7), 2),))
    assert item.less(9, at(7)).quantity == 0
    assert item.less(2, at(7)) == Item(MUG, 3, "Mug", "")
