"""The words and marks of SQL, as SQLite and PostgreSQL tell them apart; comments are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<skip>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<text>'(?:[^']|'')*'|\$\$.*?\$\$)
    | (?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])
    | (?P<bound>(?:(?<!:):|@|\$)\w+|\?\d*)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word (upper case in ``word``, empty where quoted), a name as it is compared, or a mark."""

    kind: str
    word: str
    name: str


def tokens(sql: str) -> Iterator[Token]:
    """Yield the tokens of a text."""
    for found in _TOKEN.finditer(sql):
        kind, text = found.lastgroup or "mark", found.group()
        if kind == "word":
            yield Token(kind, text.upper(), text.casefold())
        elif kind == "quoted":
            yield Token("word", "", text[1:-1].replace('""', '"').casefold())
        elif kind != "skip":
            yield Token(kind, "", text)
