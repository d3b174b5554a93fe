"""What the host and the interpreter say while a module is exercised, as problems."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from types import CodeType, TracebackType
from typing import Any

from app.line import Line
from app.lint.alone.refusing import RULE
from app.lint.problem import Problem
from app.runtime.guard import Violation
from contracts.kit import Unavailable

_LOGGERS = ("freestone", "asyncio")


class Hearing(logging.Handler):
    """Takes every error that is logged, and every resource that is left open, for a problem of the module.

    ``may_lack`` says of an operation whether the module may come to a stop without it: not if it is optional.
    """

    def __init__(self, module: str, is_own: Callable[[CodeType], bool], may_lack: Callable[[str], bool]) -> None:
        super().__init__(logging.ERROR)
        self.problems: list[Problem] = []
        self._module = module
        self._is_own = is_own
        self._may_lack = may_lack

    def install(self) -> None:
        """Listen until the process ends."""
        logging.getLogger().addHandler(self)
        warnings.simplefilter("error", ResourceWarning)
        sys.unraisablehook = self._unraisable

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not record.name.startswith(_LOGGERS) or isinstance(error, Violation):  # that the guard has said
            return
        if "its contract does not declare" in record.getMessage():  # that comes again, with its traceback
            return
        if isinstance(error, Unavailable) and self._may_lack(error.operation):
            return
        if record.name == "freestone.calls" and isinstance(record.args, tuple):
            said = f"{record.args[0]} fails while what {self._module} needs is away; do without, or declare an error"
            self.find(error, said)
        else:
            self.find(error, record.getMessage())

    def _unraisable(self, what: sys.UnraisableHookArgs) -> None:
        is_open = isinstance(what.exc_value, ResourceWarning)
        self.find(what.exc_value, f"{self._module} leaves something open" if is_open else f"{what.object} failed")

    def find(self, error: BaseException | None, said: str) -> None:
        """Note a problem, at the innermost line of the module's own."""
        line = None if error is None else self._line(error.__traceback__)
        file, number = ("", 0) if line is None else (str(line).rpartition(":")[0], line.number)
        what = "" if error is None else f" ({type(error).__name__}: {error})"
        text = " ".join(f"{said}{what}".split())
        problem = Problem(file or f"modules/{self._module}", number, RULE, text if text.endswith(".") else f"{text}.")
        if all((problem.file, problem.line) != (each.file, each.line) or not number for each in self.problems):
            self.problems.append(problem)

    def _line(self, traceback: TracebackType | None) -> Line | None:
        found = None
        while traceback is not None:
            frame: Any = traceback.tb_frame
            if self._is_own(frame.f_code):
                found = Line(frame.f_code.co_filename, frame.f_globals["__name__"], traceback.tb_lineno)
            traceback = traceback.tb_next
        return found
