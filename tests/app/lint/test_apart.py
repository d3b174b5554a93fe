"""What is done apart gives its answer, or says what became of it; nothing of it reaches this process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from app.lint.apart import NoAnswer, apart
from app.lint.problem import Problem

FOUND = [Problem("modules/a.py", number, "rule", "text " * 100) for number in range(2000)]


def test_the_answer_is_what_was_found_however_long() -> None:
    assert apart(lambda: FOUND) == FOUND


def test_nothing_of_the_work_reaches_this_process() -> None:
    seen: list[int] = []

    def work() -> Iterator[Problem]:
        seen.append(os.getpid())
        yield Problem("a", 1, "rule", str(os.getpid()))

    (problem,) = apart(work)
    assert problem.text != str(os.getpid())
    assert seen == []


def ending() -> list[Problem]:
    os._exit(0)


def raising() -> list[Problem]:
    raise BaseExceptionGroup("several", [KeyboardInterrupt()])


@pytest.mark.parametrize(
    ("work", "what"),
    [(ending, "ended the process"), (sys.exit, "raised SystemExit()"), (raising, "raised BaseExceptionGroup")],
)
def test_an_end_of_its_own_is_told(work: Callable[[], list[Problem]], what: str) -> None:
    with pytest.raises(NoAnswer, match=what.replace("(", r"\(").replace(")", r"\)")):
        apart(work)


def test_what_never_comes_back_is_given_up() -> None:
    def work() -> list[Problem]:
        while True:
            time.sleep(0.01)

    with pytest.raises(NoAnswer, match="did not come back"):
        apart(work, patience=0.1)
