"""The rules of a cart that need nothing but values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from contracts.cart import Cart, CartFull, CartLine, LineNotFound, Problem
from contracts.catalog import Attribute, Offer
from contracts.kit import Actor, Role
from contracts.values import AccountId, Line, Money, Sku
from modules.cart.items import EVER, Item

MOST_OF_ONE = 99
MOST_LINES = 50

_PEOPLE = frozenset({Role.CUSTOMER, Role.STAFF, Role.OPERATOR})


class Owner(NamedTuple):
    """Whose cart it is: an account's, or a guest's who knows its token; one of both is None."""

    account_id: AccountId | None
    token_hash: bytes | None

    @classmethod
    def of_account(cls, account_id: AccountId) -> Owner:
        """An account's cart."""
        return cls(account_id, None)

    @classmethod
    def of_guest(cls, token: str) -> Owner:
        """The cart with a token, which is random and long, so that a plain digest of it cannot be undone."""
        return cls(None, hashlib.sha256(token.encode()).digest())


def account_of(actor: Actor) -> AccountId | None:
    """Return the account of an actor who is logged in; None for guests and for the system."""
    is_person = bool(actor.id) and not actor.roles.isdisjoint(_PEOPLE) and Role.SYSTEM not in actor.roles
    return AccountId(actor.id) if is_person else None


def added(held: Sequence[Item], new: Item, now: datetime) -> Item:
    """Return the line that a cart holds once ``new`` is added; `CartFull` where there is no room for it."""
    before = next((item for item in held if item.sku == new.sku), None)
    if before is None and len(held) >= MOST_LINES:
        raise CartFull
    before = new._replace(quantity=0, layers=()) if before is None else before
    after = before.holding(min(MOST_OF_ONE, before.quantity + new.quantity), now)
    return after._replace(name=new.name, detail=new.detail)


def with_quantity(held: Iterable[Item], sku: Sku, quantity: int, now: datetime) -> Item:
    """Return a cart's line with another quantity; `LineNotFound` where there is none."""
    for item in held:
        if item.sku == sku:
            return item.holding(quantity, now)
    raise LineNotFound(sku=sku)


def merged(own: Sequence[Item], guests: Iterable[Item], now: datetime) -> tuple[Item, ...]:
    """Return the lines that change in one's own cart when a guest's is merged into it, as they become.

    What finds no room is not among them. However long it lay in the guest's, it comes into one's own now.
    """
    held = {item.sku: item for item in own}
    changes = []
    for item in guests:
        if item.sku in held or len(held) < MOST_LINES:
            held[item.sku] = added(list(held.values()), item, now)
            changes.append(held[item.sku])
    return tuple(changes)


def without(held: Iterable[Item], bought: Iterable[Line], placed: datetime | None) -> tuple[Item, ...]:
    """Return the lines that change when something was bought, as they become; quantity 0: the line goes.

    What came after the order was placed stays; where nobody knows when that was, all may have been there.
    """
    left = {item.sku: item for item in held}
    for line in bought:
        if line.sku in left:
            left[line.sku] = left[line.sku].less(line.quantity, placed or EVER)
    return tuple(item for item in left.values() if item not in held)


def item_of(offer: Offer, quantity: int) -> Item:
    """Return what is kept of an offer."""
    return Item(offer.sku, quantity, offer.name, detail_of(offer.attributes))


def detail_of(attributes: Iterable[Attribute]) -> str:
    """Return attributes as text: “Blue, 350 ml”."""
    return ", ".join(attribute.value for attribute in attributes)


def cart_of(
    token: str | None, items: Iterable[Item], offers: Mapping[Sku, Offer], stock: Mapping[Sku, int] | None
) -> Cart:
    """Return a cart as it stands now. ``stock`` is None where it could not be asked."""
    lines = tuple(
        _line(item, offers.get(item.sku), None if stock is None else stock.get(item.sku, 0)) for item in items
    )
    count = sum(line.quantity for line in lines)
    return Cart(token=token, lines=lines, subtotal=_subtotal(lines), count=count)


def _line(item: Item, offer: Offer | None, available: int | None) -> CartLine:
    if offer is None:
        return CartLine(
            sku=item.sku,
            quantity=item.quantity,
            name=item.name,
            detail=item.detail,
            product_id=None,
            unit_price=None,
            total=None,
            available=None,
            problem=Problem.UNKNOWN,
        )
    return CartLine(
        sku=item.sku,
        quantity=item.quantity,
        name=offer.name,
        detail=detail_of(offer.attributes),
        product_id=offer.product_id,
        unit_price=offer.price,
        total=Money(amount=offer.price.amount * item.quantity, currency=offer.price.currency),
        available=available,
        problem=_problem(item.quantity, available),
    )


def _problem(quantity: int, available: int | None) -> Problem | None:
    if available is None or available >= quantity:
        return None
    return Problem.TOO_FEW if available > 0 else Problem.SOLD_OUT


def _subtotal(lines: Iterable[CartLine]) -> Money | None:
    totals = [line.total for line in lines if line.total is not None]
    currencies = {total.currency for total in totals}
    if len(currencies) != 1:
        return None  # amounts of two currencies have no sum
    return Money(amount=sum(total.amount for total in totals), currency=currencies.pop())
