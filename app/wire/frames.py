"""The frames: what may arrive from either side, and how frames are written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from app.wire.claims import Claim
from app.wire.hello import PROTOCOL, Hello

HELLO, WELCOME, CALL, RESULT, ERROR, CANCEL, STREAM, ITEMS, CREDIT, END, PING, PONG, GOAWAY, CLOSE = range(14)

Count = Annotated[int, msgspec.Meta(ge=0)]


class Greeting(msgspec.Struct, array_like=True, tag=HELLO, gc=False):
    """Who the other side is; see `read_hello`."""

    hello: msgspec.Raw


class Welcome(msgspec.Struct, array_like=True, tag=WELCOME, gc=False):
    """The caller is admitted; ``shapes`` has what the callee means by the contracts whose fingerprints differ."""

    shapes: dict[str, msgspec.Raw] = {}


class Call(msgspec.Struct, array_like=True, tag=CALL, gc=False):
    """Execute an operation once; ``remaining`` is in microseconds."""

    id: Count
    caller: str
    path: str
    remaining: Count | None
    request_id: str
    claim: Claim
    key: str | None
    arguments: msgspec.Raw


class Result(msgspec.Struct, array_like=True, tag=RESULT, gc=False):
    """What a call returned."""

    id: Count
    result: msgspec.Raw


class Failure(msgspec.Struct, array_like=True, tag=ERROR, gc=False):
    """What a call or a stream raised."""

    id: Count
    code: str
    fields: msgspec.Raw


class Cancel(msgspec.Struct, array_like=True, tag=CANCEL, gc=False):
    """Nobody waits for this call or stream any longer."""

    id: Count


class Stream(msgspec.Struct, array_like=True, tag=STREAM, gc=False):
    """Produce a stream's items, ``credit`` of them for now."""

    id: Count
    caller: str
    path: str
    remaining: Count | None
    request_id: str
    claim: Claim
    credit: Count
    arguments: msgspec.Raw


class Items(msgspec.Struct, array_like=True, tag=ITEMS):
    """Some items of a stream, in order."""

    id: Count
    items: list[msgspec.Raw]


class Credit(msgspec.Struct, array_like=True, tag=CREDIT, gc=False):
    """So many items more are welcome."""

    id: Count
    more: Count


class End(msgspec.Struct, array_like=True, tag=END, gc=False):
    """A stream is over."""

    id: Count


class Ping(msgspec.Struct, array_like=True, tag=PING, gc=False):
    """To be answered with a `Pong` of the same number."""

    number: Count


class Pong(msgspec.Struct, array_like=True, tag=PONG, gc=False):
    """Whatever was sent before the `Ping` has been read."""

    number: Count


class GoAway(msgspec.Struct, array_like=True, tag=GOAWAY, gc=False):
    """No call is begun here any more; those under way go on."""

    reason: str


class Close(msgspec.Struct, array_like=True, tag=CLOSE, gc=False):
    """The last frame, and why."""

    reason: str


class _Version(msgspec.Struct):
    protocol: int
    host: str


FROM_CALLER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    Call | Cancel | Stream | Credit | Ping | Pong | Greeting | Close
)
FROM_CALLEE: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    Result | Failure | Items | End | Ping | Pong | Greeting | Welcome | GoAway | Close
)
"""What each side may send; anything else is damaged, or goes in the wrong direction."""

encode = msgspec.msgpack.Encoder().encode
"""Encodes a frame that is written as a tuple, its kind first."""

_LONGEST = 300


_hello = msgspec.msgpack.Decoder(Hello)
_version = msgspec.msgpack.Decoder(_Version)


def read_hello(greeting: Greeting) -> Hello:
    """Return who the other side is, raising what decoding raises.

    Of one that speaks another version of the protocol no more is read than every version says alike.
    """
    version = _version.decode(greeting.hello)
    if version.protocol != PROTOCOL:
        return Hello(protocol=version.protocol, host=version.host)
    return _hello.decode(greeting.hello)


def printable(text: str) -> str:
    """Return a text from the other side as one line that does no harm in a log."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_LONGEST])
