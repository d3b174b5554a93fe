"""What a cart holds of a SKU, and since when: so that an order that is paid late takes nothing that came after it.

A line's quantity lies in layers, one for each time that it grew; who takes something out again takes the latest. So
what is left of a layer has been there ever since, and an order that was placed at some time took from what lay there
then. That compares the clock of the carts' host with that of the orders': where they run on two machines, what was put
in so shortly before the order as the clocks differ may stay.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from contracts.values import Sku

EVER = datetime.max.replace(tzinfo=UTC)
"""After everything that a cart was given."""


class Layer(NamedTuple):
    """So many were put into a cart at this instant and are still there."""

    since: datetime
    quantity: int


class Item(NamedTuple):
    """So many of a SKU in a cart, with what it was called when it was added.

    ``layers`` are in the order in which they came. What is in none has been there longer than anybody noted.
    """

    sku: Sku
    quantity: int
    name: str
    detail: str
    layers: tuple[Layer, ...] = ()

    def holding(self, quantity: int, now: datetime) -> Item:
        """Return it with so many from now on."""
        if quantity <= self.quantity:
            return self.less(self.quantity - quantity)
        return self._replace(quantity=quantity, layers=(*self.layers, Layer(now, quantity - self.quantity)))

    def less(self, quantity: int, until: datetime = EVER) -> Item:
        """Return it without so many, or as many as there are, of what was there at an instant: the latest first."""
        left, kept = quantity, list[Layer]()
        for layer in reversed(self.layers):
            taken = min(left, layer.quantity) if layer.since <= until else 0
            left -= taken
            if taken < layer.quantity:
                kept.insert(0, layer._replace(quantity=layer.quantity - taken))
        oldest = self.quantity - sum(layer.quantity for layer in self.layers)
        left -= min(left, oldest)
        return self._replace(quantity=self.quantity - quantity + left, layers=tuple(kept))
