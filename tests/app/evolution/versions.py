"""Two versions of a contract in a few lines, as they stand in a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from app.evolution.shape import ContractShape, shape_of
from contracts.kit import Error, Event, Message, atomic, command, contract, contract_of, query, stream


class Price(Message):
    amount: int


class OtherPrice(Message):
    amount: str


class Product(Message):
    price: Price


class OtherProduct(Message):
    price: OtherPrice


class Sold(Event):
    code: ClassVar[str] = "shop.sold"
    key: ClassVar[str] = "sku"
    sku: str
    price: Price


class OtherSold(Event):
    code: ClassVar[str] = "shop.sold"
    key: ClassVar[str] = "sku"
    sku: str
    price: OtherPrice


class Gone(Error):
    code = "shop.gone"
    sku: str


class OtherGone(Error):
    code = "shop.gone"
    sku: int


class Lost(Error):
    code = "shop.lost"


@contract(version=1, name="shop", events=(Sold,))
class Shop(Protocol):
    @query()
    async def get(self, sku: str) -> Product: ...

    @query()
    async def find(self, size: Annotated[int, Meta(ge=1, le=99)]) -> tuple[Product, ...]: ...

    @query(raises=(Gone,))
    async def look(self) -> None: ...

    @stream()
    def all(self) -> AsyncIterator[Product]: ...

    @command(atomic)
    async def buy(self) -> None: ...

    @query()
    async def count(self) -> int: ...

    @query()
    async def same(self, limit: int = 1) -> int: ...


@contract(version=1, name="shop", events=(OtherSold,))
class OtherShop(Protocol):
    @query()
    async def get(self, sku: str, size: int) -> OtherProduct: ...

    @query()
    async def find(self, size: Annotated[int, Meta(ge=1, le=50)]) -> tuple[OtherProduct, ...]: ...

    @query(raises=(OtherGone, Lost))
    async def look(self) -> None: ...

    @stream()
    def all(self) -> AsyncIterator[OtherProduct]: ...

    @command()
    async def buy(self) -> None: ...

    @stream()
    def count(self) -> AsyncIterator[int]: ...

    @query(deadline=3)
    async def same(self, limit: int = 2, more: str = "") -> int: ...


OLD: ContractShape = shape_of(contract_of(Shop), "shop.v1")
NEW: ContractShape = shape_of(contract_of(OtherShop), "shop.v1")
