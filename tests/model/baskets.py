"""The model of the carts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from contracts.cart import Cart, CartLine, LineNotFound, Problem, UnknownItem
from contracts.values import Line, Sku
from tests.model.goods import Goods, euros

MOST_OF_ONE = 99

Available = Callable[[Sku], int]


class Owner(NamedTuple):
    """Whose cart it is: an account's, by its id, or that of a guest, by its token."""

    account: str | None = None
    token: str | None = None


class Baskets:
    """When each piece was put in, by SKU, in the order in which the SKUs were added."""

    def __init__(self, goods: Goods, available: Available, now: Callable[[], datetime]) -> None:
        self.held: dict[Owner, dict[Sku, list[datetime]]] = {}
        self._goods = goods
        self._available = available
        self._now = now

    def show(self, owner: Owner) -> Cart:
        """Return a cart with prices and availability as they are now; an empty one where there is none."""
        lines = tuple(self._line(sku, len(pieces)) for sku, pieces in self.held.get(owner, {}).items())
        priced = [line.total.amount for line in lines if line.total is not None]
        return Cart(
            token=owner.token if owner in self.held and owner.account is None else None,
            lines=lines,
            subtotal=euros(sum(priced)) if priced else None,
            count=sum(line.quantity for line in lines),
        )

    def add(self, owner: Owner, sku: Sku, quantity: int) -> Cart:
        """Add to a cart; ``owner`` is the one that it has afterwards, with a new token where it had none."""
        if self._goods.offer(sku) is None:
            raise UnknownItem(sku=sku)
        self._put(owner, sku, quantity)
        return self.show(owner)

    def set(self, owner: Owner, sku: Sku, quantity: int) -> Cart:
        """Change how many of a SKU a cart holds."""
        self._check(owner, sku)
        pieces = self.held[owner][sku]
        del pieces[quantity:]
        self._put(owner, sku, quantity - len(pieces))
        return self.show(owner)

    def remove(self, owner: Owner, sku: Sku) -> Cart:
        """Take a SKU out of a cart."""
        self._check(owner, sku)
        del self.held[owner][sku]
        return self.show(owner)

    def merge(self, guest: Owner, own: Owner) -> None:
        """Move a guest's cart into an account's: there are too few SKUs here to fill that."""
        for sku, pieces in self.held.pop(guest, {}).items():
            self._put(own, sku, len(pieces))

    def bought(self, owner: Owner, lines: Iterable[Line], placed: datetime) -> None:
        """Take what was bought out of a cart; what is more stays, and what was put in after the order was placed."""
        held = self.held.get(owner, {})
        for line in lines:
            pieces = held.get(line.sku, [])
            for piece in [each for each in reversed(pieces) if each <= placed][: line.quantity]:
                pieces.remove(piece)
            if not pieces:
                held.pop(line.sku, None)

    def _put(self, owner: Owner, sku: Sku, quantity: int) -> None:
        pieces = self.held.setdefault(owner, {}).setdefault(sku, [])
        pieces += [self._now()] * min(quantity, MOST_OF_ONE - len(pieces))

    def _check(self, owner: Owner, sku: Sku) -> None:
        if sku not in self.held.get(owner, {}):
            raise LineNotFound(sku=sku)

    def _line(self, sku: Sku, quantity: int) -> CartLine:
        offer, ware = self._goods.offer(sku), self._goods.wares[sku]
        available = None if offer is None else self._available(sku)
        return CartLine(
            sku=sku,
            quantity=quantity,
            name=ware.name,
            detail=ware.detail,
            product_id=None if offer is None else offer.product_id,
            unit_price=None if offer is None else offer.price,
            total=None if offer is None else euros(offer.price.amount * quantity),
            available=available,
            problem=_problem(quantity, available),
        )


def _problem(quantity: int, available: int | None) -> Problem | None:
    if available is None:
        return Problem.UNKNOWN
    if available >= quantity:
        return None
    return Problem.TOO_FEW if available else Problem.SOLD_OUT
