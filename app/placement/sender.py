"""Sending a call to one of a host's replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from app.failpoints import failpoints
from app.placement.endpoint import Endpoint
from app.placement.neighbour import Neighbour
from app.placement.retrying import TRIES, Final, is_late, pause_after
from app.wire.codec import OperationCodec
from app.wire.inflow import RemoteStream
from app.wire.link import Link
from app.wire.remote import Sender, envelope
from contracts.kit import Error, Unavailable, contract_of
from contracts.kit.context import current_frame
from contracts.kit.outbox import Outbox

_PULL = contract_of(Outbox).operations["pull"]


class WireSender(Sender):
    """Sends the calls for one module on its host, each once."""

    def __init__(self, neighbour: Neighbour, module: str) -> None:
        self._neighbour = neighbour
        self._module = module

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        endpoint = self._neighbour.pick(self._module, operation.path)
        if endpoint is None or endpoint.link is None:
            raise self._nowhere(operation)
        if endpoint.differing and (refusal := self._refusal(endpoint, operation)):
            raise Final(refusal)
        if failpoints.armed:
            failpoints.hit("wire.request.before", operation.name)
        try:
            answer = await endpoint.link.call(operation, envelope(), key, arguments)
        except asyncio.CancelledError:
            if current_frame().fired:
                endpoint.timed_out()
            raise
        except Unavailable:
            raise
        except Error:
            endpoint.answered()
            raise
        endpoint.answered()
        if failpoints.armed:
            failpoints.hit("wire.answer.taken", operation.name)
        return answer

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        endpoint = self._neighbour.pick(self._module, operation.path, _events(operation, arguments))
        if endpoint is None or endpoint.link is None:
            return self._late_stream(operation, arguments)
        return self._stream(endpoint, endpoint.link, operation, arguments)

    async def _late_stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        """Wait for a replica as a call does, since nothing has begun."""
        for tries in range(1, TRIES):
            if is_late(pause := pause_after(tries)):
                break
            self._neighbour.nudge()
            await asyncio.sleep(pause)
            endpoint = self._neighbour.pick(self._module, operation.path, _events(operation, arguments))
            if endpoint is not None and endpoint.link is not None:
                async with aclosing(self._stream(endpoint, endpoint.link, operation, arguments)) as items:
                    async for item in items:
                        yield item
                return
        raise self._nowhere(operation)

    def _stream(
        self, endpoint: Endpoint, link: Link, operation: OperationCodec, arguments: dict[str, Any]
    ) -> RemoteStream:
        if endpoint.differing and (refusal := self._refusal(endpoint, operation, _events(operation, arguments))):
            raise refusal
        return link.stream(operation, envelope(), arguments)

    def _refusal(self, endpoint: Endpoint, operation: OperationCodec, events: Iterable[str] = ()) -> Unavailable | None:
        found = endpoint.refusal(operation.path, events)
        if found is None:
            return None
        return Unavailable(operation=operation.name, reason=f"host {self._neighbour.name} does not fit: {found}")

    def _nowhere(self, operation: OperationCodec) -> Unavailable:
        return Unavailable(operation=operation.name, reason=self._neighbour.trouble or "its host has just gone")


def _events(operation: OperationCodec, arguments: dict[str, Any]) -> Iterable[str]:
    """Return the keys of the events that a stream is to deliver: none, unless it is an outbox's."""
    return [f"{operation.key}/{code}" for code in arguments["codes"]] if operation.operation is _PULL else ()
