"""The modules as they import: those that do, and of the others the reason and the line."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

from app.runtime import part
from app.runtime.part import Part
from app.wiring import find_modules


class Failure(NamedTuple):
    """A module that cannot be imported or built; ``frames`` are the lines that led there, the innermost last."""

    part: Part
    why: str
    frames: tuple[tuple[Path, int], ...]


def find() -> tuple[list[Part], list[Failure]]:
    """Import every module, and log nothing: who asks for pages is told in a sentence, without a traceback."""
    errors = _Errors()
    part.log.addFilter(errors)
    try:
        with warnings.catch_warnings(action="ignore"):
            parts = find_modules()
    finally:
        part.log.removeFilter(errors)
    return parts, [_failure(each, errors.by_part.get(each.failure)) for each in parts if each.failure is not None]


class _Errors(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self.by_part: dict[str | None, BaseException | None] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        self.by_part[record.getMessage()] = record.exc_info[1] if record.exc_info else None
        return False


def _failure(part: Part, error: BaseException | None) -> Failure:
    frames = [] if error is None else [(frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames.append((error.filename or "", error.lineno))
    places = tuple((Path(file), line or 0) for file, line in frames)
    return Failure(part, " ".join((part.failure or "").split()).rstrip("."), places)
