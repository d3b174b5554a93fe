"""One end of a connection: whole frames in, gathered frames out, and a watch over the peer."""

from __future__ import annotations

import asyncio
import logging
import ssl
from struct import Struct
from typing import Any, cast

import msgspec

from app.wire.frames import CLOSE, PING, PONG, Close, Ping, Pong, encode, printable
from app.wire.limits import Limits

log = logging.getLogger("freestone.wire")

FAREWELL = 1.0
"""Seconds that a peer may take to read why the connection is closed."""
UNREAD = 64 << 20
"""Bytes that may wait for a peer that does not read."""
LARGE = 1 << 16
"""Bytes of a frame that is written without waiting for others."""
GATHERED = 32
"""The parts of so many frames, two of each, are written together at most: meanwhile the other side can begin."""
SHORT = 1 << 12
"""Bytes of a frame that every peer must accept."""
PERIODS = 3
"""How many times the ping's time a peer may be silent."""

DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for frames that are not as they should be, or nested too deeply."""

_length = Struct(">I").unpack_from


class Violation(Exception):
    """The peer does not keep to the protocol; the text says how."""


class TooLarge(ValueError):
    """A frame is longer than the peer accepts."""


class Connection(asyncio.Protocol):
    """What both ends have in common.

    A subclass handles frames in `receive`, and the end in `lost` and `gone`. ``closing`` is the reason why the
    connection is being closed, None while it is not. `send` gathers: what is sent within one tick of the loop is
    written together, unless that is much, or `flush` is called.
    """

    def __init__(self, decoder: msgspec.msgpack.Decoder[Any], limits: Limits) -> None:
        self.limits = limits
        self.closing: str | None = None
        self.paused = False
        self.peer_frame = limits.frame
        self._decode = decoder.decode
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._reading = False
        self._begun = bytearray()
        self._needed = 0
        self._heard = True
        self._ping = 0
        self._stopped = False
        self._silent = self._waited = self._unread = 0.0
        self._period = min(limits.ping, limits.frame_time, limits.stall) / 4
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def unfinished(self) -> int:
        """How many bytes of a frame have come that is not complete."""
        return len(self._begun)

    def receive(self, frame: Any) -> None:
        """Handle a frame; `Violation` ends the connection."""
        raise NotImplementedError

    def lost(self, reason: str) -> None:
        """Nothing is received, and nothing that is sent arrives, from now on."""
        raise NotImplementedError

    def gone(self) -> None:
        """The connection has been closed; behind `lost`."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if transport.get_extra_info("sslcontext") is None:
            # Whatever the socket does not take at once is too much, and uvloop then writes at once.
            self.transport.set_write_buffer_limits(0)
        self._timers.append(self._loop.call_later(self._period, self._watch))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(_why(error))
        for timer in self._timers:
            timer.cancel()
        self.gone()

    def accept_frames(self, longest: int) -> None:
        """Note how long a frame the peer accepts."""
        if longest < SHORT:
            raise Violation(f"it accepts frames of {longest} bytes, and {SHORT} are needed")
        self.peer_frame = longest

    def send(self, frame: tuple[Any, ...]) -> None:
        """Gather a frame; raises what its encoding raises, or `TooLarge`, and then sends nothing."""
        data = encode(frame)
        size = len(data)
        if size > self.peer_frame:
            raise TooLarge(f"it takes {size} bytes; the other side accepts {self.peer_frame}")
        out = self._out
        if not out and not self._reading:
            self._loop.call_soon(self.flush)
        out.append(size.to_bytes(4, "big"))
        out.append(data)
        if size >= LARGE or len(out) >= GATHERED:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._out:
            data = b"".join(self._out)
            self._out.clear()
            if self.closing is None:
                self.transport.write(data)
                if self.paused and self.transport.get_write_buffer_size() > UNREAD:
                    self.cut_off(f"it leaves more than {UNREAD >> 20} MiB unread")

    def hang_up(self, reason: str) -> None:
        """Tell the peer why, and wait a moment for it to hang up first.

        If this side closed at once, what the peer is writing could lose it what it has not read yet.
        """
        if self.closing is None:
            self.send((CLOSE, reason))
            self.flush()
            self._end(reason)
            if self.transport.can_write_eof():
                self.transport.write_eof()

    def cut_off(self, reason: str) -> None:
        """Hang up at once on a peer that would not hear why."""
        if self.closing is None:
            log.warning("%s is cut off: %s", self, reason)
            self._end(reason)
            self.transport.abort()

    def _end(self, reason: str) -> None:
        if self.closing is None:
            self.closing = reason
            self._stopped = True
            self._out.clear()
            self._begun.clear()
            self.resume_writing()
            self._timers.append(self._loop.call_later(FAREWELL, self.transport.abort))
            self.lost(reason)

    def hold(self) -> None:
        """Handle no more frames, of those that have come either, until `go_on`."""
        self._stopped = True
        self.transport.pause_reading()

    def go_on(self) -> None:
        """Handle frames again, first those that have come."""
        if self.closing is None:
            self._stopped = False
            self.transport.resume_reading()
            self._loop.call_soon(self.data_received, b"")

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._begun:
            self._begun += data
            if self._stopped or len(self._begun) < self._needed:
                return
            data = bytes(self._begun)
            self._begun.clear()
        self._reading = True
        try:
            self._split(data)
        except Violation as violation:
            reason = printable(str(violation))
            log.warning("%s is closed: %s", self, reason)
            self.hang_up(reason)
        finally:
            self._reading = False
            self.flush()

    def _split(self, data: bytes) -> None:
        position, end, longest, decode = 0, len(data), self.limits.frame, self._decode
        while not self._stopped:
            start = position + 4
            if start > end:
                self._keep(data, position, 4)
                return
            (size,) = _length(data, position)
            if size > longest:
                raise Violation(f"a frame of {size} bytes is too long; {longest} are accepted")
            stop = start + size
            if stop > end:
                self._keep(data, position, 4 + size)
                return
            try:
                frame = decode(data[start:stop])
            except DAMAGED as error:
                raise Violation(f"a frame is damaged or does not belong here: {error}") from None
            self.receive(frame)
            position = stop
        if self.closing is None:  # held in between
            self._keep(data, position, 4)

    def _keep(self, data: bytes, position: int, needed: int) -> None:
        if position < len(data):
            self._begun += data[position:]
            self._needed = needed
        if position > 0:
            self._waited = 0.0  # at least one frame was completed

    def alive(self, frame: Any) -> None:
        """Handle what either side may send at any time."""
        if type(frame) is Ping:
            if not self.paused:  # who does not read shall not make it more
                self.send((PONG, frame.number))
        elif type(frame) is Pong:
            pass  # that it came is enough
        elif type(frame) is Close:
            self._end(printable(frame.reason))
            self.transport.close()
        else:
            raise Violation(f"a {type(frame).__name__} frame does not belong here")

    def pause_writing(self) -> None:
        self.paused = True
        self._unread = 0.0

    def resume_writing(self) -> None:
        self.paused = False

    def _watch(self) -> None:
        """Look after the peer.

        Counts its own ticks and not the clock, so that a process that was stopped does not blame its peers.
        """
        if self.closing is not None:
            return
        self._timers[0] = self._loop.call_later(self._period, self._watch)
        if self.paused:
            self._unread += self._period
            if self._unread >= self.limits.stall:
                self.cut_off(f"it did not read what was written to it for {self.limits.stall:g} s")
            return
        if self._begun:
            self._waited += self._period
            if self._waited >= self.limits.frame_time:
                self.cut_off(f"a frame was not complete after {self.limits.frame_time:g} s")
                return
        before = self._silent // self.limits.ping
        self._silent = 0.0 if self._heard else self._silent + self._period
        self._heard = False
        if self._silent >= PERIODS * self.limits.ping:
            self.cut_off(f"it was silent for {self._silent:g} s")
        elif self._silent // self.limits.ping > before:
            self.send((PING, self._ping))


def _why(error: Exception | None) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    return f"the connection was lost: {error}" if error else "the other side hung up"
