"""`uvicorn app.main:app`: the single launch."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

from app.config import environment
from app.errors import LaunchRefused
from app.store import Store, open_store
from contracts.kit.module import ASGIApp

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REFUSED = 2
"""The exit code of a launch that was refused."""


class Application:
    """The ASGI application: opens the store at the server's start, serves its gateway, closes it at the end.

    ``only`` and ``fake_rest`` are as for `open_store`.
    """

    def __init__(self, *, only: Collection[str] = (), fake_rest: bool = False) -> None:
        self._only = only
        self._fake_rest = fake_rest
        self.gateway: ASGIApp | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self.gateway is None:
            raise RuntimeError("The server did not run the lifespan protocol; launch with uvicorn app.main:app.")
        else:
            await self.gateway(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                store: Store = await stack.enter_async_context(
                    open_store(environment(), only=self._only, fake_rest=self._fake_rest)
                )
            except LaunchRefused as refusal:
                await _refuse(refusal)
                return
            self.gateway = store.gateway
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.gateway = None
        await send({"type": "lifespan.shutdown.complete"})


async def _refuse(refusal: LaunchRefused) -> None:
    """End the process with one sentence: ASGI knows no exit code, so this leaves by the loop's own door."""
    print(refusal, file=sys.stderr)
    asyncio.get_running_loop().call_soon(sys.exit, REFUSED)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


app = Application()
