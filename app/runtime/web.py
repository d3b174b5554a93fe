"""A BFF's web application behind a slot, bound and swapped like any target."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from contracts.kit.module import ASGIApp


class WebApp:
    """One instance's application, and the requests that are under way in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[..., Awaitable[Any]],
        send: Callable[..., Awaitable[Any]],
    ) -> None:
        self._requests += 1
        self._idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    async def drain(self) -> None:
        """Wait until no request is under way."""
        await self._idle.wait()


class WebSlot:
    """What is served below a path now: a BFF's application, or the reason why there is none.

    Requests that have begun end in the application they began in.
    """

    def __init__(self, module: str, path: str) -> None:
        self.module = module
        self.path = path
        self.app: WebApp | None = None
        self.reason = "it is not started yet"
