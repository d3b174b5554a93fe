"""Sending a call to one of a host's replicas, and again to another where that is safe."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from app.placement.endpoint import Endpoint, other_meaning
from app.placement.neighbour import Neighbour
from app.wire.codec import OperationCodec
from app.wire.inflow import RemoteStream
from app.wire.link import Link
from app.wire.remote import Envelope, envelope
from contracts.kit import Error, Overloaded, Unavailable
from contracts.kit.context import current_frame

TRIES = 6
"""How often one call is sent, at most."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25
"""Seconds before a call is sent again: doubled each time, and jittered by half."""


class Budget:
    """Retries are paid for by calls: at most one for ten, and some in advance.

    So a host that is down or overloaded is not given several times the calls ("Handling Overload", Site
    Reliability Engineering, chapter 21).
    """

    SHARE, MOST = 0.1, 100.0

    def __init__(self) -> None:
        self._saved = self.MOST

    def earn(self) -> None:
        """Count a call."""
        if self._saved < self.MOST:
            self._saved += self.SHARE

    def spend(self) -> bool:
        """Take a retry from what was saved; say whether there was one."""
        if self._saved < 1.0:
            return False
        self._saved -= 1.0
        return True


class WireSender:
    """Sends the calls for one host.

    A call that certainly did not begin is sent again, whatever it is; one that may have begun only where that
    changes nothing: a query, or a repeatable command, which is given a key for this.
    """

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour
        self._budget = Budget()

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        semantics = operation.operation.semantics
        if key is None and semantics.repeat is not None:
            key = secrets.token_hex(16)
        sent_by = envelope()
        tries, perhaps = 0, False
        while True:
            endpoint = self._neighbour.pick()
            try:
                if endpoint is None or endpoint.link is None:
                    raise self._nowhere(operation)
                if endpoint.differing:
                    self._check(endpoint, operation)
                answer = await endpoint.link.call(operation, sent_by, key, arguments)
            except Unavailable as error:
                tries += 1
                perhaps = perhaps or error.may_have_executed
                safe = not error.may_have_executed or key is not None or semantics.kind == "query"
                is_last = error.operation != operation.name or not safe or tries == TRIES or not self._budget.spend()
                if is_last or self._is_late(pause := self._pause(tries), sent_by):
                    raise _told(error, perhaps) from None
                self._neighbour.nudge()
                await asyncio.sleep(pause)
            except Overloaded as error:
                raise _told(error, perhaps) from None
            except asyncio.CancelledError:
                if endpoint is not None and current_frame().fired:
                    endpoint.timed_out()
                raise
            else:
                endpoint.answered()
                self._budget.earn()
                return answer

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        endpoint = self._neighbour.pick()
        if endpoint is None or endpoint.link is None:
            return self._late_stream(operation, arguments)
        return self._stream(endpoint, endpoint.link, operation, arguments)

    async def _late_stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        """Wait for a replica as a call does, since nothing has begun."""
        sent_by = envelope()
        for tries in range(1, TRIES):
            if self._is_late(pause := self._pause(tries), sent_by):
                break
            self._neighbour.nudge()
            await asyncio.sleep(pause)
            endpoint = self._neighbour.pick()
            if endpoint is not None and endpoint.link is not None:
                async with aclosing(self._stream(endpoint, endpoint.link, operation, arguments)) as items:
                    async for item in items:
                        yield item
                return
        raise self._nowhere(operation)

    def _stream(
        self, endpoint: Endpoint, link: Link, operation: OperationCodec, arguments: dict[str, Any]
    ) -> RemoteStream:
        self._check(endpoint, operation)
        return link.stream(operation, envelope(), arguments)

    def _check(self, endpoint: Endpoint, operation: OperationCodec) -> None:
        key = operation.path.partition("/")[0]
        if key in endpoint.differing:
            reason = f"host {self._neighbour.name} cannot be called: {other_meaning((key,))}"
            raise Unavailable(operation=operation.name, reason=reason)

    def _nowhere(self, operation: OperationCodec) -> Unavailable:
        return Unavailable(operation=operation.name, reason=self._neighbour.trouble or "its host has just gone")

    def _pause(self, tries: int) -> float:
        """Return the seconds before the next try."""
        return min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.5)

    def _is_late(self, pause: float, sent_by: Envelope) -> bool:
        """Say whether too little time is left for another try after a pause."""
        return sent_by.due is not None and time.monotonic_ns() + pause * 1e9 >= sent_by.due


def _told(error: Unavailable | Overloaded, perhaps: bool) -> Error:
    """Return what the caller is told in the end: an earlier try may have been executed although the last was not."""
    if not perhaps:
        return error
    reason = error.reason if isinstance(error, Unavailable) else "it is overloaded"
    return Unavailable(operation=error.operation, reason=reason, may_have_executed=True)
