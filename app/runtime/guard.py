"""The transaction guard: no module may call another while it holds its own write transaction."""

from __future__ import annotations

import logging

log = logging.getLogger("freestone.guard")


class TransactionGuard:
    """An error in development and tests; in production a warning that is counted."""

    def __init__(self, *, production: bool) -> None:
        self._production = production
        self.violations = 0

    def __call__(self, writing: str, operation: str) -> None:
        self.violations += 1
        sentence = (
            f"{writing} calls {operation} inside its own write transaction; "
            "call before the block or after it, so that nothing is locked while another module works."
        )
        if not self._production:
            raise RuntimeError(sentence)
        log.warning(sentence)
