"""What carts do."""

from __future__ import annotations

import asyncio
import secrets
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.cart import Cart, Carts, LineNotFound, UnknownItem
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import (
    Clock,
    Database,
    Internal,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
    current_actor,
    remaining,
)
from contracts.values import Sku
from modules.cart import domain, store
from modules.cart.domain import Owner
from modules.cart.items import Item

PATIENCE = 0.5
"""Seconds to wait for the stock, and never more than half of what is left: the cart is to be shown without it."""


@final
class CartsService(Carts):
    """Carts over their database; each operation is described by the contract."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, catalog: Catalog, inventory: Inventory) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog
        self._inventory = inventory

    async def get_cart(self, token: str | None) -> Cart:
        owner = _owner(token)
        async with self._database.read() as session:
            cart = owner and await store.find(session, owner)
            held = () if cart is None else await store.held(session, cart)
        return await self._as_it_stands(None if cart is None else token, held)

    async def count_items(self, token: str | None) -> int:
        owner = _owner(token)
        if owner is None:
            return 0
        async with self._database.read() as session:
            return await store.count(session, owner)

    async def add_item(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        offers = await self._catalog.get_offers((sku,))
        if not offers:
            raise UnknownItem(sku=sku)
        owner = _owner(token)
        async with self._database.write() as work:
            now = self._clock.now()
            cart = owner and await store.touch(work.session, owner, now)
            if cart is None:
                if owner is None or owner.account_id is None:
                    token = secrets.token_urlsafe(32)
                    owner = Owner.of_guest(token)
                cart = await store.add(work.session, owner, now)
            held = await store.held(work.session, cart)
            await store.put(work.session, cart, [domain.added(held, domain.item_of(offers[0], quantity), now)])
            held = await store.held(work.session, cart)
        return await self._as_it_stands(token, held)

    async def set_quantity(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        owner = _owner(token)
        async with self._database.write() as work:
            now = self._clock.now()
            cart = owner and await store.touch(work.session, owner, now)
            held = () if cart is None else await store.held(work.session, cart)
            changed = domain.with_quantity(held, sku, quantity, now)
            assert cart is not None
            await store.put(work.session, cart, [changed])
            held = await store.held(work.session, cart)
        return await self._as_it_stands(token, held)

    async def remove_item(self, token: str | None, sku: Sku) -> Cart:
        owner = _owner(token)
        async with self._database.write() as work:
            cart = owner and await store.touch(work.session, owner, self._clock.now())
            if cart is None or not await store.remove(work.session, cart, sku):
                raise LineNotFound(sku=sku)
            held = await store.held(work.session, cart)
        return await self._as_it_stands(token, held)

    async def merge(self, token: str) -> None:
        account_id = domain.account_of(current_actor())
        if account_id is None:
            raise PermissionDenied(operation="carts.merge")  # the system has no cart of its own
        owner = Owner.of_account(account_id)
        async with self._database.write() as work:
            now = self._clock.now()
            guests = await store.touch(work.session, Owner.of_guest(token), now)
            if guests is None:
                return
            own = await store.touch(work.session, owner, now) or await store.add(work.session, owner, now)
            brought = await store.held(work.session, guests)
            moved = domain.merged(await store.held(work.session, own), brought, now)
            await store.put(work.session, own, moved)
            for item in moved:
                await store.remove(work.session, guests, item.sku)
            if len(moved) == len(brought):
                await store.drop(work.session, guests)

    async def _as_it_stands(self, token: str | None, held: tuple[Item, ...]) -> Cart:
        if domain.account_of(current_actor()) is not None:
            token = None
        if not held:
            return domain.cart_of(token, (), {}, None)
        skus = tuple(item.sku for item in held)
        try:
            async with asyncio.TaskGroup() as calls:
                sold = calls.create_task(self._catalog.get_offers(skus))
                stock = calls.create_task(self._stock(skus))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return domain.cart_of(token, held, {offer.sku: offer for offer in sold.result()}, stock.result())

    async def _stock(self, skus: tuple[Sku, ...]) -> dict[Sku, int] | None:
        left = remaining()
        try:
            async with asyncio.timeout(PATIENCE if left is None else min(PATIENCE, left / 2)):
                found = await self._inventory.get_availability(skus)
        except (Unavailable, TimedOut, Overloaded, Internal, TimeoutError):
            return None
        return {each.sku: each.available for each in found}


def _owner(token: str | None) -> Owner | None:
    """Return whose cart is meant; None for a guest without a token."""
    account_id = domain.account_of(current_actor())
    if account_id is not None:
        return Owner.of_account(account_id)
    return Owner.of_guest(token) if token else None
