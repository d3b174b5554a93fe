"""How pages are rendered: one template environment, and how amounts and instants read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from contracts.orders import OrderState
from contracts.values import Money
from modules.storefront.assets import Assets
from modules.storefront.countries import country_name
from modules.storefront.settings import StorefrontSettings

_MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the point, ISO 4217 table A.1; 2 for all others."""

_SIGNS: Mapping[str, str] = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}

STATES: Mapping[OrderState, str] = {
    OrderState.PLACED: "In progress",
    OrderState.CONFIRMED: "Confirmed",
    OrderState.PAID: "Paid",
    OrderState.CANCELLING: "Being cancelled",
    OrderState.CANCELLED: "Cancelled",
    OrderState.REJECTED: "Not completed",
}


def make_environment(settings: StorefrontSettings, assets: Assets) -> jinja2.Environment:
    """Return the environment in which each template is compiled once, and everything is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        money=money,
        percent=percent,
        day=day,
        minute=minute,
        segment=segment,
        country=country_name,
        paragraphs=paragraphs,
    )
    countries = sorted(settings.countries, key=country_name)
    environment.globals.update(store=settings, asset=assets.address, states=STATES, countries=countries)
    return environment


def money(value: Money) -> str:
    """Write an amount, e.g. €1,234.50, ¥800 or CHF 12.00."""
    digits = minor_digits(value.currency)
    whole, rest = divmod(abs(value.amount), 10**digits)
    number = f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"
    sign = _SIGNS.get(value.currency) or f"{value.currency}\N{NO-BREAK SPACE}"
    return ("\N{MINUS SIGN}" if value.amount < 0 else "") + sign + number


def minor_digits(currency: str) -> int:
    """Return how many digits a currency's minor unit stands after the point."""
    return _MINOR_DIGITS.get(currency, 2)


def percent(basis_points: int) -> str:
    """Write a rate given in hundredths of a percent, e.g. 19 % or 5.5 %."""
    return f"{basis_points / 100:g}\N{NO-BREAK SPACE}%"


def day(instant: datetime) -> str:
    """Write the day of an instant in UTC, e.g. 3 May 2026."""
    at = instant.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def minute(instant: datetime) -> str:
    """Write an instant to the minute, e.g. 3 May 2026, 14:05 UTC."""
    return f"{day(instant)}, {instant.astimezone(UTC):%H:%M} UTC"


def segment(text: str) -> str:
    """Quote text as one segment of an address's path."""
    return quote(text, safe="")


def paragraphs(text: str) -> list[str]:
    """Split a text at its empty lines."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def render(environment: jinja2.Environment, template: str, values: Mapping[str, Any]) -> bytes:
    """Render a template to UTF-8."""
    return environment.get_template(template).render(values).encode()
