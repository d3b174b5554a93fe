"""Which tables a piece of raw SQL names; read as SQLite and PostgreSQL write it, without running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.lint.tables.tokens import Token, tokens


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_NAMES = _words(
    "ADD ALL ALTER AND AS CASCADE COLUMN CONFLICT CROSS CURRENT DEFAULT DELETE DISTINCT DROP EXCEPT EXISTS FETCH FOR "
    "FULL GROUP HAVING IF IN INDEXED INNER INSERT INTERSECT IS JOIN LEFT LIMIT NATURAL NO NOT NOWAIT NULL OF OFFSET ON "
    "OR ORDER OUTER RENAME RESTRICT RETURNING RIGHT ROWS SELECT SET SHARE SKIP TO UNION UPDATE USING VALUES WHEN WHERE "
    "WINDOW WITH"
)
_PASSED = frozenset({"ONLY", "LATERAL", "IF", "NOT", "EXISTS"})
"""What may stand between FROM, TABLE or the like and the name."""
_ENDS_LIST = _words(
    "EXCEPT FETCH FOR GROUP HAVING INTERSECT LIMIT OFFSET ORDER RETURNING SELECT SET UNION VALUES WHERE WINDOW"
)
_FROM_INSIDE = frozenset({"EXTRACT", "OVERLAY", "POSITION", "SUBSTRING", "TRIM"})
"""Functions whose FROM or IN precedes an argument."""


class Statement(NamedTuple):
    """What raw SQL names.

    ``used`` are tables for certain; ``perhaps`` may as well be functions or columns. ``refused`` says how it leaves
    the module's own database, if it does.
    """

    made: tuple[str, ...]
    virtual: tuple[str, ...]
    temporary: tuple[str, ...]
    dropped: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    used: tuple[str, ...]
    perhaps: tuple[str, ...]
    refused: tuple[str, ...]


def read_sql(sql: str) -> Statement:
    """Read one statement, several, or a part of one."""
    return _Reading(list(tokens(sql))).result()


class _Frame:
    """What is between two parentheses: whether a list of tables is under way, and whether one comes next."""

    def __init__(self, opener: str = "", *, tables: bool = False) -> None:
        self.opener = opener
        self.listing = self.expecting = tables


class _Reading:
    def __init__(self, read: Sequence[Token]) -> None:
        self._tokens = read
        self._at = 0
        self._frames = [_Frame()]
        self._verb = ""
        self._on = False
        self._found: dict[str, list[str]] = {
            each: [] for each in ("made", "virtual", "temporary", "dropped", "used", "perhaps", "refused")
        }
        self._renamed: list[tuple[str, str]] = []
        self._own: set[str] = set()

    def result(self) -> Statement:
        self._find_common_tables()
        while self._at < len(self._tokens):
            self._step(self._tokens[self._at])
        found = {key: tuple(dict.fromkeys(names)) for key, names in self._found.items()}
        used = tuple(name for name in found.pop("used") if name not in self._own)
        perhaps = tuple(name for name in found.pop("perhaps") if name not in self._own)
        return Statement(**found, used=used, perhaps=perhaps, renamed=tuple(self._renamed))

    def _peek(self, ahead: int = 0) -> Token:
        place = self._at + ahead
        return self._tokens[place] if 0 <= place < len(self._tokens) else Token("end", "", "")

    def _find_common_tables(self) -> None:
        """`WITH name AS (`, `WITH name (column) AS MATERIALIZED (`: names that the statement makes itself."""
        if all(token.word != "WITH" for token in self._tokens):
            return
        for place, token in enumerate(self._tokens):
            if token.word != "AS":
                continue
            after = [each.word or each.name for each in self._tokens[place + 1 : place + 4]]
            while after and after[0] in ("NOT", "MATERIALIZED"):
                after.pop(0)
            before = self._before_columns(place - 1)
            if after[:1] == ["("] and before >= 0 and self._tokens[before].kind == "word":
                self._own.add(self._tokens[before].name)

    def _before_columns(self, place: int) -> int:
        if place < 0 or self._tokens[place].name != ")":
            return place
        while place >= 0 and self._tokens[place].name != "(":
            place -= 1
        return place - 1

    def _step(self, token: Token) -> None:
        frame = self._frames[-1]
        self._at += 1
        if frame.expecting and token.word in _PASSED:
            return
        if token.name == "(":
            self._frames.append(_Frame(self._peek(-2).word, tables=frame.expecting))
            frame.expecting = False
        elif token.name == ")":
            if len(self._frames) > 1:
                self._frames.pop()
        elif token.name == ";":
            self._frames, self._verb = [_Frame()], ""
        elif token.name == "," and token.kind == "mark":
            frame.expecting = frame.listing
        elif token.kind == "word" and frame.expecting and token.word not in _NO_NAMES:
            frame.expecting = False
            self._take("used", callable_too=True)
        elif token.kind == "word":
            frame.expecting = False
            self._keyword(token.word, frame)

    def _keyword(self, word: str, frame: _Frame) -> None:
        before = self._peek(-2).word
        if not self._verb and word:
            self._verb = word
            self._on = word in ("CREATE", "COMMENT", "GRANT", "REVOKE")
            self._refuse(word)
        match word:
            case "FROM" if before != "DISTINCT" and frame.opener not in _FROM_INSIDE:
                frame.listing = frame.expecting = True
            case "JOIN":
                frame.expecting = True
            case "INTO":
                self._take_next("used")
            case "UPDATE" if before not in ("ON", "FOR", "DO", "BEFORE", "AFTER"):
                if self._peek().word == "OR":
                    self._at += 2
                self._take_next("used")
            case "REFERENCES":
                self._take_next("used")
            case "TABLE" | "VIEW":
                self._table(word)
            case "USING" if self._verb in ("DELETE", "MERGE") and self._peek().name != "(":
                frame.listing = frame.expecting = True
            case "ON" if self._on:
                self._on = False
                self._take_next("perhaps" if self._verb in ("GRANT", "REVOKE") else "used")
            case "IN" if frame.opener not in _FROM_INSIDE:
                self._take_next("perhaps")
            case "CONTENT" if self._verb == "CREATE" and self._peek().name == "=":
                self._content()
            case "TRUNCATE" if self._peek().word != "TABLE":
                self._take_next("used")
            case _ if word in _ENDS_LIST:
                frame.listing = False

    def _table(self, word: str) -> None:
        """After TABLE or VIEW: what is made, dropped, renamed or changed."""
        before = {self._peek(-2).word, self._peek(-3).word}
        while self._peek().word in _PASSED:
            self._at += 1
        if self._peek().kind != "word" or self._peek().word in _NO_NAMES:
            return
        if self._verb == "CREATE":
            temporary = before & {"TEMP", "TEMPORARY"}
            name = self._take_next("temporary" if temporary else "made")
            self._own.update([name] if temporary else [])
            if "VIRTUAL" in before:
                self._virtual(name)
        elif self._verb == "DROP":
            self._take_next("dropped")
            while self._peek().name == ",":
                self._at += 1
                self._take_next("dropped")
        else:
            name = self._take_next("used")
            if word == "TABLE" and [self._peek(ahead).word for ahead in (0, 1)] == ["RENAME", "TO"]:
                self._renamed.append((name, self._peek(2).name))
                self._at += 3

    def _virtual(self, name: str) -> None:
        self._found["virtual"].append(name)
        if (
            self._peek().word == "USING"
            and self._peek(1).word == "FTS5VOCAB"
            and self._peek(3).kind in ("word", "text")
        ):
            self._found["used"].append(self._peek(3).name.strip("'").casefold())

    def _content(self) -> None:
        """An external content table of FTS5 (its manual, section 4.4.3): `content = 'products'`."""
        named = self._peek(1)
        if named.kind in ("word", "text") and named.name not in ("''", ""):
            self._found["used"].append(named.name.strip("'").casefold())

    def _take_next(self, kind: str) -> str:
        while self._peek().word in _PASSED:
            self._at += 1
        if self._peek().kind != "word" or self._peek().word in _NO_NAMES:
            return ""
        self._at += 1
        return self._take(kind)

    def _take(self, kind: str, *, callable_too: bool = False) -> str:
        """Note the name that was just passed, with its schema if it has one."""
        path = [self._peek(-1).name]
        while self._peek().name == "." and self._peek(1).kind == "word":
            path.append(self._peek(1).name)
            self._at += 2
        if len(path) > 1:
            self._found["refused"].append(f"names the schema {path[-2]}")
        if path[-1].startswith("pragma_"):
            self._found["refused"].append(f"says {path[-1]}")
        self._found["perhaps" if callable_too and self._peek().name == "(" else kind].append(path[-1])
        return path[-1]

    def _refuse(self, verb: str) -> None:
        ahead = [self._peek(place).word for place in range(3)]
        match verb, *ahead:
            case (("ATTACH" | "DETACH"), *_):
                self._found["refused"].append(f"says {verb}")
            case "PRAGMA", *_:
                self._found["refused"].append("says PRAGMA")
            case "VACUUM", *rest if "INTO" in rest:
                self._found["refused"].append("says VACUUM INTO")
            case "SET", *rest if {"SEARCH_PATH", "ROLE"} & set(rest):
                self._found["refused"].append("changes whose tables are seen")
            case _:
                pass
