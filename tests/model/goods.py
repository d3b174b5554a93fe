"""What the model's shop sells, and what that costs delivered: worked out from the contracts' words alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from contracts.catalog import Attribute, InvalidPrice, Offer, VariantNotFound
from contracts.orders import ItemProblem, NoDelivery, NotAvailable, OrderLine, Quote, Vat
from contracts.values import CountryCode, Line, Money, ProductId, Sku

ZONES: Mapping[CountryCode, tuple[tuple[int, int], ...]] = {
    "DE": ((2_000, 490), (31_500, 1_490)),
    "CH": ((10_000, 2_990),),
}
"""What delivery costs, up to so many grams; to other countries nothing is delivered."""

COUNTRIES: tuple[CountryCode, ...] = (*ZONES, "US")


class Ware(NamedTuple):
    """One SKU, and how many of it the shop begins with."""

    sku: Sku
    product: ProductId
    name: str
    detail: str
    vat_rate: int
    grams: int
    price: int
    level: int


def wares(tag: str) -> tuple[Ware, ...]:
    """Return an assortment whose names begin with a tag, so that one store can hold several."""

    def ware(sku: str, product: str, *rest: str | int) -> Ware:
        return Ware(Sku(tag + sku), ProductId(tag.lower() + product), *rest)  # type: ignore[arg-type]  # as written below

    return (
        ware("MUG-BLUE", "mug", "Mug", "Blue", 1900, 400, 1250, 8),
        ware("MUG-RED", "mug", "Mug", "Red", 1900, 400, 1300, 2),
        ware("BOOK", "book", "Book", "", 700, 800, 1999, 6),
        ware("ANVIL", "anvil", "Anvil", "", 1900, 9_000, 7500, 5),
    )


def euros(cents: int) -> Money:
    """Return so many cents."""
    return Money(amount=cents, currency="EUR")


def add_up(lines: Iterable[Line]) -> dict[Sku, int]:
    """Add up the lines of the same SKU, in the order in which the SKUs first come."""
    total: dict[Sku, int] = {}
    for line in lines:
        total[line.sku] = total.get(line.sku, 0) + line.quantity
    return total


class Goods:
    """The catalogue: prices that change, and products that go."""

    def __init__(self, assortment: Iterable[Ware]) -> None:
        self.wares = {each.sku: each for each in assortment}
        self.prices = {each.sku: each.price for each in self.wares.values()}
        self.gone: set[ProductId] = set()

    def offer(self, sku: Sku) -> Offer | None:
        """Return a SKU as it is sold now."""
        ware = self.wares.get(sku)
        if ware is None or ware.product in self.gone:
            return None
        return Offer(
            sku=sku,
            product_id=ware.product,
            name=ware.name,
            attributes=attributes(ware),
            price=euros(self.prices[sku]),
            vat_rate=ware.vat_rate,
            weight_grams=ware.grams,
        )

    def change_price(self, sku: Sku, price: Money) -> None:
        """Set a price."""
        if sku not in self.wares:
            raise VariantNotFound(sku=sku)
        if price.amount < 0 or price.currency != "EUR":
            raise InvalidPrice(price=price)
        self.prices[sku] = price.amount

    def quote(self, lines: Iterable[Line], country: CountryCode, available: Mapping[Sku, int]) -> Quote:
        """Return what lines cost; the digest is the store's own affair."""
        wanted = add_up(lines)
        offers = {sku: self.offer(sku) for sku in wanted}
        possible = {sku: 0 if offers[sku] is None else min(999, available.get(sku, 0)) for sku in wanted}
        problems = [
            ItemProblem(sku=sku, wanted=quantity, available=possible[sku])
            for sku, quantity in wanted.items()
            if quantity > possible[sku]
        ]
        if problems:
            raise NotAvailable(problems=tuple(problems))
        rows = tuple(_row(self.wares[sku], self.prices[sku], quantity) for sku, quantity in wanted.items())
        delivery = _delivery(country, sum(self.wares[row.sku].grams * row.quantity for row in rows))
        return Quote(
            lines=rows,
            delivery=euros(delivery),
            vat=_vat(rows, delivery),
            total=euros(delivery + sum(row.total.amount for row in rows)),
            digest="",
        )


def attributes(ware: Ware) -> tuple[Attribute, ...]:
    """Return what sets a SKU apart from the others of its product."""
    return (Attribute(name="Colour", value=ware.detail),) if ware.detail else ()


def _row(ware: Ware, price: int, quantity: int) -> OrderLine:
    return OrderLine(
        sku=ware.sku,
        name=ware.name,
        detail=ware.detail,
        quantity=quantity,
        unit_price=euros(price),
        total=euros(price * quantity),
        vat_rate=ware.vat_rate,
    )


def _delivery(country: CountryCode, grams: int) -> int:
    for up_to, price in ZONES.get(country, ()):
        if grams <= up_to:
            return price
    raise NoDelivery(country=country, weight_grams=grams)


def _vat(rows: Iterable[OrderLine], delivery: int) -> tuple[Vat, ...]:
    gross: dict[int, int] = {}
    for row in rows:
        gross[row.vat_rate] = gross.get(row.vat_rate, 0) + row.total.amount
    gross[max(gross)] += delivery
    return tuple(
        Vat(rate=rate, amount=euros(math.floor(Fraction(gross[rate] * rate, 10_000 + rate) + Fraction(1, 2))))
        for rate in sorted(gross, reverse=True)
    )
