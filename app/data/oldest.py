"""Which code may still write to a module's tables: what the tables say, held against what this host's code is.

A host that is too old is refused when it starts (`migrations`). One that runs learns it here, when a newer host has
upgraded the tables below its feet.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import final

from contracts.kit import Unavailable

log = logging.getLogger("freestone.data")


@final
class Oldest:
    """Holds the oldest revision that may write against those that this code has ``known``, first to last.

    ``refusal`` says why this code writes no more, None as long as it may.
    """

    def __init__(self, module: str, known: Sequence[str]) -> None:
        self.refusal: str | None = None
        self._module = module
        self._known = known

    def note(self, oldest: str | None) -> None:
        """Note what a reader found, which is not refused; None where the tables have no revision."""
        if self.refusal is None and not self._fits(oldest):
            ends = self._known[-1] if self._known else "none"
            self.refusal = (
                f"its tables take writes of code from revision {oldest} on, and this host's ends at {ends}; "
                "roll this host to the new release"
            )
            log.error("Module %s writes no more: %s", self._module, self.refusal)

    def check(self, oldest: str | None) -> None:
        """Refuse to write where what a writer found shuts this code out; what it found counts, whatever was noted."""
        if self._fits(oldest):
            self.refusal = None
            return
        self.note(oldest)
        raise Unavailable(operation=f"the database of {self._module}", reason=str(self.refusal))

    def _fits(self, oldest: str | None) -> bool:
        return oldest is None or oldest in self._known
