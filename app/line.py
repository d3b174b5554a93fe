"""Lines of code, said as everybody finds them: `modules/orders/saga.py:41`, wherever this machine keeps the file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import unwrap
from pathlib import PurePath
from types import FrameType
from typing import Any, NamedTuple

from contracts.kit.context import current_holder

_FRAMEWORK = ("app.", "asyncio.", "contextlib", "uvicorn.")
"""Packages whose lines are not what anybody would have to change."""


class Line(NamedTuple):
    """A line of a file. ``module`` is the dotted name under which the file was imported."""

    file: str
    module: str
    number: int

    def __str__(self) -> str:
        path = PurePath(self.file)
        depth = self.module.count(".") + (2 if path.name == "__init__.py" else 1)
        return f"{'/'.join(path.parts[-depth:])}:{self.number}"


def calling_line(passed_over: tuple[str, ...] = _FRAMEWORK) -> Line | None:
    """Return the line outside of the framework, or of other packages, that led here; None where the task has none."""
    frame: FrameType | None = sys._getframe(1)
    bottom = getattr(current_holder().coroutine, "cr_frame", None)  # what called this frame is the event loop's
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if module is not None and not module.startswith(passed_over):
            return Line(frame.f_code.co_filename, module, frame.f_lineno)
        if frame is bottom:
            return None
        frame = frame.f_back
    return None


def line_of(function: Callable[..., Any]) -> Line | None:
    """Return where a function is defined, None where it is not written in a file of Python."""
    function = unwrap(function)
    code = getattr(function, "__code__", None)
    module = getattr(function, "__module__", None)
    return None if code is None or module is None else Line(code.co_filename, module, code.co_firstlineno)
