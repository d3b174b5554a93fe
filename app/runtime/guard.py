"""The transaction guard: no module may call another while it holds its own write transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.line import calling_line
from contracts.kit.writing import Writing

Guard = Callable[[Writing, str], None]
"""Told that an operation is called from within a write transaction."""

log = logging.getLogger("freestone.guard")


class Violation(RuntimeError):
    """What a guard refuses, and has said already; the text is the sentence."""


class TransactionGuard:
    """An error in development and tests; in production a warning that is counted."""

    def __init__(self, *, production: bool) -> None:
        self._production = production
        self.violations = 0

    def __call__(self, writing: Writing, operation: str) -> None:
        if writing.over:
            return
        self.violations += 1
        sentence = (
            f"{writing.module} calls {operation} inside its own write transaction ({_lines(writing)}); "
            "call before the block or after it, so that nothing is locked while another module works."
        )
        if self._production:
            log.warning("transaction guard: %s", sentence)
        else:
            log.error("transaction guard: %s", sentence)
            raise Violation(sentence)


def _lines(writing: Writing) -> str:
    """Name the line that calls, or at least the one that started a task for it, and the one that opened."""
    call = calling_line()
    at = f"at {call}" if call is not None else f"in a task started at {writing.started}"
    return f"{at}, in {'its event handler' if writing.opened is None else f'the write() at {writing.opened}'}"
