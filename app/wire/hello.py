"""The first frame that each side sends: who it is, and what it speaks."""

from __future__ import annotations

import msgspec

PROTOCOL = 1
"""The version of the wire protocol spoken here; a peer that speaks another is refused."""

HOST = "host"
"""The caller's name for a host's own use of a contract: supervision and the command line."""

DOOR = "door"
"""The caller's name for whoever calls through the HTTP/JSON door and is no module."""


class Hello(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one side says of itself, as a map; unknown keys are ignored.

    ``contracts`` has the fingerprint of each contract and each event that the side serves (the callee) or needs (the
    caller), by key; see `Agreement`. ``nonce`` is the callee's, 16 random bytes; ``credential`` and ``proof`` are the
    caller's answer to it, absent where a TLS certificate proves the same. ``modules`` are those that run there;
    ``failures`` says of some of the callee's why they do not serve.
    """

    protocol: int
    host: str
    modules: tuple[str, ...] = ()
    contracts: dict[str, str] = {}
    failures: dict[str, str] = {}
    nonce: bytes = b""
    credential: bytes = b""
    proof: bytes = b""
    max_frame: int = 4 << 20


class Peer(msgspec.Struct, frozen=True):
    """Who is at the other end, as far as it was proved: the ``modules`` in whose name it may call."""

    host: str
    modules: frozenset[str]
