"""What a call-back says: read only once its signature says whose it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contracts.payments import Notice, NoticeRefused, NoticeUnreadable
from modules.payments.signatures import is_genuine

_Key = Annotated[str, Meta(min_length=1, max_length=100)]


class Told(msgspec.Struct, frozen=True):
    """A call-back's body: something changed about this payment, or about this refund of it."""

    type: Literal["payment.changed", "refund.changed"]
    payment: _Key
    refund: _Key | None = None


_told = msgspec.json.Decoder(Told)


def read(notice: Notice, secrets: tuple[str, ...], now: datetime) -> Told:
    """Return what a call-back says, once its signature says whose it is."""
    if not is_genuine(secrets, notice, now):
        raise NoticeRefused
    try:
        return _told.decode(notice.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NoticeUnreadable from None
