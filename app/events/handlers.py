"""A subscriber's handlers, called with an event made from its record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.kit import Actor, Context, Error, Event, Role, Work
from contracts.kit.context import scope
from contracts.kit.module import Handler
from contracts.kit.outbox import Record

LONGEST = 30.0
"""Seconds that one event's handling may take: it holds the module's one writer."""


class Undecodable(Exception):
    """A payload is not what its event's type says; trying again would not help."""


class Handlers:
    """Calls the handler of each record's event, as the system and under the record's request."""

    def __init__(self, subscriber: str, handlers: Mapping[type[Event], Handler]) -> None:
        self.subscriber = subscriber
        self._by_code = {event.code: (msgspec.json.Decoder(event), handler) for event, handler in handlers.items()}

    async def handle(self, record: Record, work: Work[Any]) -> None:
        """Have one event handled in a transaction; unknown fields in it are ignored.

        A handler that awaited something cancelled has failed: `RuntimeError`. Only this task's own
        cancellation goes on as one.
        """
        try:
            decoder, handler = self._by_code[record.code]
            event = decoder.decode(record.payload)
        except (KeyError, msgspec.MsgspecError, Error) as error:
            raise Undecodable(f"{type(error).__name__}: {error}") from error
        task = asyncio.current_task()
        assert task is not None
        cancellations = task.cancelling()
        try:
            with scope(context=acting(self.subscriber, record.request_id)):
                async with asyncio.timeout(LONGEST):
                    await handler(event, work)
        except asyncio.CancelledError as error:
            if task.cancelling() > cancellations:
                raise
            raise RuntimeError(f"The handler of {record.code} awaited something that was cancelled.") from error


def acting(module: str, request_id: str = "") -> Context:
    """Return the context of a module's own background work."""
    return Context(request_id=request_id, actor=Actor(id=module, roles=frozenset({Role.SYSTEM})))
