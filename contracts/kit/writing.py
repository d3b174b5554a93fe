"""The mark of a write transaction: the task that opened it has it, and so has every task started meanwhile."""

from __future__ import annotations

from typing import Self


class Writing:
    """Says in whose write transaction a task is.

    ``opened`` names the line that opened it, ``started`` the one that started this task inside it: each None where
    no line of a module's did, and ``started`` for the opener itself. Once ``over``, it binds nobody any more.
    """

    __slots__ = ("_opener", "_over", "module", "opened", "started")

    def __init__(self, module: str, opened: object = None) -> None:
        self.module = module
        self.opened = opened
        self.started: object = None
        self._opener: Writing | None = None
        self._over = False

    @property
    def over(self) -> bool:
        """Whether the transaction has ended."""
        return self._over if self._opener is None else self._opener._over

    @property
    def inherited(self) -> bool:
        """Whether it was another task that opened the transaction."""
        return self._opener is not None

    def end(self) -> None:
        """Say that the transaction has ended, to all who have the mark."""
        self._over = True

    def pass_on(self, started: object) -> Self:
        """Return the mark for a task that is started inside the transaction."""
        heir = type(self)(self.module, self.opened)
        heir.started = started
        heir._opener = self._opener or self
        return heir
