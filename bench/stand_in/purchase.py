"""What crosses on the way of an order, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from bench.stand_in.models import Address, Line, Model, Money, Sku


class OrderLine(Model):
    """One SKU of a quote or an order."""

    sku: Sku
    name: str
    detail: str
    quantity: int
    unit_price: Money
    total: Money
    vat_rate: int


class Vat(Model):
    """How much VAT of one rate a total contains."""

    rate: int
    amount: Money


class QuoteRequest(Model):
    """What is to be delivered where."""

    lines: Annotated[list[Line], Field(min_length=1, max_length=50)]
    country: str


class Quote(Model):
    """What an order would cost."""

    lines: list[OrderLine]
    delivery: Money
    vat: list[Vat]
    total: Money
    digest: str


class OrderRequest(Model):
    """What is bought."""

    quote_digest: str
    lines: Annotated[list[Line], Field(min_length=1, max_length=50)]
    address: Address
    payment_token: str


class TimelineEntry(Model):
    """Something that happened to an order."""

    at: datetime
    what: str


class Order(Model):
    """An order as its customer sees it."""

    id: str
    placed: datetime
    state: str
    lines: list[OrderLine]
    delivery: Money
    vat: list[Vat]
    total: Money
    address: Address
    timeline: list[TimelineEntry]
    reason: str | None = None


class OrderSummary(Model):
    """What a list shows of an order."""

    id: str
    placed: datetime
    state: str
    total: Money
    count: int


class PaymentRequest(Model):
    """What is to be held for an order."""

    order_id: str
    amount: Money
    token: str


class Payment(Model):
    """One payment for one order."""

    id: str
    order_id: str
    amount: Money
    state: str


class Bought(Model):
    """What an account has bought."""

    account_id: str
    lines: list[Line]
