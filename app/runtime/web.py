"""A BFF's web application behind a slot, bound and swapped like any target."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from contracts.kit.module import ASGIApp


class WebSlot:
    """What is served below a path: a BFF's application, or the reason why there is none.

    Requests that have begun end in the application they began in.
    """

    def __init__(self, module: str, path: str) -> None:
        self.module = module
        self.path = path
        self.app: ASGIApp | None = None
        self.reason = "it is not started yet"

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[..., Awaitable[Any]],
        send: Callable[..., Awaitable[Any]],
    ) -> None:
        assert self.app is not None, "the gateway asks for `app` first"
        await self.app(scope, receive, send)
