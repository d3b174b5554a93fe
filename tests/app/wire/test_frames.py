"""Frames are read as they are written, each by the side that it is for alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.wire.frames import (
    CALL,
    CANCEL,
    CLOSE,
    CREDIT,
    END,
    ERROR,
    FROM_CALLEE,
    FROM_CALLER,
    GOAWAY,
    HELLO,
    ITEMS,
    PING,
    PONG,
    RESULT,
    STREAM,
    WELCOME,
    Greeting,
    Welcome,
    encode,
    printable,
    read_hello,
)
from app.wire.hello import PROTOCOL, Hello

CALLERS: list[tuple[Any, ...]] = [
    (CALL, 1, "orders", "catalog.v1/get_product", 500_000, "request-1", None, None, {"product_id": "p-1"}),
    (CALL, 2, "orders", "catalog.v1/get_product", None, "", "signed", "key-1", {}),
    (STREAM, 3, "orders", "catalog.v1/export", None, "", ("orders",), 32, {}),
    (CANCEL, 4),
    (CREDIT, 5, 16),
]
CALLEES: list[tuple[Any, ...]] = [
    (WELCOME, {"catalog.v1": {"contract": "catalog.v1"}}),
    (RESULT, 1, {"id": "p-1"}),
    (ERROR, 2, "call.timed_out", {"operation": "catalog.get_product"}),
    (ITEMS, 3, [1, 2]),
    (END, 4),
    (GOAWAY, "the host is stopping"),
]
EITHER: list[tuple[Any, ...]] = [(HELLO, {}), (PING, 0), (PONG, 7), (CLOSE, "it is over")]


@pytest.mark.parametrize("frame", [*CALLERS, *EITHER], ids=str)
def test_a_callee_reads_what_a_caller_writes(frame: tuple[Any, ...]) -> None:
    assert encode(FROM_CALLER.decode(encode(frame))) == encode(frame)


@pytest.mark.parametrize("frame", [*CALLEES, *EITHER], ids=str)
def test_a_caller_reads_what_a_callee_writes(frame: tuple[Any, ...]) -> None:
    assert encode(FROM_CALLEE.decode(encode(frame))) == encode(frame)


@pytest.mark.parametrize("frame", CALLEES, ids=str)
def test_a_callee_reads_nothing_that_only_callees_write(frame: tuple[Any, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        FROM_CALLER.decode(encode(frame))


@pytest.mark.parametrize("frame", CALLERS, ids=str)
def test_a_caller_reads_nothing_that_only_callers_write(frame: tuple[Any, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        FROM_CALLEE.decode(encode(frame))


def test_what_a_later_release_adds_at_the_end_is_passed_over() -> None:
    assert FROM_CALLER.decode(encode((CANCEL, 4, "why"))).id == 4


def test_a_welcome_need_not_say_more() -> None:
    assert FROM_CALLEE.decode(encode((WELCOME,))) == Welcome()


def test_numbers_below_zero_are_refused() -> None:
    frames: list[tuple[Any, ...]] = [(CANCEL, -1), (CREDIT, 1, -1), (CALL, 1, "a", "b", -1, "", None, None, {})]
    for frame in frames:
        with pytest.raises(msgspec.ValidationError):
            FROM_CALLER.decode(encode(frame))


def test_a_greeting_is_read_as_a_whole() -> None:
    hello = Hello(protocol=PROTOCOL, host="far", modules=("catalog",), nonce=b"1234", max_frame=1 << 20)
    assert read_hello(greeting(hello)) == hello


def test_of_another_versions_greeting_only_the_version_is_read() -> None:
    said = {"protocol": PROTOCOL + 1, "host": "far", "modules": {"catalog": "in another form"}}
    assert read_hello(greeting(said)) == Hello(protocol=PROTOCOL + 1, host="far")


def test_a_greeting_of_this_version_must_be_sound() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_hello(greeting({"protocol": PROTOCOL, "host": "far", "modules": 3}))


def test_texts_from_the_other_side_are_one_short_line() -> None:
    assert printable("it is over\n\x1b[31m") == "it is over��[31m"
    assert len(printable("x" * 10_000)) == 300


def greeting(hello: object) -> Greeting:
    """Return a greeting as it is read."""
    read = FROM_CALLER.decode(encode((HELLO, hello)))
    assert isinstance(read, Greeting)
    return read
