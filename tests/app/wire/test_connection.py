"""One end of a connection reads whole frames, writes gathered ones, and cuts off a peer that leaves it waiting."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
import pytest

from app.wire.connection import FAREWELL, GATHERED, PERIODS, SHORT, UNREAD, Connection, TooLarge, Violation
from app.wire.frames import CLOSE, FROM_CALLER, PING, PONG, Close, Ping, Pong
from app.wire.limits import Limits
from tests.app.runtime.virtual import VirtualLoop
from tests.app.wire.peers import Pipe, packed

LIMITS = Limits(frame=1 << 16, ping=2.0, frame_time=10.0, stall=10.0)
CALL = [2, 1, "tester", "errand.v1/run", None, "", None, None, {}]


class Listening(Connection):
    """Keeps what it receives."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        super().__init__(FROM_CALLER, limits)
        self.received: list[Any] = []
        self.reasons: list[str] = []
        self.is_gone = False

    def __str__(self) -> str:
        return "the connection under test"

    def receive(self, frame: Any) -> None:
        if type(frame) in (Ping, Close):
            self.alive(frame)
        elif type(frame) is not Pong:
            self.received.append(frame)

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)

    def gone(self) -> None:
        self.is_gone = True


def opened(limits: Limits = LIMITS) -> tuple[Listening, Pipe]:
    """Return a connection and its transport."""
    connection, pipe = Listening(limits), Pipe()
    connection.connection_made(pipe)
    return connection, pipe


def cancel(number: int, padding: int = 0) -> list[Any]:
    """Return a small frame, or one with something at its end."""
    return [5, number, b"x" * padding] if padding else [5, number]


def numbers(connection: Listening) -> list[int]:
    """Return the numbers of the frames that were received."""
    return [frame.id for frame in connection.received]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 11, 1000])
async def test_frames_arrive_whole_however_they_are_cut(size: int) -> None:
    connection, pipe = opened()
    data = packed(*(cancel(number, padding=number % 5 * 30) for number in range(20)))
    for position in range(0, len(data), size):
        connection.data_received(data[position : position + size])
    assert numbers(connection) == list(range(20))
    assert not pipe.is_closed


async def test_what_is_left_of_the_next_frame_is_kept_and_no_more() -> None:
    connection, _ = opened()
    whole, half = packed(cancel(1)), packed(cancel(2, padding=1000))[:500]
    connection.data_received(whole + half)
    assert numbers(connection) == [1]
    assert connection.unfinished == len(half)


async def test_a_long_frame_is_put_together_only_once() -> None:
    connection, _ = opened(msgspec.structs.replace(LIMITS, frame=1 << 20))
    data = packed(cancel(1, padding=1 << 19))
    decoded: list[int] = []
    before = connection._decode

    def decode(frame: Any) -> Any:
        decoded.append(len(frame))
        return before(frame)

    connection._decode = decode
    for position in range(0, len(data), 64):
        connection.data_received(data[position : position + 64])
    assert decoded == [len(data) - 4]
    assert numbers(connection) == [1]


async def test_a_frame_as_long_as_is_accepted_is_read() -> None:
    connection, pipe = opened()
    size = len(packed(cancel(1, padding=60_000))) - 4
    connection.data_received(packed(cancel(1, padding=60_000 + LIMITS.frame - size)))
    assert numbers(connection) == [1]
    assert not pipe.is_closed


async def test_a_frame_that_is_too_long_closes_the_connection_by_its_length_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection, pipe = opened()
    connection.data_received((LIMITS.frame + 1).to_bytes(4, "big"))
    assert pipe.frames == [[CLOSE, "a frame of 65537 bytes is too long; 65536 are accepted"]]
    assert pipe.is_ended
    connection.data_received(b"x" * 1000)
    assert connection.unfinished == 0
    assert len(warnings(caplog)) == 1


BAD = {
    "not MessagePack": b"\xc1",
    "empty": b"",
    "no array": msgspec.msgpack.encode({"a": 1}),
    "an empty array": msgspec.msgpack.encode([]),
    "an unknown kind": msgspec.msgpack.encode([99, 1]),
    "a kind that is no number": msgspec.msgpack.encode(["call", 1]),
    "the wrong direction": msgspec.msgpack.encode([3, 1, "result"]),
    "too few elements": msgspec.msgpack.encode(CALL[:5]),
    "an element of another type": msgspec.msgpack.encode([5, "one"]),
    "more behind the array": msgspec.msgpack.encode([5, 1]) + b"\x00",
    "a text that is no UTF-8": msgspec.msgpack.encode([13, "xx"]).replace(b"xx", b"\xff\xfe"),
    "truncated inside": msgspec.msgpack.encode(CALL)[:-3],
    "a length that lies": b"\x92\x05\xdd\xff\xff\xff\xff",
    "nested without end": msgspec.msgpack.encode(CALL)[:-1] + b"\x91" * 50_000 + b"\xc0",
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD)
async def test_a_damaged_frame_closes_the_connection_with_a_reason(
    frame: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    connection, pipe = opened()
    good = packed(cancel(1))
    connection.data_received(good + len(frame).to_bytes(4, "big") + frame + good)
    assert numbers(connection) == [1]
    ((kind, reason),) = pipe.frames
    assert kind == CLOSE
    assert reason.startswith("a frame is damaged or does not belong here: ")
    assert pipe.is_ended
    assert [record.message for record in warnings(caplog)] == [f"the connection under test is closed: {reason}"]


async def test_what_is_sent_within_a_tick_is_written_at_once_and_in_order() -> None:
    connection, pipe = opened()
    for number in range(10):
        connection.send((PING, number))
    assert pipe.written == []
    await asyncio.sleep(0)
    assert len(pipe.written) == 1
    assert pipe.frames == [[PING, number] for number in range(10)]


async def test_answers_are_written_when_all_that_came_was_handled() -> None:
    connection, pipe = opened()
    connection.data_received(packed([PING, 1], [PING, 2], [PING, 3]))
    assert len(pipe.written) == 1
    assert pipe.frames == [[PONG, 1], [PONG, 2], [PONG, 3]]


async def test_many_frames_do_not_wait_for_more() -> None:
    connection, pipe = opened()
    for number in range(40):
        connection.send((PING, number))
    assert len(pipe.written) == 40 // (GATHERED // 2)
    await asyncio.sleep(0)
    assert pipe.frames == [[PING, number] for number in range(40)]


async def test_a_large_frame_does_not_wait() -> None:
    connection, pipe = opened(Limits())
    connection.send((PING, 1))
    connection.send((CLOSE, "x" * 100_000))
    assert len(pipe.written) == 1
    assert [frame[0] for frame in pipe.frames] == [PING, CLOSE]


async def test_a_frame_longer_than_the_peer_accepts_is_not_sent_and_the_next_is() -> None:
    connection, pipe = opened()
    connection.accept_frames(SHORT)
    with pytest.raises(TooLarge, match=f"the other side accepts {SHORT}"):
        connection.send((CLOSE, "x" * SHORT))
    connection.send((PING, 1))
    connection.flush()
    assert pipe.frames == [[PING, 1]]


async def test_a_peer_must_accept_frames_of_a_sensible_length() -> None:
    connection, _ = opened()
    with pytest.raises(Violation):
        connection.accept_frames(SHORT - 1)


async def test_hanging_up_says_why_last_and_waits_for_the_peer_only_for_a_while() -> None:
    connection, pipe = opened()
    connection.send((PING, 1))
    connection.hang_up("it is over")
    connection.send((PING, 2))
    connection.hang_up("again")
    await asyncio.sleep(0)
    assert pipe.frames == [[PING, 1], [CLOSE, "it is over"]]
    assert connection.reasons == ["it is over"]
    assert (pipe.is_ended, pipe.is_closed, connection.is_gone) == (True, False, False)
    connection.data_received(packed(cancel(1)))
    assert connection.received == []
    await asyncio.sleep(FAREWELL + 0.1)
    assert pipe.is_aborted
    connection.connection_lost(None)
    assert connection.reasons == ["it is over"]
    assert connection.is_gone


async def test_a_peer_that_hangs_up_in_turn_is_not_waited_for() -> None:
    connection, pipe = opened()
    connection.hang_up("it is over")
    connection.connection_lost(None)
    assert connection.is_gone
    await asyncio.sleep(2 * FAREWELL)
    assert not pipe.is_aborted


async def test_when_the_peer_hangs_up_its_reason_is_known_and_nothing_behind_it_is_read() -> None:
    connection, pipe = opened()
    connection.data_received(packed([CLOSE, "it is\nover"], cancel(1)))
    assert pipe.is_closed
    connection.connection_lost(None)
    assert connection.reasons == ["it is\N{REPLACEMENT CHARACTER}over"]
    assert connection.received == []
    assert pipe.frames == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [(None, "the other side hung up"), (ConnectionResetError("reset"), "the connection was lost: reset")],
    ids=["an end", "an error"],
)
async def test_a_connection_that_ends_by_itself_says_how(error: Exception | None, reason: str) -> None:
    connection, _ = opened()
    connection.connection_lost(error)
    assert connection.reasons == [reason]


async def test_an_idle_peer_is_asked_for_a_sign_of_life() -> None:
    connection, pipe = opened()
    for _ in range(10):
        before = len(pipe.frames)
        await asyncio.sleep(LIMITS.ping * 1.5)
        assert pipe.frames[before:] == [[PING, 0]]
        connection.data_received(packed([PONG, 0]))
    assert not pipe.is_closed


async def test_a_busy_peer_is_not_asked() -> None:
    connection, pipe = opened()
    for number in range(20):
        connection.data_received(packed(cancel(number)))
        await asyncio.sleep(LIMITS.ping / 4)
    assert pipe.frames == []


async def test_a_silent_peer_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    connection, pipe = opened()
    await asyncio.sleep(PERIODS * LIMITS.ping * 0.9)
    assert pipe.frames == [[PING, 0]] * (PERIODS - 1)
    assert not pipe.is_closed
    await asyncio.sleep(PERIODS * LIMITS.ping * 0.3)
    assert pipe.is_aborted
    assert pipe.frames == [[PING, 0]] * (PERIODS - 1)
    connection.connection_lost(None)
    assert connection.reasons == ["it was silent for 6 s"]
    assert [each.message for each in warnings(caplog)] == [
        "the connection under test is cut off: it was silent for 6 s"
    ]


async def test_a_process_that_was_stopped_does_not_blame_its_peer() -> None:
    connection, pipe = opened()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    await asyncio.sleep(LIMITS.ping)
    loop.now += 1000 * LIMITS.ping
    await asyncio.sleep(0)
    connection.data_received(packed([PONG, 0]))
    await asyncio.sleep(PERIODS * LIMITS.ping * 0.8)
    assert not pipe.is_closed


async def test_a_frame_that_comes_a_byte_a_second_is_not_waited_for() -> None:
    connection, pipe = opened()
    data = packed(cancel(1, padding=1000))
    for position in range(round(LIMITS.frame_time * 1.2)):
        connection.data_received(data[position : position + 1])
        await asyncio.sleep(1)
    assert pipe.is_aborted
    connection.connection_lost(None)
    assert connection.reasons == ["a frame was not complete after 10 s"]


async def test_slow_frames_that_come_to_an_end_are_read() -> None:
    connection, pipe = opened()
    data = packed(*(cancel(number) for number in range(10)))
    for position in range(0, len(data), 5):
        connection.data_received(data[position : position + 5])
        await asyncio.sleep(LIMITS.frame_time * 0.3)
    assert numbers(connection) == list(range(10))
    assert not pipe.is_closed


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    connection, pipe = opened()
    connection.pause_writing()
    for _ in range(8):
        connection.data_received(packed([PING, 1]))
        await asyncio.sleep(LIMITS.stall / 10)
    assert not pipe.is_closed
    assert pipe.frames == []  # what it would not read either
    await asyncio.sleep(LIMITS.stall / 2)
    assert pipe.is_aborted
    connection.connection_lost(None)
    assert connection.reasons == ["it did not read what was written to it for 10 s"]


async def test_a_peer_that_leaves_too_much_unread_is_cut_off_at_once() -> None:
    connection, pipe = opened()
    connection.accept_frames(2 * UNREAD)
    connection.pause_writing()
    aborted = []
    for _ in range(2):
        connection.send((PONG, bytes(UNREAD // 2)))
        aborted.append(pipe.is_aborted)
    assert aborted == [False, True]
    connection.connection_lost(None)
    assert connection.reasons == ["it leaves more than 64 MiB unread"]


async def test_a_peer_that_reads_slowly_is_waited_for() -> None:
    connection, pipe = opened()
    for _ in range(10):
        connection.pause_writing()
        await asyncio.sleep(LIMITS.stall * 0.8)
        connection.resume_writing()
        connection.data_received(packed([PONG, 0]))
    assert not pipe.is_closed


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what was logged."""
    return [record for record in caplog.records if record.name == "freestone.wire"]
