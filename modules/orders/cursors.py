"""Cursors: where the next page of somebody's orders begins, as a text that callers hand back unread."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated

import msgspec

from contracts.orders import InvalidCursor
from contracts.values import AccountId, OrderId

_DIGEST = 6


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An order's place in its account's history; ``placed`` in microseconds since 1970."""

    placed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    order_id: OrderId


_decoder = msgspec.msgpack.Decoder(Place)


def issue(account_id: AccountId, place: Place) -> str:
    """Return the cursor for the page that begins after ``place``."""
    packed = msgspec.msgpack.encode(place)
    return base64.urlsafe_b64encode(_digest(account_id, packed) + packed).decode().rstrip("=")


def place_of(account_id: AccountId, cursor: str) -> Place:
    """Return after which place the page begins; `InvalidCursor` unless issued for this account."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = _decoder.decode(raw[_DIGEST:])
    except (ValueError, msgspec.DecodeError):
        raise InvalidCursor from None
    if issue(account_id, place) != cursor:
        raise InvalidCursor
    return place


def _digest(account_id: AccountId, packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=_DIGEST, key=account_id.encode()[:64]).digest()
