"""The callee's end of one connection: admits its peer, and executes what it calls."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol

import msgspec

from app.failpoints import failpoints
from app.runtime.exports import Export, Exports
from app.wire.claims import Claims
from app.wire.codec import OperationCodec, error_form
from app.wire.connection import DAMAGED, Connection, Violation
from app.wire.execution import start
from app.wire.frames import (
    END,
    ERROR,
    FROM_CALLER,
    GOAWAY,
    HELLO,
    PING,
    RESULT,
    WELCOME,
    Call,
    Cancel,
    Credit,
    Greeting,
    Pong,
    Stream,
    printable,
    read_hello,
)
from app.wire.handshake import Doorkeeper, Refused
from app.wire.hello import Peer
from app.wire.limits import Limits
from app.wire.outflow import Outflow
from contracts.kit import Error, Internal, Overloaded, PermissionDenied, Unavailable

log = logging.getLogger("freestone.wire")

_LEAVING = 1
"""The number of the ping behind `GOAWAY`: once it is answered, every call that was sent before has arrived."""
LEFT = "all calls are done"
BESIDE = 16
"""Bytes of a welcome beside the shapes in it."""


class Owner(Protocol):
    """What a session needs of its server."""

    exports: Exports
    claims: Claims
    doorkeeper: Doorkeeper
    limits: Limits
    sessions: set[Session]
    is_stopping: bool


class Session(Connection):
    """One peer and its calls.

    ``peer`` is who it is, None until it was admitted. A call that ends without waiting for anything leaves no
    trace here; the others stand in a table, by the number that the caller gave.
    """

    def __init__(self, owner: Owner) -> None:
        super().__init__(FROM_CALLER, owner.limits)
        self.peer: Peer | None = None
        self.ended = self._loop.create_future()
        self._owner = owner
        self._greeting = msgspec.structs.replace(owner.doorkeeper.greet(), max_frame=owner.limits.frame)
        self._context = copy_context()
        self._exports: dict[tuple[str, str], Export] = {}
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._flows: dict[int, Outflow] = {}
        self._forgotten: set[int] = set()
        self._is_leaving = False
        self._is_heard = False

    def __str__(self) -> str:
        return f"the connection from {'an unknown peer' if self.peer is None else f'host {self.peer.host}'}"

    @property
    def under_way(self) -> int:
        """How many calls and streams are being executed."""
        return len(self._tasks)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._late = self._loop.call_later(self.limits.hello, self._be_impatient)
        super().connection_made(transport)
        self._owner.sessions.add(self)
        if self._owner.is_stopping:  # accepted just before
            self.hang_up("the host is stopping")
        else:
            self.send((HELLO, self._greeting))

    def lost(self, reason: str) -> None:  # noqa: ARG002 - the caller's end needs it
        self._late.cancel()
        for number, task in list(self._tasks.items()):
            self._forgotten.add(number)
            task.cancel()

    def gone(self) -> None:
        self._owner.sessions.discard(self)
        self.ended.set_result(None)

    def leave(self, reason: str) -> None:
        """Take no more calls; hang up when those are done that the peer sent before it heard of it.

        On one that was not admitted yet, and so has sent none, at once.
        """
        if self.peer is None:
            self.hang_up(reason)
        elif not self._is_leaving and self.closing is None:
            self._is_leaving = True
            self._ping = _LEAVING  # again when it is silent: a peer that cannot write at the moment does not answer
            self.send((GOAWAY, reason))
            self.send((PING, _LEAVING))

    def receive(self, frame: Any) -> None:
        kind = type(frame)
        if self.peer is None and kind is not Greeting:
            if kind in (Call, Stream, Cancel, Credit):
                raise Violation("it sent a frame before it was admitted")
            self.alive(frame)
        elif kind is Call or kind is Stream:
            self._begin(frame)
        elif kind is Cancel:
            task = self._tasks.get(frame.id)
            if task is not None:
                self._forgotten.add(frame.id)
                task.cancel()
        elif kind is Credit:
            flow = self._flows.get(frame.id)
            if flow is not None:
                flow.add_credit(frame.more)
        elif kind is Greeting:
            self._admit(frame)
        elif kind is Pong:
            if self._is_leaving and frame.number == _LEAVING:
                self._is_heard = True
                self._exports.clear()  # what was looked up is refused from now on, too
            self._leave_if_done()
        else:
            self.alive(frame)

    def pause_writing(self) -> None:
        """Begin no more calls while the peer does not read the answers."""
        super().pause_writing()
        self.hold()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.go_on()
        for flow in self._flows.values():
            flow.wake()

    def _be_impatient(self) -> None:
        if self.peer is None:
            log.warning("%s is closed: it did not say who it is within %g s", self, self.limits.hello)
            self.hang_up(f"nobody said who calls within {self.limits.hello:g} s")

    def _admit(self, frame: Greeting) -> None:
        if self.peer is not None:
            raise Violation("it greets a second time")
        certificate = self.transport.get_extra_info("peercert")
        try:
            hello = read_hello(frame)
            self.peer = self._owner.doorkeeper.admit(self._greeting, hello, certificate)
        except DAMAGED as error:
            raise Violation(f"its greeting is damaged: {error}") from None
        except Refused as refused:
            raise Violation(str(refused)) from None
        self.accept_frames(hello.max_frame)
        shapes = self._owner.doorkeeper.agreement.told(hello.contracts, self.peer_frame - BESIDE)
        self.send((WELCOME, shapes) if shapes else (WELCOME,))

    def _begin(self, frame: Call | Stream) -> None:
        if frame.id in self._tasks:
            raise Violation(f"call {frame.id} is under way already")
        try:
            export = self._exports.get((frame.caller, frame.path)) or self._find(frame.caller, frame.path)
            codec = export.codec
            if len(self._tasks) >= self.limits.calls:
                raise Overloaded(operation=codec.name)
            context = self._owner.claims.context(frame.caller, frame.request_id, frame.claim)
            try:
                form = codec.arguments.decode(frame.arguments)
            except Exception as error:  # noqa: BLE001 - whatever it is, it lies in what the caller sent
                raise codec.bad_argument(error) from None
        except Error as error:
            self._fail(frame.id, frame.path, error)
            return
        if failpoints.armed:
            failpoints.hit("wire.request.taken", codec.name)
        work = codec.invoke(export.method, form)
        if isinstance(frame, Call):
            task = start(work, frame.remaining, context, self._context, frame.key)
        else:
            flow = Outflow(self, frame.id, frame.credit)
            task = start(flow.run(work), frame.remaining, context, self._context)
            if not task.done():
                self._flows[frame.id] = flow
        if task.done():
            self._answer(frame.id, codec, task)
        else:
            self._tasks[frame.id] = task
            task.add_done_callback(partial(self._finish, frame.id, codec))
        del task  # which keeps its error, whose traceback leads to this frame where the task was eager

    def _find(self, caller: str, path: str) -> Export:
        """Look an operation up, once for each caller."""
        assert self.peer is not None
        if self._is_heard:
            raise Unavailable(operation=printable(path), reason="the host takes no more calls")
        if caller not in self.peer.modules:
            raise PermissionDenied(operation=printable(path))
        export = self._exports[caller, path] = self._owner.exports.find(caller, path)
        return export

    def _finish(self, number: int, codec: OperationCodec, task: asyncio.Task[Any]) -> None:
        del self._tasks[number]
        self._flows.pop(number, None)
        if number not in self._forgotten:
            self._answer(number, codec, task)
        else:
            self._forgotten.discard(number)
            if not task.cancelled():
                task.exception()  # so that nobody says that it was never retrieved
        self._leave_if_done()

    def _answer(self, number: int, codec: OperationCodec, task: asyncio.Task[Any]) -> None:
        if failpoints.armed:
            failpoints.hit("wire.answer.before", codec.name)
        self._send_outcome(number, codec, task)
        if failpoints.armed:
            self.flush()
            failpoints.hit("wire.answer.after", codec.name)

    def _send_outcome(self, number: int, codec: OperationCodec, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            reason = "the call was stopped"
            self._fail(number, codec.name, Unavailable(operation=codec.name, reason=reason, may_have_executed=True))
            return
        error = task.exception()
        if error is not None:
            self._fail(number, codec.name, error)
            return
        try:
            self.send((END, number) if codec.operation.semantics.kind == "stream" else (RESULT, number, task.result()))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the result cannot be sent
            self._fail(number, codec.name, problem)

    def _fail(self, number: int, name: str, error: BaseException) -> None:
        try:
            if isinstance(error, Error):
                self.send((ERROR, number, error.code, error_form(error)))
                return
        except Exception as problem:  # noqa: BLE001 - whatever it is, the error cannot be sent
            error = problem
        incident = secrets.token_hex(4)
        log.error("the answer of %s cannot be sent (incident %s)", printable(name), incident, exc_info=error)
        self.send((ERROR, number, Internal.code, error_form(Internal(operation=printable(name), incident=incident))))

    def _leave_if_done(self) -> None:
        if self._is_heard and not self._tasks:
            self.hang_up(LEFT)
