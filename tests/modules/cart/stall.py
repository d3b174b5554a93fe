"""Carts over a real database, with a catalogue and a stock that the test arranges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import sqlalchemy as sa
from dependency_injector import providers

from app.data.database import ModuleDatabase
from contracts.cart import Carts
from contracts.catalog import Attribute, Catalog, Offer
from contracts.inventory import Availability, Inventory
from contracts.kit import Actor, Context, Role, contract_of
from contracts.kit.context import Frame, scope
from contracts.values import Money, ProductId, Sku
from modules.cart.container import CartContainer
from modules.cart.settings import CartSettings
from tests.modules.doubles import ManualClock

T = TypeVar("T")

MUG, PLATE, BOWL = Sku("MUG-BLUE"), Sku("PLATE"), Sku("BOWL")


class Stall:
    """One running instance of carts.

    ``sold`` is what the catalogue offers, ``stock`` how many of it there are. What stands in ``asked`` was
    asked of others; ``on_catalog`` and ``on_inventory`` happen before those answer.
    """

    def __init__(self, database: ModuleDatabase) -> None:
        self.database = database
        self.clock = ManualClock()
        self.sold = {each.sku: each for each in (offer(MUG, 1250, "Blue", "350 ml"), offer(PLATE, 900), offer(BOWL, 1))}
        self.stock = dict.fromkeys(self.sold, 1000)
        self.asked: list[str] = []
        self.on_catalog: Callable[[], Awaitable[Any]] | None = None
        self.on_inventory: Callable[[], Awaitable[Any]] | None = None
        self.container = CartContainer()
        handed = {
            "database": database,
            "clock": self.clock,
            "settings": CartSettings(),
            "catalog": _providing(Catalog, get_offers=self._get_offers),
            "inventory": _providing(Inventory, get_availability=self._get_availability),
        }
        for name, each in handed.items():
            getattr(self.container, name).override(providers.Object(each))

    @property
    def carts(self) -> Carts:
        """The service."""
        return self.container.service()

    def sell(self, *skus: Sku, price: int = 100) -> None:
        """Let the catalogue offer these, too, and the stock have a thousand of each."""
        self.sold |= {sku: offer(sku, price) for sku in skus}
        self.stock |= dict.fromkeys(skus, 1000)

    async def held(self, token: str | None) -> dict[Sku, int]:
        """Return what a cart holds."""
        return {line.sku: line.quantity for line in (await self.carts.get_cart(token)).lines}

    async def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        async with self.database.read() as session:
            return int((await session.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one())

    async def _get_offers(self, skus: tuple[Sku, ...]) -> tuple[Offer, ...]:
        self.asked.append("catalog")
        if self.on_catalog is not None:
            await self.on_catalog()
        return tuple(self.sold[sku] for sku in skus if sku in self.sold)

    async def _get_availability(self, skus: tuple[Sku, ...]) -> tuple[Availability, ...]:
        self.asked.append("inventory")
        if self.on_inventory is not None:
            await self.on_inventory()
        return tuple(Availability(sku=sku, available=self.stock.get(sku, 0)) for sku in skus)


def offer(sku: Sku, price: int, *values: str, currency: str = "EUR", name: str | None = None) -> Offer:
    """Return an offer whose attributes have these values."""
    return Offer(
        sku=sku,
        product_id=ProductId(sku.lower()),
        name=name or sku.title(),
        attributes=tuple(Attribute(name=f"attribute {number}", value=value) for number, value in enumerate(values)),
        price=Money(amount=price, currency=currency),
        vat_rate=1900,
        weight_grams=400,
    )


def acting(account_id: str = "ada", *roles: Role) -> AbstractContextManager[Frame]:
    """Act as somebody, a customer unless said otherwise."""
    return scope(context=Context(actor=Actor(id=account_id, roles=frozenset(roles or (Role.CUSTOMER,)))))


def _providing(protocol: type[T], **operations: Callable[..., Awaitable[Any]]) -> T:
    """Return something that provides a contract with these operations; any other fails the test."""

    async def unexpected(*_: object) -> None:
        raise AssertionError(f"{protocol.__name__} was asked something unexpected.")

    def method(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        return lambda _, *arguments: function(*arguments)

    members: dict[str, Any] = dict.fromkeys(contract_of(protocol).operations, unexpected)
    members |= {name: method(function) for name, function in operations.items()}
    provider: T = type(f"Arranged{protocol.__name__}", (protocol,), members)()
    return provider
