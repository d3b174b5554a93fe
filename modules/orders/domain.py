"""The rules of orders that need nothing but values."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.catalog import Offer
from contracts.kit import Message
from contracts.orders import ItemProblem, NoDelivery, OrderLine, OrderState, Quote, Vat
from contracts.values import CountryCode, Line, Money, OrderId, Sku

MOST_OF_ONE = 999
"""Of one SKU in one order, as the bounds of a line are."""

LASTING = frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED})

SOLD_OUT, EXPIRED, CANCELLED, REVOKED = "sold_out", "expired", "cancelled", "revoked"
"""Reasons of an order's end, beside those for which a payment is declined."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letter is taken for another, or for a digit


class Bracket(Message):
    """What delivery costs, in minor units including VAT, up to a weight."""

    up_to_grams: Annotated[int, Meta(gt=0)]
    price: Annotated[int, Meta(gt=0, le=10**9)]


class Zone(Message):
    """Countries to which delivery costs the same; beyond the heaviest bracket nothing is delivered."""

    countries: Annotated[tuple[CountryCode, ...], Meta(min_length=1)]
    brackets: Annotated[tuple[Bracket, ...], Meta(min_length=1)]


class Step(StrEnum):
    """What an order waits for next; nothing, once its state lasts.

    Forward: ``RESERVE`` stock, ``AUTHORISE`` the payment, whereupon the order is confirmed, ``COMMIT`` the
    stock, ``CAPTURE`` the payment. The stock is committed first, since a reservation may have expired, and
    nobody shall pay for what is not there; once it has left, the order only goes forward. Back: ``VOID``
    the payment, where one may have been authorised, ``RELEASE`` the stock. Back from a paid order, or where a payment
    that was to be voided turns out to be taken: ``REFUND`` it, then ``RELEASE`` the stock. ``RESTOCK`` what had left,
    where that is found when it was to be released, or a confirmed order's payment turns out to be voided.
    """

    RESERVE = "reserve"
    AUTHORISE = "authorise"
    COMMIT = "commit"
    CAPTURE = "capture"
    VOID = "void"
    RELEASE = "release"
    REFUND = "refund"
    RESTOCK = "restock"

    @property
    def way_back(self) -> Step | None:
        """Where an order that was to take this step turns back to; None where it cannot any more, or has."""
        return _WAYS_BACK.get(self)


_WAYS_BACK: Mapping[Step, Step] = {Step.RESERVE: Step.RELEASE, Step.AUTHORISE: Step.VOID}


class Answer(IntEnum):
    """What the payment provider owes of the present step, as the timeline has told it: nothing, any answer at all, or
    a last one, after saying that the matter is under way."""

    NONE_OWED = 0
    MISSING = 1
    NOT_YET = 2


def new_order_id() -> OrderId:
    """Return a short id that people can read out and nobody can guess."""
    return OrderId("F" + "".join(secrets.choice(_ALPHABET) for _ in range(9)))


def add_up(lines: Iterable[Line]) -> dict[Sku, int]:
    """Add up the lines of the same SKU; in the order in which the SKUs first come."""
    total: dict[Sku, int] = {}
    for line in lines:
        total[line.sku] = total.get(line.sku, 0) + line.quantity
    return total


def problems(
    wanted: Mapping[Sku, int], offers: Mapping[Sku, Offer], available: Mapping[Sku, int]
) -> tuple[ItemProblem, ...]:
    """Return what cannot be ordered: not sold, too few in stock, or too many for one order."""
    found = []
    for sku, quantity in wanted.items():
        possible = min(available.get(sku, 0), MOST_OF_ONE) if sku in offers else 0
        if possible < quantity:
            found.append(ItemProblem(sku=sku, wanted=quantity, available=possible))
    return tuple(found)


def make_quote(
    wanted: Mapping[Sku, int], offers: Mapping[Sku, Offer], zones: Iterable[Zone], country: CountryCode
) -> Quote:
    """Work out what these SKUs, all of them on offer and in the same currency, cost delivered to a country.

    Raises `NoDelivery` where no zone and bracket fits.
    """
    lines = tuple(_order_line(offers[sku], quantity) for sku, quantity in wanted.items())
    (currency,) = {line.total.currency for line in lines}
    weight = sum(offers[sku].weight_grams * quantity for sku, quantity in wanted.items())
    delivery = delivery_price(zones, country, weight)
    quote = Quote(
        lines=lines,
        delivery=Money(amount=delivery, currency=currency),
        vat=tuple(
            Vat(rate=rate, amount=Money(amount=amount, currency=currency))
            for rate, amount in vat_contained(((line.vat_rate, line.total.amount) for line in lines), delivery)
        ),
        total=Money(amount=sum(line.total.amount for line in lines) + delivery, currency=currency),
        digest="",
    )
    return msgspec.structs.replace(quote, digest=_digest(quote, country))


def delivery_price(zones: Iterable[Zone], country: CountryCode, weight_grams: int) -> int:
    """Return what delivery costs: of the brackets that bear the weight, the lightest."""
    for zone in zones:
        if country in zone.countries:
            for bracket in sorted(zone.brackets, key=lambda each: each.up_to_grams):
                if weight_grams <= bracket.up_to_grams:
                    return bracket.price
    raise NoDelivery(country=country, weight_grams=weight_grams)


def vat_contained(gross: Iterable[tuple[int, int]], delivery: int) -> tuple[tuple[int, int], ...]:
    """Return how much VAT is contained in amounts given as (rate, amount with VAT), by rate, highest first.

    Delivery is taxed as the most highly taxed line. VAT is worked out of each rate's total, once, and
    rounded half up, so that it is not off by the number of lines.
    """
    totals: defaultdict[int, int] = defaultdict(int)
    for rate, amount in gross:
        totals[rate] += amount
    totals[max(totals)] += delivery
    return tuple((rate, vat_of(totals[rate], rate)) for rate in sorted(totals, reverse=True))


def vat_of(gross: int, rate: int) -> int:
    """Return the VAT at a rate, in hundredths of a percent, that an amount contains, rounded half up."""
    whole = 10_000 + rate
    return (2 * gross * rate + whole) // (2 * whole)


def _order_line(offer: Offer, quantity: int) -> OrderLine:
    price = offer.price
    return OrderLine(
        sku=offer.sku,
        name=offer.name,
        detail=", ".join(attribute.value for attribute in offer.attributes),
        quantity=quantity,
        unit_price=price,
        total=Money(amount=price.amount * quantity, currency=price.currency),
        vat_rate=offer.vat_rate,
    )


def _digest(quote: Quote, country: CountryCode) -> str:
    """Stand for everything that was shown, and for where it is delivered to."""
    return hashlib.sha256(msgspec.json.encode((country, quote), order="deterministic")).hexdigest()
