"""Carts in memory, to run and test others without them."""

from __future__ import annotations

import secrets
from typing import final

from contracts.cart import Cart, Carts, LineNotFound, UnknownItem
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Clock, Internal, Overloaded, PermissionDenied, TimedOut, Unavailable, current_actor
from contracts.values import Sku
from modules.cart import domain
from modules.cart.domain import Owner
from modules.cart.items import Item


@final
class FakeCarts(Carts):
    """Keeps carts for as long as it lives; what was bought stays in them, as it hears of nothing."""

    def __init__(self, clock: Clock, catalog: Catalog, inventory: Inventory) -> None:
        self._clock = clock
        self._catalog = catalog
        self._inventory = inventory
        self._carts: dict[Owner, dict[Sku, Item]] = {}

    async def get_cart(self, token: str | None) -> Cart:
        owner = _owner(token)
        return await self._shown(owner, token if owner in self._carts else None)

    async def count_items(self, token: str | None) -> int:
        return sum(item.quantity for item in self._held(_owner(token)))

    async def add_item(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        offers = await self._catalog.get_offers((sku,))
        if not offers:
            raise UnknownItem(sku=sku)
        owner = _owner(token)
        if owner is None or (owner.account_id is None and owner not in self._carts):
            token = secrets.token_urlsafe(32)
            owner = Owner.of_guest(token)
        item = domain.added(self._held(owner), domain.item_of(offers[0], quantity), self._clock.now())
        self._carts.setdefault(owner, {})[sku] = item
        return await self._shown(owner, token)

    async def set_quantity(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        owner = _owner(token)
        item = domain.with_quantity(self._held(owner), sku, quantity, self._clock.now())
        assert owner is not None
        self._carts[owner][sku] = item
        return await self._shown(owner, token)

    async def remove_item(self, token: str | None, sku: Sku) -> Cart:
        owner = _owner(token)
        if owner is None or self._carts.get(owner, {}).pop(sku, None) is None:
            raise LineNotFound(sku=sku)
        return await self._shown(owner, token)

    async def merge(self, token: str) -> None:
        account_id = domain.account_of(current_actor())
        if account_id is None:
            raise PermissionDenied(operation="carts.merge")  # the system has no cart of its own
        owner, guest = Owner.of_account(account_id), Owner.of_guest(token)
        brought = self._carts.get(guest, {})
        for item in domain.merged(self._held(owner), list(brought.values()), self._clock.now()):
            self._carts.setdefault(owner, {})[item.sku] = item
            del brought[item.sku]
        if not brought:
            self._carts.pop(guest, None)

    def _held(self, owner: Owner | None) -> tuple[Item, ...]:
        return () if owner is None else tuple(self._carts.get(owner, {}).values())

    async def _shown(self, owner: Owner | None, token: str | None) -> Cart:
        held = self._held(owner)
        if owner is not None and owner.account_id is not None:
            token = None
        if not held:
            return domain.cart_of(token, (), {}, None)
        skus = tuple(item.sku for item in held)
        offers = {offer.sku: offer for offer in await self._catalog.get_offers(skus)}
        return domain.cart_of(token, held, offers, await self._stock(skus))

    async def _stock(self, skus: tuple[Sku, ...]) -> dict[Sku, int] | None:
        try:
            found = await self._inventory.get_availability(skus)
        except (Unavailable, TimedOut, Overloaded, Internal):
            return None
        return {each.sku: each.available for each in found}


def _owner(token: str | None) -> Owner | None:
    """Return whose cart is meant; None for a guest without a token."""
    account_id = domain.account_of(current_actor())
    if account_id is not None:
        return Owner.of_account(account_id)
    return Owner.of_guest(token) if token else None
