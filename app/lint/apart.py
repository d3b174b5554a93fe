"""Doing something in a child process, since what it runs may end the process, or never come back."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable

import msgspec

from app.lint.problem import Problem

PATIENCE = 60.0
"""Seconds after which nothing is expected of it any more."""


class NoAnswer(Exception):
    """What was done apart came to no end of its own; the text says what became of it."""


class _Answer(msgspec.Struct):
    problems: list[Problem] = []
    raised: str = ""


def apart(work: Callable[[], Iterable[Problem]], patience: float = PATIENCE) -> list[Problem]:
    """Return what ``work`` finds; `NoAnswer` where it raises, ends the process or takes longer.

    The child is a copy of this process, and so costs a few milliseconds. Where a system has no fork, the work is
    done here.
    """
    if sys.platform == "win32":
        return list(work())
    reading, writing = os.pipe()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()  # Python warns of threads: the import graph's, of which the child touches nothing
    if child == 0:
        _tell(work, writing)
    os.close(writing)
    try:
        answer = msgspec.msgpack.decode(_heard(reading, time.monotonic() + patience), type=_Answer)
    except TimeoutError:
        raise NoAnswer(f"did not come back within {patience:g} s") from None
    except EOFError:
        raise NoAnswer("ended the process") from None
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it may have ended already, but nobody has taken note of that before
        os.waitpid(child, 0)
    if answer.raised:
        raise NoAnswer(f"raised {answer.raised}")
    return answer.problems


def _tell(work: Callable[[], Iterable[Problem]], writing: int) -> None:
    """Be the child: do the work, write the answer behind its length, and end without any clean-up."""
    try:
        try:
            answer = _Answer(problems=list(work()))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent tells it
            answer = _Answer(raised=repr(error))
        encoded = msgspec.msgpack.encode(answer)
        with os.fdopen(writing, "wb") as stream:
            stream.write(len(encoded).to_bytes(8, "big") + encoded)
    finally:
        os._exit(0)


def _heard(reading: int, until: float) -> bytes:
    """Return the whole answer; `EOFError` where there is none, `TimeoutError` where it does not come."""
    size = int.from_bytes(_exactly(reading, 8, until), "big")
    return _exactly(reading, size, until)


def _exactly(reading: int, size: int, until: float) -> bytes:
    heard = b""
    while len(heard) < size:
        ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(reading, size - len(heard))
        if not part:
            raise EOFError
        heard += part
    return heard
