"""What narrows and sorts a list of products, read from an address and written into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from contracts.catalog import Attribute, Search, Sort
from contracts.values import CategoryId
from modules.storefront.forms import Pairs, clean, has_controls
from modules.storefront.refusals import BadRequest
from modules.storefront.render import minor_digits

_FACET = "f."
"""``f.Colour=Blue`` narrows to blue things."""

_HIGHEST = 10**12

SORTS: Mapping[Sort, str] = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest first",
    Sort.PRICE_UP: "Price, lowest first",
    Sort.PRICE_DOWN: "Price, highest first",
    Sort.NAME: "Name",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, as typed; ``errors`` by field. A field with an error does not narrow the list."""

    text: str = ""
    category: str = ""
    price_min: str = ""
    price_max: str = ""
    sort: Sort | None = None
    attributes: tuple[Attribute, ...] = ()
    cursor: str | None = None
    errors: dict[str, str] = field(default_factory=dict, compare=False)
    _bounds: tuple[int | None, int | None] = (None, None)

    @property
    def narrowed(self) -> bool:
        """Whether anything but text and category narrows the list."""
        return bool(self.price_min or self.price_max or self.attributes)

    def search(self, category_id: CategoryId | None, limit: int) -> Search:
        """Return the catalogue's question."""
        return Search(
            text=self.text,
            category_id=category_id,
            price_min=self._bounds[0],
            price_max=self._bounds[1],
            attributes=self.attributes,
            sort=self.sort or (Sort.RELEVANCE if self.text else Sort.NEWEST),
            cursor=self.cursor,
            limit=limit,
        )

    def selects(self, name: str, value: str) -> bool:
        """Say whether the list is narrowed to a facet's value."""
        return any(each.name == name and each.value == value for each in self.attributes)

    def query(self, cursor: str | None = None) -> str:
        """Return the query that asks for the same, from a cursor or from the start; with its question mark."""
        pairs = [
            ("q", self.text),
            ("category", self.category),
            ("min", self.price_min),
            ("max", self.price_max),
            ("sort", self.sort.value if self.sort else ""),
            *((_FACET + each.name, each.value) for each in self.attributes),
            ("cursor", cursor or ""),
        ]
        written = urlencode([(name, value) for name, value in pairs if value])
        return f"?{written}" if written else "?"

    def without(self, attribute: Attribute) -> str:
        """Return the query without one facet's value."""
        return replace(self, attributes=tuple(each for each in self.attributes if each != attribute)).query()

    def without_prices(self) -> str:
        """Return the query without a price range."""
        return replace(self, price_min="", price_max="").query()

    def without_all(self) -> str:
        """Return the query for the text and the category alone."""
        return replace(self, price_min="", price_max="", attributes=()).query()


def read_filters(pairs: Pairs, currency: str) -> Filters:
    """Read what was asked for. `BadRequest` for what no form of ours sends; unknown fields do not count."""
    values = dict(pairs)
    errors: dict[str, str] = {}
    text = clean(values.get("q", ""))
    if len(text) > 200 or has_controls(text):
        errors["q"] = "Search for words of at most 200 characters together."
    low, high = (_price(values.get(name, ""), name, currency, errors) for name in ("min", "max"))
    if low is not None and high is not None and low > high:
        errors["max"] = "The highest price is below the lowest."
        high = None
    cursor = values.get("cursor") or None
    if cursor is not None and (len(cursor) > 500 or not cursor.isprintable()):
        raise BadRequest("This is no page of results: the address is damaged.")
    return Filters(
        text=text,
        category=values.get("category", ""),
        price_min=clean(values.get("min", "")),
        price_max=clean(values.get("max", "")),
        sort=_sort(values.get("sort", "")),
        attributes=_attributes(pairs),
        cursor=cursor,
        errors=errors,
        _bounds=(low, high),
    )


def _price(typed: str, name: str, currency: str, errors: dict[str, str]) -> int | None:
    typed = clean(typed)
    if not typed:
        return None
    digits = minor_digits(currency)
    fits = re.fullmatch(rf"([0-9]{{1,12}})(?:[.,]([0-9]{{1,{digits}}}))?" if digits else r"([0-9]{1,12})()", typed)
    if fits is None:
        errors[name] = "Enter a price such as 25 or 9.50." if digits else "Enter a price in whole numbers."
        return None
    return min(int(fits[1] + (fits[2] or "").ljust(digits, "0")), _HIGHEST)


def _sort(asked: str) -> Sort | None:
    if not asked:
        return None
    try:
        return Sort(asked)
    except ValueError:
        raise BadRequest("There is no such order of products.") from None


def _attributes(pairs: Pairs) -> tuple[Attribute, ...]:
    chosen = {
        (name.removeprefix(_FACET), value): None
        for name, value in pairs
        if name.startswith(_FACET) and len(name) > len(_FACET) and value
    }
    if len(chosen) > 20:
        raise BadRequest("These are too many filters at once: at most 20.")
    if any(len(name) > 60 or len(value) > 120 or has_controls(name + value) for name, value in chosen):
        raise BadRequest("There is no such filter.")
    return tuple(Attribute(name=name, value=value) for name, value in chosen)
