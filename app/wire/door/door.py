"""The door itself: who comes in, and where each address leads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from app.gateway.refusal import Refusal
from app.runtime.exports import Exports
from app.wire.claims import Claims
from app.wire.door import problems
from app.wire.door.access import Access
from app.wire.door.body import BodyReader, ClientGone
from app.wire.door.call import MEDIA, PREFIX, Operations, not_allowed
from app.wire.door.description import Description
from app.wire.door.page import policy
from app.wire.door.problems import Refused, unforeseen
from app.wire.door.request import Header, Request, reply
from app.wire.door.stream import Stalled, StreamAnswer
from contracts.kit import Error

log = logging.getLogger("freestone.door")

METRICS = "/metrics"
DOCUMENT = f"{PREFIX}openapi.json"


class Page(NamedTuple):
    """What is answered to GET."""

    kind: bytes
    body: bytes
    headers: tuple[Header, ...] = ()
    status: int = 200


class Door:
    """An ASGI application: every operation that a host exports, their description, and the host's metrics.

    ``tokens`` are the bearer tokens' secrets by name; that of a module of ``modules`` makes calls in its name.
    Without one only programs of this machine come in, and no one where ``local`` is False. ``trusted`` lets
    everybody in: for a socket that only the host's owner can open. A client may take ``patience`` seconds to send
    a body of up to ``max_body`` bytes, and as many to take each item of a stream. ``metrics`` gives Prometheus'
    text format, in a thread.
    """

    def __init__(
        self,
        exports: Exports,
        claims: Claims,
        tokens: Mapping[str, str],
        metrics: Callable[[], bytes],
        *,
        modules: Collection[str],
        max_body: int,
        patience: float,
        local: bool = True,
        trusted: bool = False,
    ) -> None:
        description = Description(exports)
        self._access = Access(tokens, modules, local=local, trusted=trusted)
        self._operations = Operations(exports, claims, BodyReader(max_body, patience), StreamAnswer(patience))
        self._pages: Mapping[str, Callable[[], Page]] = {
            METRICS: lambda: Page(b"text/plain; version=0.0.4; charset=utf-8", metrics()),
            DOCUMENT: lambda: Page(MEDIA, description.document()),
            PREFIX: lambda: Page(
                b"text/html; charset=utf-8", description.page(), ((b"content-security-policy", policy()),)
            ),
            PREFIX.rstrip("/"): lambda: Page(b"text/plain", b"", ((b"location", PREFIX.encode()),), 308),
        }

    def handles(self, path: str) -> bool:
        """Say whether a path is the door's to answer."""
        return path.startswith(PREFIX) or path in self._pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what goes wrong is a problem, unless the answer has begun."""
        request = Request(scope)
        try:
            await self._answer(request, receive, send)
        except ClientGone:
            return
        except Refusal:
            raise  # the gateway's own, around this door: it found the body too large or too slow first
        except Stalled:
            log.warning("%s was given up: its client does not take what is sent (%s)", request, request.id)
        except (Refused, Error) as error:
            await _fail(request, send, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
            await _fail(request, send, unforeseen(error, str(request), request.id))

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        caller = self._access.admit(request)
        make = self._pages.get(request.path)
        if make is None:
            await self._operations.answer(request, caller, receive, send)
        elif request.method not in ("GET", "HEAD"):
            raise not_allowed(request.path, "GET", "HEAD")
        else:
            page = await asyncio.to_thread(make)  # some take tens of milliseconds, which calls need not wait for
            await reply(request, send, page.status, page.kind, page.body, *page.headers)


async def _fail(request: Request, send: Send, error: Error | Refused) -> None:
    status, body, headers = problems.answer(error, request.id)
    if status == 401:
        log.info("%s was not let in: %s (%s)", request.client or "a client without an address", request, request.id)
    await reply(request, send, status, problems.MEDIA, body, *headers)
