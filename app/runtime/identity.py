"""Actor assertions: signed by the module that knows who is who, verified once per host."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadEncoding
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple, final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.kit import Acting, Actor, Clock, Context, PermissionDenied, Signer, current_context
from contracts.kit.context import scope

_PURPOSE = b"freestone actor assertion v1\0"
_CACHED = 10_000


class Keys(NamedTuple):
    """With what assertions are verified and, where the private half is there, signed: 32 raw bytes each."""

    public: bytes
    private: bytes | None = None


class _Claim(msgspec.Struct, array_like=True, frozen=True):
    actor: Actor
    expires: float


_decoder = msgspec.msgpack.Decoder(_Claim)


@final
class AssertionSigner(Signer):
    """Signs with the store's Ed25519 key (RFC 8032)."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        self._clock = clock

    def sign(self, actor: Actor, lifetime: timedelta) -> str:
        expires = (self._clock.now() + lifetime).timestamp()
        claim = msgspec.msgpack.encode(_Claim(actor, expires))
        signature = self._key.sign(_PURPOSE + claim)
        return urlsafe_b64encode(signature + claim).decode()


@final
class Identities(Acting):
    """Verifies assertions and acts on their actors' behalf."""

    def __init__(self, public_key: bytes, clock: Clock) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public_key)
        self._clock = clock
        self._known: OrderedDict[str, _Claim] = OrderedDict()

    @contextmanager
    def acting(self, assertion: str) -> Iterator[Actor]:
        actor = self.verify(assertion)
        outside = current_context()
        with scope(context=Context(request_id=outside.request_id, actor=actor, assertion=assertion)):
            yield actor

    def verify(self, assertion: str) -> Actor:
        """Return whom an assertion speaks for; `PermissionDenied` if it is forged, foreign or expired."""
        claim = self._known.get(assertion)
        if claim is None:
            claim = self._known[assertion] = self._read(assertion)
            if len(self._known) > _CACHED:
                self._known.popitem(last=False)
        if claim.expires <= self._clock.now().timestamp():
            raise PermissionDenied(operation="acting")
        return claim.actor

    def _read(self, assertion: str) -> _Claim:
        try:
            raw = urlsafe_b64decode(assertion.encode())
            if urlsafe_b64encode(raw).decode() != assertion:
                raise PermissionDenied(operation="acting")  # the decoder passes over what does not belong there
            self._key.verify(raw[:64], _PURPOSE + raw[64:])
            return _decoder.decode(raw[64:])
        except (ValueError, BadEncoding, InvalidSignature, msgspec.MsgspecError):
            raise PermissionDenied(operation="acting") from None


def both_keys(private: bytes) -> Keys:
    """Return both halves of a key, given the private one."""
    return Keys(public_part(private), private)


def public_part(key: bytes) -> bytes:
    """Return the public key that belongs to a private one, both as 32 raw bytes."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
