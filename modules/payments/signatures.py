"""Signed call-backs, as Standard Webhooks has them (https://www.standardwebhooks.com, symmetric signatures)."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from contracts.payments import Notice

PREFIX = "whsec_"
"""What a secret begins with; the rest is base64."""

TOLERANCE = timedelta(minutes=5)
"""So far may the sender's clock, and the way here, put a call-back's time from ours."""


def sign(secret: str, notice_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a call-back: the header's text for one secret."""
    return f"v1,{b64encode(_digest(secret, notice_id, timestamp, body)).decode()}"


def is_genuine(secrets: Iterable[str], notice: Notice, now: datetime) -> bool:
    """Say whether a call-back was signed with one of these secrets, and not long ago.

    A provider may sign with an old and a new secret while they are exchanged. Each of ours is worked out once, however
    many signatures came, and compared in constant time.
    """
    if not (notice.timestamp.isascii() and notice.timestamp.isdigit() and len(notice.timestamp) <= 12):
        return False
    if abs(now.timestamp() - int(notice.timestamp)) > TOLERANCE.total_seconds():
        return False
    given = [text.encode() for text in notice.signature.split()]
    ours = [sign(secret, notice.id, notice.timestamp, notice.body).encode() for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in ours for other in given)


def _digest(secret: str, notice_id: str, timestamp: str, body: bytes) -> bytes:
    key = b64decode(secret.removeprefix(PREFIX))
    return hmac.digest(key, f"{notice_id}.{timestamp}.".encode() + body, "sha256")
