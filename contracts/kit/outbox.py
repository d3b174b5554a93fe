"""The contract that every publishing module provides without writing it: its outbox, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.kit.actors import SYSTEM
from contracts.kit.contract import contract
from contracts.kit.message import Message
from contracts.kit.operation import stream


class Record(Message):
    """One published event: ``payload`` is its JSON, ``sequence`` its place in the outbox (from 1)."""

    sequence: int
    code: str
    key: str
    payload: bytes
    request_id: str
    published: Annotated[datetime, Meta(tz=True)]


class Batch(Message):
    """Some records in order of sequence; ``head`` is the outbox's last sequence that was looked at."""

    records: tuple[Record, ...]
    head: int


@contract(version=1)
class Outbox(Protocol):
    """A module's published events, read by those who listen."""

    @stream(deadline=10.0, allow=SYSTEM)
    def pull(self, after: int, codes: tuple[str, ...]) -> AsyncIterator[Batch]:
        """Yield the events of these codes after a sequence, first what there is, then as they come.

        Never ends. An empty batch comes at least every two seconds, and whenever events of other codes
        were passed over; its ``head`` can be stored as the new place. Who asks after a sequence says that it has
        taken in everything up to there; events that are no longer kept are passed over, and it is logged here.
        """
        ...
