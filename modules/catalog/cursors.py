"""Cursors: where the next page of a search begins, as a text that callers hand back unread.

A cursor names the last row's place, not a count of rows, so that pages neither repeat nor skip a
product when others come and go. It carries a digest over the search and the place: a damaged cursor,
or one of another search, is told apart. It is no secret and no proof.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated

import msgspec

from contracts.catalog import InvalidCursor, Search, Sort

_DIGEST = 9
_Stored = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A row's place in the order of a search: its key in that order, and its number to settle ties."""

    key: _Stored | str
    number: _Stored


_decoder = msgspec.msgpack.Decoder(Place)


def issue(search: Search, place: Place) -> str:
    """Return the cursor for the page that begins after ``place``."""
    packed = msgspec.msgpack.encode(place)
    return base64.urlsafe_b64encode(_digest(search, packed) + packed).decode().rstrip("=")


def place_of(search: Search) -> Place | None:
    """Return after which place the searched page begins, None for the first.

    Raises `InvalidCursor` for a cursor that was not issued for this search.
    """
    cursor = search.cursor
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = _decoder.decode(raw[_DIGEST:])
    except (ValueError, msgspec.DecodeError):
        raise InvalidCursor from None
    if issue(search, place) != cursor or isinstance(place.key, str) != (search.sort is Sort.NAME):
        raise InvalidCursor
    return place


def _digest(search: Search, packed: bytes) -> bytes:
    attributes = sorted({(each.name, each.value) for each in search.attributes})
    narrowing = (search.text, search.category_id, search.price_min, search.price_max, attributes, search.sort)
    return hashlib.blake2b(msgspec.msgpack.encode(narrowing) + packed, digest_size=_DIGEST).digest()
