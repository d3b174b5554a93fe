"""The rules of a stock that need nothing but values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from contracts.inventory import Shortage
from contracts.values import Line, Sku

Quantities = Mapping[Sku, int]
"""So many of each SKU, by SKU."""


class Shelf(msgspec.Struct, frozen=True):
    """What there is of one SKU; ``reserved`` are those of ``on_hand`` that are held for orders."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """How many can be promised."""
        return self.on_hand - self.reserved


EMPTY = Shelf(0, 0)


class State(StrEnum):
    """Where an order's reservation stands. After ``RELEASED``, which needs no stock held before, and
    ``COMMITTED`` nothing comes; ``EXPIRED`` can be followed by ``HELD`` again."""

    HELD = "held"
    EXPIRED = "expired"
    RELEASED = "released"
    COMMITTED = "committed"


class Movement(StrEnum):
    """Why a stock changed, and how: the first two, and ``RETURNED`` from an order, raise what is on hand, ``RESERVED``
    raises what is reserved, ``RELEASED`` and ``EXPIRED`` lower that again, ``COMMITTED`` lowers both."""

    OPENING = "opening"
    RESTOCKED = "restocked"
    RESERVED = "reserved"
    RELEASED = "released"
    EXPIRED = "expired"
    COMMITTED = "committed"
    RETURNED = "returned"

    @property
    def effect(self) -> tuple[int, int]:
        """What one item moved does to (on hand, reserved)."""
        return _EFFECTS[self]


_EFFECTS: Mapping[Movement, tuple[int, int]] = {
    Movement.OPENING: (1, 0),
    Movement.RESTOCKED: (1, 0),
    Movement.RESERVED: (0, 1),
    Movement.RELEASED: (0, -1),
    Movement.EXPIRED: (0, -1),
    Movement.COMMITTED: (-1, -1),
    Movement.RETURNED: (1, 0),
}


def add_up(lines: Iterable[Line]) -> Quantities:
    """Add up the lines of the same SKU; by SKU, so that whoever locks rows locks them in one order."""
    total: dict[Sku, int] = {}
    for line in sorted(lines, key=lambda each: each.sku):
        total[line.sku] = total.get(line.sku, 0) + line.quantity
    return total


def shortages(wanted: Quantities, shelves: Mapping[Sku, Shelf]) -> tuple[Shortage, ...]:
    """Return what cannot be served from these shelves; there is nothing of a SKU without one."""
    return tuple(
        Shortage(sku=sku, wanted=quantity, available=shelves.get(sku, EMPTY).available)
        for sku, quantity in wanted.items()
        if shelves.get(sku, EMPTY).available < quantity
    )


def opening_level(sku: Sku) -> int:
    """Return how many of a SKU a demonstration store begins with, the same on every machine.

    Of a hundred SKUs four are sold out, eight are nearly so, and of the others there are 5 to 60.
    """
    digest = int.from_bytes(hashlib.sha256(sku.encode()).digest()[:8], "big")
    share, number = digest % 100, digest // 100
    if share < 4:
        return 0
    return 1 + number % 3 if share < 12 else 5 + number % 56
