"""What a host answers on its own HTTP socket, where only the gateway and the host's owner can come."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from app.gateway import health
from app.gateway.arrival import Arrivals
from app.gateway.exchange import Exchange
from app.gateway.health import Status
from app.gateway.refusal import Refusal
from app.gateway.request import Request
from app.runtime.web import WebSlot
from app.setting_tables import GatewaySettings
from app.wire.door.door import Door


class InnerDoor:
    """An ASGI application: the host's health, its door (a trusted one), and what a gateway passes on to its BFFs.

    ``slots`` are the BFFs', by module; none but those that run here.
    """

    def __init__(
        self, door: Door, slots: Mapping[str, WebSlot], status: Callable[[], Status], settings: GatewaySettings
    ) -> None:
        self._door = door
        self._arrivals = Arrivals(settings, lambda module: slots[module].app if module in slots else None)
        self._status = status
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"This door serves no {scope['type']}.")
        if self._door.handles(scope["path"]):
            await self._door(scope, receive, send)
        elif self._arrivals.handles(scope["path"]):
            await self._arrivals(scope, receive, send)
        else:
            await self._tell_health(scope, receive, send)

    async def _tell_health(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        exchange = Exchange(self._settings, request, receive, send, ())
        try:
            if request.path not in health.PATHS:
                raise Refusal(404, "There is nothing at this address.")
            await exchange.answer(*health.answer(request, self._status))
        except Refusal as refusal:
            await exchange.refuse(refusal)
