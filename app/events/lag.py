"""How far a subscription is behind, by what passes through its hands anyway: nobody is asked, nothing is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from app.data.tables import microseconds
from app.events.clock import Clock
from app.events.outbox import LARGEST
from contracts.kit.outbox import Batch, Record


class _Known(NamedTuple):
    """The records of the last batch, and the instant before which all else was published that has been read."""

    records: Sequence[Record]
    until: int


@final
class Lag:
    """Since when events may have been waiting that one subscription has not read.

    What a batch does not hold, and was published before it came, has been read; unless it is as large as a batch can
    be, since then the outbox may hold more. While all goes well batches come every two seconds, if empty ones.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: _Known | None = _Known((), clock())

    def begin(self) -> None:
        """Note that this one does the work from now on; of what came before, it knows nothing yet."""
        if self._known is None:
            self._known = _Known((), self._clock())

    def stand_by(self) -> None:
        """Note that another does the work, and knows."""
        self._known = None

    def came(self, batch: Batch) -> None:
        """Note a batch, whose records are still to be applied."""
        is_full = len(batch.records) >= LARGEST
        self._known = _Known(batch.records, microseconds(batch.records[-1].published) if is_full else self._clock())

    def seconds(self, position: int) -> float | None:
        """Return the age of the oldest event that may be unread behind ``position``; None where another knows."""
        known = self._known  # once, since this may be another thread
        if known is None:
            return None
        unread = (microseconds(each.published) for each in known.records if each.sequence > position)
        return max(0, self._clock() - next(unread, known.until)) / 1e6
