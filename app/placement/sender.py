"""Sending a call to one of a host's replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from app.placement.endpoint import Endpoint, other_meaning
from app.placement.neighbour import Neighbour
from app.placement.retrying import TRIES, is_late, pause_after
from app.wire.codec import OperationCodec
from app.wire.inflow import RemoteStream
from app.wire.link import Link
from app.wire.remote import Sender, envelope
from contracts.kit import Error, Unavailable
from contracts.kit.context import current_frame


class WireSender(Sender):
    """Sends the calls for one module on its host, each once."""

    def __init__(self, neighbour: Neighbour, module: str) -> None:
        self._neighbour = neighbour
        self._module = module

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        endpoint = self._neighbour.pick(self._module, operation.key)
        if endpoint is None or endpoint.link is None:
            raise self._nowhere(operation)
        if endpoint.differing:
            self._check(endpoint, operation)
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
        return answer

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        endpoint = self._neighbour.pick(self._module, operation.key)
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
            endpoint = self._neighbour.pick(self._module, operation.key)
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
        if operation.key in endpoint.differing:
            reason = f"host {self._neighbour.name} cannot be called: {other_meaning((operation.key,))}"
            raise Unavailable(operation=operation.name, reason=reason)

    def _nowhere(self, operation: OperationCodec) -> Unavailable:
        return Unavailable(operation=operation.name, reason=self._neighbour.trouble or "its host has just gone")
