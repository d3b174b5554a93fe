"""The front door itself: from a request to the BFF it is for, and back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from starlette.types import Receive, Scope, Send

from app.config import GatewaySettings
from app.gateway import health
from app.gateway.admission import Admission
from app.gateway.exchange import Exchange
from app.gateway.health import Status
from app.gateway.proxies import Proxies
from app.gateway.refusal import Refusal, out_of_service
from app.gateway.request import Request
from app.gateway.routing import Route, find
from app.gateway.security import security_headers
from contracts.kit import Context
from contracts.kit.context import root_scope

access = logging.getLogger("freestone.access")

CALLS = 0.9
"""The part of a request's deadline that its calls have: the rest is the page's, to say what is missing."""

REQUEST_ID = b"x-request-id"

GONE = 499
"""What the log says of a request whose client left before an answer began."""


class Door(Protocol):
    """An application of the host's own beside the BFFs."""

    def handles(self, path: str) -> bool:
        """Say whether a path is the door's to answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""


class Gateway:
    """An ASGI application: those of the routes, behind one set of rules.

    ``routes`` and ``status`` are asked anew for every request, so modules may come and go. ``door`` answers what it
    handles by rules of its own, since programs come there and not browsers.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        routes: Callable[[], Iterable[Route]],
        status: Callable[[], Status],
        door: Door | None = None,
    ) -> None:
        self._settings = settings
        self._routes = routes
        self._status = status
        self._door = door
        self._admission = Admission(settings)
        self._proxies = Proxies(settings.trusted_proxies)
        self._security = security_headers(settings)
        self._scheme = None if settings.public_url is None else settings.public_url.partition(":")[0]
        self._for_calls = int(settings.request_deadline * CALLS * 1e9)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(dict(scope), receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "There are no WebSockets here."})
        else:
            raise RuntimeError(f"The gateway serves no {scope['type']}.")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self._proxies.apply(scope, request)
        defaults = (*self._security, (REQUEST_ID, request.id.encode()))
        exchange = Exchange(self._settings, request, receive, send, defaults)
        level = logging.INFO
        try:
            if request.path in health.PATHS:
                level = logging.DEBUG
                await exchange.answer(*health.answer(request, self._status))
            elif self._door is not None and self._door.handles(request.path):
                kept = [pair for pair in scope["headers"] if pair[0].lower() != REQUEST_ID]
                scope["headers"] = [*kept, (REQUEST_ID, request.id.encode())]
                await exchange.run(self._door, scope)
            else:
                await self._pass_on(exchange, request, scope)
        except Refusal as refusal:
            await exchange.refuse(refusal)
        finally:
            if access.isEnabledFor(level):
                said = (request, exchange.status or GONE, exchange.milliseconds, request.id)
                # Without a walk through the stack to find this line.
                access.handle(access.makeRecord(access.name, level, __file__, 0, "%s %d %.1f ms %s", said, None))

    async def _pass_on(self, exchange: Exchange, request: Request, scope: Scope) -> None:
        self._admission.check(request)
        route = find(self._routes(), request.path)
        if route is None and self._status().ready:
            raise Refusal(404, "There is nothing at this address.")
        app = None if route is None else route.app
        # A module that could not even be imported has no route: what it would serve is not known.
        if route is None or app is None:
            raise out_of_service()
        scope["root_path"] = scope.get("root_path", "") + route.path.rstrip("/")
        if self._scheme is not None:
            scope["scheme"] = self._scheme
        with root_scope(context=Context(request_id=request.id), due=time.monotonic_ns() + self._for_calls):
            await exchange.run(app, scope)
