"""What a supervisor hands to each host, so that it can prove which modules call from there.

A credential does not expire: it holds until the supervisor's key, `wire.key` in the data folder, is removed,
and that ends all of them. It is of no use to whoever sees it without the host's private key.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Annotated, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.errors import LaunchRefused

CREDENTIAL = b"freestone host credential v1\0"
PROOF = b"freestone host proof v1\0"
"""What a signature is for stands in front of what is signed, so that none can be used for the other."""

NONCE = 16
"""Bytes of a callee's challenge: always as many, so that the name behind it begins where it does."""

SIGNATURE = 64
KEY = 32


class Credential(msgspec.Struct, array_like=True, frozen=True):
    """What the supervisor signed: this host runs these modules and has this public key."""

    host: str
    modules: tuple[str, ...]
    public_key: bytes


class HostIdentity(msgspec.Struct, array_like=True, frozen=True):
    """A host's own private key, and the credential that tells others of it."""

    key: Annotated[bytes, msgspec.Meta(min_length=KEY, max_length=KEY)]
    credential: bytes

    def prove(self, nonce: bytes, callee: str) -> bytes:
        """Return the answer to a callee's challenge."""
        return Ed25519PrivateKey.from_private_bytes(self.key).sign(PROOF + nonce + callee.encode())

    def text(self) -> str:
        """Return it as one line of ASCII, secret as it is: to be handed to a child through a pipe."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `text` wrote; `LaunchRefused` for anything else."""
        try:
            return msgspec.msgpack.decode(urlsafe_b64decode(text.strip().encode()), type=cls)
        except (ValueError, msgspec.MsgspecError):
            raise LaunchRefused(
                "The identity that was handed to this host is damaged; start the host from its supervisor again."
            ) from None

    def __repr__(self) -> str:
        return "HostIdentity(…)"  # it would stand in logs


def issue(authority: bytes, host: str, modules: Iterable[str]) -> HostIdentity:
    """Make a host's identity: a fresh pair of keys, vouched for with the supervisor's private key."""
    pair = Ed25519PrivateKey.generate()
    claim = Credential(host, tuple(sorted(modules)), pair.public_key().public_bytes_raw())
    payload = msgspec.msgpack.encode(claim)
    signature = Ed25519PrivateKey.from_private_bytes(authority).sign(CREDENTIAL + payload)
    return HostIdentity(pair.private_bytes_raw(), signature + payload)


def read_credential(authority: bytes, credential: bytes) -> Credential | None:
    """Return what a credential says, None unless the supervisor with this public key signed it."""
    signature, payload = credential[:SIGNATURE], credential[SIGNATURE:]
    try:
        Ed25519PublicKey.from_public_bytes(authority).verify(signature, CREDENTIAL + payload)
        return msgspec.msgpack.decode(payload, type=Credential)
    except (InvalidSignature, msgspec.MsgspecError):
        return None


def is_proof(credential: Credential, proof: bytes, nonce: bytes, callee: str) -> bool:
    """Say whether a proof is that host's own answer to this challenge."""
    try:
        Ed25519PublicKey.from_public_bytes(credential.public_key).verify(proof, PROOF + nonce + callee.encode())
    except (InvalidSignature, ValueError):  # of a key that is none
        return False
    return True
