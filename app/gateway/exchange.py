"""One request under way: its body is measured, its response completed, its time limited."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from app.config import GatewaySettings
from app.failpoints import failpoints
from app.gateway import pages
from app.gateway.refusal import Refusal, broken, overdue, too_large, too_slow
from app.gateway.request import Request
from app.gateway.security import Pairs, completed
from contracts.kit.module import ASGIApp

log = logging.getLogger("freestone.gateway")


class Exchange:
    """Stands between the server and a BFF for one request; ``status`` is 0 until a response begins.

    A response must begin before the deadline. One that has begun may go on for as long as it gets on: each
    part has the deadline's length anew.
    """

    __slots__ = (
        "_began",
        "_complete",
        "_defaults",
        "_gone",
        "_loop",
        "_overdue",
        "_receive",
        "_received",
        "_refusal",
        "_request",
        "_send",
        "_settings",
        "_size",
        "_task",
        "_timer",
        "status",
    )

    def __init__(
        self, settings: GatewaySettings, request: Request, receive: Receive, send: Send, defaults: Pairs
    ) -> None:
        self.status = 0
        self._settings = settings
        self._request = request
        self._receive = receive
        self._send = send
        self._defaults = defaults
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._size = 0
        self._received = self._complete = self._gone = self._overdue = False
        self._refusal: Refusal | None = None
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def milliseconds(self) -> float:
        """How long the request has taken until now."""
        return (self._loop.time() - self._began) * 1000

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let the BFF answer; `Refusal` where it began no response, so that the gateway must. One that comes from
        the way to the BFF is known there, and logged.

        A response that the BFF leaves incomplete stays so, and the server closes the connection.
        """
        task = self._task = asyncio.current_task()
        assert task is not None
        self._timer = self._loop.call_at(self._began + self._settings.request_deadline, self._cut)
        if failpoints.armed:
            failpoints.hit("gateway.request", self._request.path)
        try:
            await app(scope, self._take, self._give)
        except asyncio.CancelledError as error:
            if not self._overdue:
                if task.cancelling():
                    raise
                # Nobody cancelled this task: the BFF awaited something that was cancelled.
                self._failed(error)
        except ClientDisconnect:
            self._gone = True
        except Refusal as refusal:
            self._refusal = self._refusal or refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the BFF's and ends here
            self._failed(error)
        else:
            if not self.status and not self._gone:
                self._failed(None)
        finally:
            timer, self._timer = self._timer, None
            timer.cancel()
            if self._overdue:
                task.uncancel()
        if self._overdue and not self._complete:
            log.warning("%s ran into the deadline (%s)", self._request, self._request.id)
            self._refusal = self._refusal or overdue()
        if not self.status and not self._gone:
            raise self._refusal or broken()
        if failpoints.armed:
            await asyncio.sleep(0)  # uvloop writes when it has gone round
            failpoints.hit("gateway.answer.after", self._request.path)

    async def answer(self, status: int, headers: Pairs, body: bytes) -> None:
        """Send a whole response of the gateway's own; a HEAD request gets its headers alone."""
        self._refusal = None
        await self._give({"type": "http.response.start", "status": status, "headers": headers})
        await self._give({"type": "http.response.body", "body": b"" if self._request.method == "HEAD" else body})

    async def refuse(self, refusal: Refusal) -> None:
        """Send a refusal's page."""
        headers, body = pages.render(refusal, self._request)
        await self.answer(refusal.status, headers, body)

    def _failed(self, error: BaseException | None) -> None:
        """Log what the BFF did wrong: an exception, or no answer at all; after a cut or a refusal it may."""
        if self._refusal is None and not self._overdue:
            what = "got no answer" if error is None else "failed"
            log.error("%s %s (%s)", self._request, what, self._request.id, exc_info=error)

    def _cut(self) -> None:
        self._overdue = True
        assert self._task is not None
        self._task.cancel()

    async def _take(self) -> Message:
        """Receive for the BFF: what it reads is counted, and must have arrived in time."""
        if self._received:
            message = await self._receive()
        else:
            try:
                async with asyncio.timeout_at(self._began + self._settings.receive_timeout):
                    message = await self._receive()
            except TimeoutError:
                self._refusal = too_slow()
                raise self._refusal from None
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._received = not message.get("more_body", False)
            if self._size > self._settings.max_body:
                self._refusal = too_large(self._settings.max_body)
                raise self._refusal
        elif not self._complete:
            self._gone = True
        return message

    async def _give(self, message: Message) -> None:
        """Send for the BFF; it can no longer begin a response after a refusal, or to a client that has left."""
        kind = message["type"]
        if not self.status and (self._refusal is not None or self._gone):
            return
        if kind == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": completed(message.get("headers", ()), self._defaults)}
            if failpoints.armed:
                failpoints.hit("gateway.answer.before", self._request.path)
        await self._send(message)
        if kind == "http.response.body":
            if message.get("more_body", False):
                self._extend()
            else:
                self._complete = True

    def _extend(self) -> None:
        if self._timer is not None and not self._overdue:
            self._timer.cancel()
            self._timer = self._loop.call_later(self._settings.request_deadline, self._cut)
