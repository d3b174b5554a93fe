"""The other end of the reverse proxy: what another host's gateway passes on to the BFFs that run here."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from app.config import GatewaySettings
from app.gateway.exchange import Exchange
from app.gateway.gateway import CALLS
from app.gateway.hop import CLIENT, DEADLINE, PREFIX, REQUEST_ID, ROOT, SCHEME, without_hearsay
from app.gateway.refusal import Refusal, out_of_service
from app.gateway.request import Request
from contracts.kit import Context
from contracts.kit.context import root_scope
from contracts.kit.module import ASGIApp

_SECONDS = re.compile(rb"[0-9]{1,9}(?:\.[0-9]{1,9})?")


class Arrivals:
    """An ASGI application for a socket that the gateway's host alone can open: it believes what it is told.

    ``apps`` has the application of a module, None where it does not serve here. It sees the request as it came to
    the gateway, and has the time that is left of it; the settings' own where nothing is said.
    """

    def __init__(self, settings: GatewaySettings, apps: Callable[[str], ASGIApp | None]) -> None:
        self._settings = settings
        self._apps = apps

    @staticmethod
    def handles(path: str) -> bool:
        """Say whether a path is a BFF's."""
        return path.startswith(PREFIX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said: dict[bytes, bytes] = dict(scope["headers"])
        module = _text(scope["raw_path"].removeprefix(PREFIX.encode()).partition(b"/")[0])
        scope = {**scope, **_as_it_came(scope, len(PREFIX) + len(module), said)}
        request = Request(scope)
        request.id = _text(said.get(REQUEST_ID, b"")) or request.id
        seconds = self._seconds(said)
        settings = msgspec.structs.replace(self._settings, request_deadline=seconds / CALLS)
        exchange = Exchange(settings, request, receive, send, ())
        try:
            app = self._apps(module)
            if app is None:
                raise out_of_service()
            with root_scope(Context(request_id=request.id), time.monotonic_ns() + int(seconds * 1e9)):
                await exchange.run(app, scope)
        except Refusal as refusal:
            await exchange.refuse(refusal)

    def _seconds(self, said: dict[bytes, bytes]) -> float:
        given = said.get(DEADLINE, b"")
        return float(given) if _SECONDS.fullmatch(given) else self._settings.request_deadline * CALLS


def _as_it_came(scope: Scope, prefix: int, said: dict[bytes, bytes]) -> dict[str, Any]:
    """Return what was otherwise in the scope that the gateway had."""
    client = said.get(CLIENT)
    return {
        "path": scope["path"][prefix:],
        "raw_path": scope["raw_path"][prefix:],
        "root_path": said.get(ROOT, b"").decode(),
        "scheme": _text(said.get(SCHEME, b"http")),
        "client": None if client is None else (_text(client), 0),
        "headers": without_hearsay(scope["headers"]),
    }


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "replace")
