"""The caller's end of one connection, from its opening to its end."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from app.failpoints import failpoints
from app.wire.address import Address
from app.wire.admission import Admission
from app.wire.admission import Unreachable as Unreachable
from app.wire.claims import claim_of
from app.wire.codec import OperationCodec
from app.wire.connection import Connection, Violation
from app.wire.frames import (
    CALL,
    CANCEL,
    FROM_CALLEE,
    HELLO,
    Close,
    End,
    Failure,
    GoAway,
    Greeting,
    Items,
    Result,
    Welcome,
    printable,
)
from app.wire.handshake import Passport, Refused
from app.wire.hello import Hello
from app.wire.inflow import Inflows, RemoteStream
from app.wire.limits import Limits
from app.wire.remote import Envelope
from contracts.kit import Error, Unavailable

_clock = time.monotonic_ns


class _Lost:
    """Instead of an answer: the connection ended before it came."""

    __slots__ = ("is_written", "reason")

    def __init__(self, reason: str, is_written: bool) -> None:
        self.reason = reason
        self.is_written = is_written


class Link(Connection):
    """Calls what one peer serves.

    ``draining`` says that the callee takes no more calls; those under way go on. ``closed`` is set when the
    connection has ended. ``on_end`` is told once, why no more calls can be made: at the one or the other.
    A call waits for a bare future, and costs no task.
    """

    def __init__(self, admission: Admission, limits: Limits, on_end: Callable[[Link, str], None]) -> None:
        super().__init__(FROM_CALLEE, limits)
        self.closed = asyncio.Event()
        self.draining = False
        self._on_end = on_end
        self._admission = admission
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._wave = 0
        self._streams = Inflows(self)
        self._no_more: str | None = None
        self._last = self._written = 0
        self._writable = asyncio.Event()

    @classmethod
    async def open(
        cls,
        address: Address,
        passport: Passport,
        *,
        tls: ssl.SSLContext | None = None,
        expected: frozenset[str] = frozenset(),
        host: str | None = None,
        limits: Limits | None = None,
        on_end: Callable[[Link, str], None] = lambda _link, _reason: None,
    ) -> Link:
        """Connect, and come to know each other.

        ``expected`` are the modules that must run there, ``host`` is the one that is meant, where that is known.
        Raises `Unreachable` where nobody answers in time, and `Refused` where one side does not speak to the other.
        """
        loop = asyncio.get_running_loop()
        limits = limits or Limits()
        link = cls(Admission(passport, expected, host), limits, on_end)
        try:
            async with asyncio.timeout(limits.hello):
                if address.scheme == "unix":
                    await loop.create_unix_connection(lambda: link, address.place)
                else:
                    await loop.create_connection(lambda: link, address.place, address.port, ssl=tls)
                await link._admission.done
        except TimeoutError:
            link.drop()
            raise Unreachable(f"{address} did not answer within {limits.hello:g} s") from None
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"The certificate of {address} does not count here ({error.verify_message}).") from None
        except OSError as error:
            link.drop()
            raise Unreachable(f"{address} does not answer: {error.strerror or error}") from None
        except asyncio.CancelledError:
            link.drop()
            raise
        return link

    def __str__(self) -> str:
        greeting = self._admission.greeting
        return "the connection to a host" if greeting is None else f"the connection to host {printable(greeting.host)}"

    @property
    def peer_greeting(self) -> Hello:
        """What the callee said of itself."""
        assert self._admission.greeting is not None
        return self._admission.greeting

    @property
    def differing(self) -> Mapping[str, str]:
        """Which operations, by their paths, are not to be called here, and why: the callee means something else."""
        return self._admission.differing

    @property
    def pending(self) -> int:
        """How many calls and streams are under way."""
        return len(self._calls) + len(self._streams.flows)

    async def call(
        self, operation: OperationCodec, envelope: Envelope, key: str | None, arguments: dict[str, Any]
    ) -> Any:
        """Send a query or a command and return its result, or raise its error.

        `Unavailable` says whether the call was written when the connection ended. To cancel it cancels it there.
        """
        if self.paused or self.draining or self.closing is not None:
            await self.ready(operation)
        number = self.request(CALL, operation, envelope, key, arguments)
        calls = self._calls
        answer = calls[number] = self._loop.create_future()
        gathered = len(self._out) * 2  # two parts a frame, so compared with a quarter of the calls
        if gathered >= len(calls) and gathered >= self._wave:
            self.flush()
        try:
            answered = await answer
        except BaseException:
            if calls.pop(number, None) is not None:
                self.cancel(number)
            raise
        if type(answered) is Result:
            return operation.result.decode(answered.result)
        raise _error(operation, answered)

    def stream(self, operation: OperationCodec, envelope: Envelope, arguments: dict[str, Any]) -> RemoteStream:
        """Return a stream's items."""
        return RemoteStream(self._streams, operation, envelope, arguments)

    async def close(self, reason: str) -> None:
        """Hang up; calls under way fail with the reason."""
        self.hang_up(reason)
        await self.closed.wait()

    def data_received(self, data: bytes) -> None:
        # Whoever is answered now may call again at once: as many are to be gathered as were under way.
        self._wave = len(self._calls)
        super().data_received(data)

    def receive(self, frame: Any) -> None:
        kind = type(frame)
        if kind is Result:
            answer = self._calls.pop(frame.id, None)
            if answer is None:
                self._check_stray(frame.id)
            elif not answer.done():
                answer.set_result(frame)
        elif kind is Items:
            if not self._streams.add(frame.id, frame.items):
                self._check_stray(frame.id)
        elif kind is Failure:
            self._fail(frame)
        elif kind is End:
            if not self._streams.end(frame.id):
                self._check_stray(frame.id)
        elif kind is Greeting:
            self._meet(frame)
        elif kind is Welcome:
            self._admission.welcome(frame)
        elif kind is GoAway:
            self.draining = True
            self._retire(f"it takes no more calls: {printable(frame.reason)}")
        else:
            if kind is Close and not self.draining:
                self._admission.refused(frame.reason)
            self.alive(frame)

    def flush(self) -> None:
        if self.closing is None:
            self._written = self._last
        super().flush()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._writable.set()

    def lost(self, reason: str) -> None:
        self._admission.fail(Unreachable(reason))
        for number, answer in self._calls.items():
            if not answer.done():
                answer.set_result(_Lost(reason, number <= self._written))
        self._calls.clear()
        self._streams.lose(reason, self._written)
        self._retire(reason)

    def gone(self) -> None:
        self.closed.set()

    def drop(self) -> None:
        """Hang up at once, if there is a connection yet."""
        if hasattr(self, "transport"):
            self.transport.abort()

    async def ready(self, operation: OperationCodec) -> None:
        """Wait until something may be sent; `Unavailable` where that will never be."""
        while self.paused and not self.draining and self.closing is None:
            self._writable.clear()
            await self._writable.wait()
        if self.draining or self.closing is not None:
            raise Unavailable(operation=operation.name, reason=self._no_more or str(self.closing))

    def request(
        self,
        kind: int,
        operation: OperationCodec,
        envelope: Envelope,
        extra: str | int | None,
        arguments: dict[str, Any],
    ) -> int:
        """Send a call or a stream, and return its number; its arguments are at fault where that fails."""
        caller, context, due = envelope
        left = None if due is None else max(0, (due - _clock()) // 1000)
        claim = claim_of(context)
        number = self._last = self._last + 1
        try:
            self.send((kind, number, caller, operation.path, left, context.request_id, claim, extra, arguments))
        except Exception as error:  # noqa: BLE001 - whatever it is, the arguments cannot be sent
            raise operation.bad_argument(error) from None
        if failpoints.armed:
            self.flush()
            failpoints.hit("wire.request.after", operation.name)
        return number

    def cancel(self, number: int) -> None:
        """Tell the callee that nobody waits for a call or a stream."""
        if self.closing is None and not self._loop.is_closed():
            self.send((CANCEL, number))

    def _fail(self, frame: Failure) -> None:
        answer = self._calls.pop(frame.id, None)
        if answer is not None:
            if not answer.done():
                answer.set_result(frame)
        elif not self._streams.fail(frame):
            self._check_stray(frame.id)

    def _check_stray(self, number: int) -> None:
        """Pass over what comes for a call that was cancelled meanwhile."""
        if number > self._last or number in self._streams.flows or number in self._calls:
            raise Violation(f"it answers a call, {number}, as none was made")

    def _meet(self, frame: Greeting) -> None:
        try:
            answer = self._admission.answer(frame, self.transport.get_extra_info("peercert"))
        except Refused as refused:
            self.hang_up(str(refused))
        else:
            self.accept_frames(self.peer_greeting.max_frame)
            self.send((HELLO, msgspec.structs.replace(answer, max_frame=self.limits.frame)))

    def _retire(self, reason: str) -> None:
        """No call can be made any more."""
        if self._no_more is None:
            self._no_more = reason
            self._writable.set()
            if self._admission.is_given:
                self._on_end(self, reason)
            else:
                self._admission.fail(Unreachable(reason))


def _error(operation: OperationCodec, answer: Failure | _Lost) -> Error:
    if isinstance(answer, Failure):
        return operation.error(answer.code, answer.fields)
    return Unavailable(operation=operation.name, reason=answer.reason, may_have_executed=answer.is_written)
