"""Text as Markdown, which GitHub shows as it is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&#]")


def text(said: str) -> str:
    """Return prose on one line with every sign meaning itself; what a docstring has in backticks stays code."""
    flat, pieces, end = " ".join(said.split()), [], 0
    for span in _SPAN.finditer(flat):
        pieces += [_escape(flat[end : span.start()]), code(span[2])]
        end = span.end()
    return "".join([*pieces, _escape(flat[end:])])


def code(said: str) -> str:
    """Return something as code, also within a table, where a bar would begin the next cell."""
    fence = "`" * (max(map(len, re.findall("`+", said)), default=0) + 1)
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}".replace("|", "\\|")


def codes(said: Iterable[str]) -> str:
    """Return several things as code, a dash for none."""
    return ", ".join(map(code, said)) or "–"


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table's lines, one a row, from cells that are Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _escape(said: str) -> str:
    return _SPECIAL.sub(lambda sign: f"\\{sign[0]}", said)
