"""`architecture.toml`: the problems that are put up with, each for a reason, by somebody, until a day.

An exception covers exactly as many problems as it says, so that none can hide a future one. Their number is in the file
as well: it falls by itself, and rises only by `freestone check --accept`.
"""

from __future__ import annotations

import contextlib
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from app.lint.cache import write_whole
from app.lint.problem import Problem

FILE = "architecture.toml"
RULE = "exception"

NEVER = frozenset({"configuration", "contract-lock", "exception", "unreadable"})
"""Rules that nothing can be excepted from: without them, nothing that is said holds."""

_TEXTS = ("rule", "file", "says", "owner", "reason")
_HEADER = re.compile(r"^\s*\[\[\s*exception\s*\]\]")
_ACCEPTED = re.compile(r"^(accepted\s*=\s*)\d+", re.MULTILINE)


class Exempt(msgspec.Struct, frozen=True):
    """One exception, as it stands in its ``line``: ``says`` is a part of the sentence that is not to be said."""

    line: int
    rule: str
    file: str
    says: str
    owner: str
    reason: str
    until: date
    count: int = 1

    def covers(self, problem: Problem) -> bool:
        """Say whether the exception means this problem."""
        return problem.rule == self.rule and problem.file == self.file and self.says in problem.text


class Exceptions:
    """The exceptions of a project; ``problems`` is what is wrong with the file itself."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self.exempt: list[Exempt] = []
        self.problems: list[Problem] = []
        self._text = ""
        try:
            self._text = self._path.read_bytes().decode()
            table = tomllib.loads(self._text)
        except FileNotFoundError:
            table = {"accepted": 0}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self._report(0, f"it cannot be read ({error}), so nothing is excepted; mend it.")
            table = {"accepted": 0}
        self._number = self._read(table)

    def __len__(self) -> int:
        """Return how many problems they cover."""
        return sum(each.count for each in self.exempt)

    def keep_number(self, accept: bool) -> None:
        """Compare the number with the accepted one; a lower one is written down, a higher one if ``accept``."""
        if self._number is None or len(self) == self._number:
            return
        if len(self) < self._number or accept:
            if not self.problems:
                self._write(len(self))
            return
        line = next((n for n, line in enumerate(self._text.splitlines(), 1) if line.startswith("accepted")), 0)
        said = f"excepted: {len(self)}, accepted: {self._number}"
        self._report(
            line, f"{said}; do without, or raise the number by `freestone check --accept` and have it reviewed."
        )

    def left(self, found: Sequence[Problem], today: date, *, all_judged: bool) -> list[Problem]:
        """Return the problems that are not covered, and what is wrong with the exceptions.

        Where not every rule could be judged, an exception that covers nothing is no matter.
        """
        left = list(found)
        for each in self.exempt:
            covered = [problem for problem in left if each.covers(problem)]
            if each.until < today:
                whose = f"{each.owner} has it for this reason: {each.reason}"
                self._report(each.line, f"it expired on {each.until}; mend what it covered. {whose}")
            elif len(covered) > each.count:
                said = f"it covers {len(covered)} problems and not {each.count}"
                self._report(each.line, f"{said}; say more of the sentence, or count = {len(covered)}.")
            elif len(covered) == each.count or not all_judged:
                left = [problem for problem in left if problem not in covered]
            elif covered:
                said = f"it covers only {len(covered)} of {each.count} problems"
                self._report(each.line, f"{said}; write count = {len(covered)}.")
                left = [problem for problem in left if problem not in covered]
            else:
                self._report(each.line, f"no {each.rule} in {each.file} says “{each.says}” any more; delete it.")
        return sorted([*left, *self.problems])

    def _read(self, table: dict[str, Any]) -> int | None:
        for key in table.keys() - {"accepted", "exception"}:
            self._report(0, f"{key} is no key of this file; there are accepted and [[exception]].")
        entries = table.get("exception", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._report(0, "exception is no list of tables; write [[exception]] above each.")
            entries = []
        headers = [n for n, line in enumerate(self._text.splitlines(), 1) if _HEADER.match(line)]
        for at, entry in enumerate(entries):
            line = headers[at] if len(headers) == len(entries) else 0
            wrong = list(_wrong(entry))
            for text in wrong:
                self._report(line, text)
            if not wrong:
                self.exempt.append(msgspec.convert({**entry, "line": line}, Exempt))
        number = table.get("accepted")
        if type(number) is not int or number < 0:
            self._report(0, "accepted is missing or no number; write accepted = 0 at the top.")
            return None
        return number

    def _report(self, line: int, text: str) -> None:
        self.problems.append(Problem(FILE, line, RULE, text))

    def _write(self, number: int) -> None:
        text = _ACCEPTED.sub(rf"\g<1>{number}", self._text, count=1)
        with contextlib.suppress(OSError):
            if self._path.stat().st_mode & stat.S_IWUSR:  # a file that is only to be read is left as it is
                write_whole(self._path, text.encode())


def _wrong(entry: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with an exception by itself."""
    for key in sorted(entry.keys() - {*_TEXTS, "until", "count"}):
        yield f"{key} is no key of an exception; there are {_listed((*_TEXTS, 'until', 'count'))}."
    for key in _TEXTS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            yield f"{key} is missing or empty; write it as a text."
    until = entry.get("until")
    if not isinstance(until, date) or isinstance(until, datetime):
        yield "until is missing or no date; write the last day, as in until = 2027-01-31, without quotes."
    count = entry.get("count", 1)
    if type(count) is not int or count < 1:
        yield "count is no number of problems; write how many there are, or leave it out for one."
    if entry.get("rule") in NEVER:
        yield f"nothing can be excepted from {entry['rule']}; mend what it says and delete this."


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}"
