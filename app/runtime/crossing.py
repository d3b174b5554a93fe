"""Whether a value crosses a boundary as it is, and if not, what is wrong with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec

from app.runtime.exactness import Check
from app.runtime.inexact import Inexact
from app.wire.limits import Limits

log = logging.getLogger("freestone.guard")

LARGEST = Limits().frame
"""Bytes that may cross at once."""


def problem_of(value: object, check: Check, place: str = "") -> str:
    """Say what is wrong with a value, if anything is: its types, or that it cannot be encoded."""
    try:
        try:
            check(value)
        except RecursionError:  # whether it is nested too deeply is the codec's to say
            log.debug("%s is nested more deeply than can be looked at", place)
        size = len(msgspec.msgpack.encode(value))
    except Inexact as error:
        path = (place + error.path).removeprefix(".")
        at = f" at {path}" if path else ""
        return f"{error.is_}{at} where its contract says {error.wanted}; {error.mend}"
    except Exception as error:  # noqa: BLE001 - whatever the codec says
        path = (place + _where(value)).removeprefix(".")
        at = f" at {path}" if path else ""
        return f"what cannot be encoded{at} ({error}); refuse it where it comes in, or bound it in its contract"
    if size > LARGEST:
        at = f" at {place}" if place else ""
        return f"{size} bytes{at}, and no more than {LARGEST} cross at once; give it in parts, or as a stream"
    return ""


def _where(value: object) -> str:
    """Return the way to the innermost part that cannot be encoded."""
    for step, part in _parts(value):
        try:
            msgspec.msgpack.encode(part)
        except RecursionError:
            return ""
        except Exception:  # noqa: BLE001 - whatever the codec says
            return step + _where(part)
    return ""


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, msgspec.Struct):
        yield from ((f".{name}", getattr(value, name)) for name in value.__struct_fields__)
    elif isinstance(value, tuple):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, frozenset):
        yield from (("[…]", part) for part in value)
