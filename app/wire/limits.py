"""What one connection may take: in bytes, in calls and in seconds."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a connection, the same at both ends by default.

    ``frame`` is the longest frame that is accepted, in bytes; one that is longer by its length alone ends the
    connection. Nesting is bounded by the decoder: a few hundred levels, the interpreter's own bound. ``calls`` may be
    under way at once, streams included; one more is answered with `Overloaded`. ``window`` is how many items of a
    stream its caller takes ahead of its reader.

    In seconds: ``hello`` for the whole handshake, ``frame_time`` for one frame from its first byte to its last,
    ``stall`` for a peer to read what was written to it, ``ping`` between two signs of life; a peer silent for
    three times as long is gone.
    """

    frame: int = 4 << 20
    calls: int = 1024
    window: int = 32
    hello: float = 5.0
    frame_time: float = 10.0
    stall: float = 10.0
    ping: float = 2.0
