"""The model of the stock: what is there, and what is held for whom until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    OutOfStock,
    Reservation,
    ReservationNotFound,
    Shortage,
    TooManyReturned,
    UnknownSku,
)
from contracts.values import Line, OrderId, Sku
from tests.model.goods import add_up

LIFETIME = timedelta(minutes=15)
"""How long stock is held, unless the settings say otherwise."""


class Fate(Enum):
    """What became of an order's claim to stock."""

    HELD = auto()
    LEFT = auto()
    GIVEN_BACK = auto()


class Claim(NamedTuple):
    """An order's claim; one that was given back before it held anything never expires."""

    fate: Fate
    wanted: Mapping[Sku, int]
    expires: datetime

    def holds(self, now: datetime) -> bool:
        """Say whether it holds stock at this instant."""
        return self.fate is Fate.HELD and self.expires > now


class Stock:
    """So many of each SKU, and the claims to them."""

    def __init__(self, levels: Mapping[Sku, int]) -> None:
        self.on_hand = dict(levels)
        self.claims: dict[OrderId, Claim] = {}
        self.came_back = Counter[tuple[OrderId, Sku]]()

    def available(self, sku: Sku, now: datetime) -> int:
        """Return how many can be promised."""
        held = sum(claim.wanted.get(sku, 0) for claim in self.claims.values() if claim.holds(now))
        return self.on_hand.get(sku, 0) - held

    def reserve(self, order_id: OrderId, lines: tuple[Line, ...], now: datetime) -> Reservation:
        """Hold stock for an order, all lines or none."""
        claim = self.claims.get(order_id)
        if claim is not None and claim.fate is Fate.GIVEN_BACK:
            raise AlreadyReleased(order_id=order_id)
        if claim is None or not (claim.fate is Fate.LEFT or claim.holds(now)):
            wanted = dict(sorted(add_up(lines).items()))
            there = {sku: self.available(sku, now) for sku in wanted}
            missing = [
                Shortage(sku=sku, wanted=quantity, available=there[sku])
                for sku, quantity in wanted.items()
                if quantity > there[sku]
            ]
            if missing:
                raise OutOfStock(shortages=tuple(missing))
            claim = self.claims[order_id] = Claim(Fate.HELD, wanted, now + LIFETIME)
        held = tuple(Line(sku=sku, quantity=quantity) for sku, quantity in claim.wanted.items())
        return Reservation(order_id=order_id, lines=held, expires=claim.expires)

    def commit(self, order_id: OrderId, now: datetime) -> None:
        """Let what an order holds leave."""
        claim = self.claims.get(order_id)
        if claim is not None and claim.fate is Fate.LEFT:
            return
        if claim is None or not claim.holds(now):
            raise ReservationNotFound(order_id=order_id)
        for sku, quantity in claim.wanted.items():
            self.on_hand[sku] -= quantity
        self.claims[order_id] = claim._replace(fate=Fate.LEFT)

    def release(self, order_id: OrderId, now: datetime) -> None:
        """Give back what an order holds, or its claim to any."""
        claim = self.claims.get(order_id) or Claim(Fate.GIVEN_BACK, {}, now)
        if claim.fate is Fate.LEFT:
            raise AlreadyCommitted(order_id=order_id)
        self.claims[order_id] = claim._replace(fate=Fate.GIVEN_BACK)

    def still_out(self, order_id: OrderId) -> Mapping[Sku, int]:
        """Return what has left for an order and not come back."""
        claim = self.claims.get(order_id)
        left = claim.wanted if claim is not None and claim.fate is Fate.LEFT else {}
        return {sku: quantity - self.came_back[order_id, sku] for sku, quantity in left.items()}

    def take_back(self, order_id: OrderId) -> None:
        """Bring back what is still out."""
        for sku, quantity in self.still_out(order_id).items():
            self.came_back[order_id, sku] += quantity
            self.on_hand[sku] += quantity

    def restock(self, sku: Sku, quantity: int, now: datetime, order_id: OrderId | None = None) -> Availability:
        """Add to a stock, perhaps what comes back from an order."""
        if sku not in self.on_hand:
            raise UnknownSku(sku=sku)
        if order_id is not None:
            out = self.still_out(order_id)
            if quantity > out.get(sku, 0):
                raise TooManyReturned(order_id=order_id, sku=sku, still_out=out.get(sku, 0))
            self.came_back[order_id, sku] += quantity
        self.on_hand[sku] += quantity
        return Availability(sku=sku, available=self.available(sku, now))
