"""What the kitchen and the pantry remember of a test, for the test to read."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextvars import ContextVar

from contracts.kit import current_context
from tests.carriers.values import Seen

WHISPER: ContextVar[str] = ContextVar("whisper", default="")
"""What no contract speaks of."""


class Journal:
    """What happened in each run; ``made`` counts items."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self._notes: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, run: str, what: str) -> None:
        """Write down what happened."""
        self._notes[run].append(what)

    def read(self, run: str) -> tuple[str, ...]:
        """Return what happened; how many items were made stands last."""
        return *self._notes[run], f"made {self.made[run]}"

    async def forever(self, run: str) -> str:
        """Wait until that is ended, and note how."""
        self.note(run, "began")
        try:
            await asyncio.Event().wait()
        except BaseException as error:
            self.note(run, type(error).__name__)
            raise
        return "never"


def look() -> Seen:
    """Return what is known here of who asks."""
    context = current_context()
    return Seen(
        actor=context.actor.id,
        roles=frozenset(role.value for role in context.actor.roles),
        request_id=context.request_id,
        assertion=context.assertion,
    )
