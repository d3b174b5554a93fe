"""Reading what people send: strictly where programs write it, kindly where people do."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request

from contracts.values import Address, CountryCode, Line, Sku
from modules.storefront.refusals import BadRequest, damaged

Pairs = list[tuple[str, str]]

_MOST_FIELDS = 300
_KEY = re.compile(r"[0-9a-f]{32}")


def read_query(request: Request) -> Pairs:
    """Return the pairs of the address's query; `BadRequest` where it is not UTF-8."""
    query: bytes = request.scope["query_string"]
    return _pairs(query) if query else []


async def read_form(request: Request) -> Form:
    """Return the posted form; `BadRequest` where it is none, or not UTF-8."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise BadRequest("This page takes forms as a browser sends them, nothing else.", status=415)
    return Form(_pairs(await request.body()))


def _pairs(raw: bytes) -> Pairs:
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise BadRequest("The address or the form holds characters that are not UTF-8.") from None
    except ValueError:
        raise BadRequest("There are too many fields.") from None


def clean(text: str) -> str:
    """Return a text with runs of white space, line breaks too, made one space, and none around it."""
    return " ".join(text.split())


def has_controls(text: str) -> bool:
    """Say whether a text holds control characters, which nobody types (and not every database keeps)."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def is_identifier(text: str) -> bool:
    """Say whether a text can be an id at all: not so long, and nothing invisible in it."""
    return 0 < len(text) <= 120 and text.isprintable()


def local_path(target: str | None, otherwise: str = "/") -> str:
    """Return a target if it is a path of this store, safe to redirect to, otherwise ``otherwise``.

    Browsers read ``//host`` and ``/\\host`` as other hosts, and drop tabs and line breaks before they do.
    """
    if not target or len(target) > 500 or not re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", target):
        return otherwise
    return target


def new_key() -> str:
    """Return a new idempotency key for a form that shall count once."""
    return secrets.token_hex(16)


class Form:
    """A form's values, what is wrong with them by field, and what is wrong with the whole (``problem``)."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self.errors: dict[str, str] = {}
        self.problem: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.errors and self.problem is None

    def get(self, name: str, otherwise: str = "") -> str:
        """Return what was sent, to be shown again."""
        return self._values.get(name, [otherwise])[-1]

    def get_all(self, name: str) -> list[str]:
        """Return everything that was sent under one name."""
        return self._values.get(name, [])

    def text(self, name: str, missing: str, longest: int) -> str:
        """Return a line of text that is required; ``missing`` says so."""
        value = clean(self.get(name))
        if not value:
            self.errors[name] = missing
        elif len(value) > longest:
            self.errors[name] = f"This is too long: at most {longest} characters."
        elif has_controls(value):
            self.errors[name] = "This holds characters that cannot be used here."
        return value

    def email(self, name: str) -> str:
        """Return what may be an e-mail address; whether it is one, accounts say."""
        missing = "Enter your e-mail address."
        value = self.text(name, missing, 254)
        if name not in self.errors and len(value) < 3:
            self.errors[name] = missing
        return value

    def password(self, name: str, missing: str) -> str:
        """Return a password exactly as typed."""
        value = self.get(name)
        if not value:
            self.errors[name] = missing
        elif len(value) > 200:
            self.errors[name] = "This is too long: at most 200 characters."
        return value

    def quantity(self, name: str) -> int:
        """Return a quantity of 1 to 99."""
        value = clean(self.get(name))
        if re.fullmatch(r"0{0,9}[1-9][0-9]?", value):
            return int(value)
        self.errors[name] = "Enter a quantity from 1 to 99."
        return 0

    def key(self, name: str = "key") -> str:
        """Return the form's idempotency key; `BadRequest` where somebody tampered with it."""
        value = self.get(name)
        if not _KEY.fullmatch(value):
            raise damaged()
        return value

    def lines(self, name: str = "line") -> tuple[Line, ...]:
        """Return what is ordered, from fields like ``2 SKU``; `BadRequest` where somebody tampered with them."""
        lines = []
        for text in self.get_all(name):
            quantity, _, sku = text.partition(" ")
            if not re.fullmatch(r"[1-9][0-9]{0,2}", quantity) or not is_identifier(sku):
                raise damaged()
            lines.append(Line(sku=Sku(sku), quantity=int(quantity)))
        if not 1 <= len(lines) <= 50:
            raise damaged()
        return tuple(lines)

    def address(self, countries: tuple[CountryCode, ...]) -> Address | None:
        """Return the address of the form's five fields, None where something is wrong with them."""
        fields = {
            "name": self.text("name", "Enter the recipient's name.", 120),
            "street": self.text("street", "Enter a street and house number.", 200),
            "postal_code": self.text("postal_code", "Enter a postal code.", 20),
            "city": self.text("city", "Enter a town or city.", 120),
            "country": self.get("country"),
        }
        if fields["country"] not in countries:
            self.errors["country"] = "Choose a country from the list."
        if any(name in self.errors for name in fields):
            return None
        return Address(**fields)
