"""What raw SQL changes, read statement by statement as SQLite and PostgreSQL write it; what is not known is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.lint.rolling.changes import Change, ColumnFacts, Deed
from app.lint.rolling.parts import brackets, outside, parts, skip, words_of
from app.lint.tables.tokens import Token, tokens

_READS = frozenset({"ANALYZE", "COMMENT", "REINDEX", "SELECT", "VALUES"})
_ASIDE = frozenset({"COLLATION", "EXTENSION", "FUNCTION", "PROCEDURE", "SEQUENCE", "TYPE"})
"""What may be made beside the tables without a host taking note of it."""
_ROWS = frozenset({"DELETE", "INSERT", "MERGE", "REPLACE", "TRUNCATE", "UPDATE"})
_KEEPS = frozenset({"ABORT", "FAIL", "IGNORE", "ROLLBACK"})
"""`INSERT OR …` that leaves what is there as it is."""


def changes_in(sql: str, line: int) -> Iterator[Change]:
    """Yield the changes of a text of one or several statements."""
    for statement in parts(list(tokens(sql)), ";"):
        if words_of(statement[:4]) >= {"CREATE", "TRIGGER"}:  # its body holds statements of its own
            yield _unread(statement, line)
            return
        yield from _statement(statement, line)


def _statement(said: Sequence[Token], line: int) -> Iterator[Change]:
    match [token.word for token in said[:2]]:
        case [verb, *_] if verb in _READS:
            return
        case ["WITH", *_]:
            yield from _with(said, line)
        case [verb, *_] if verb in _ROWS:
            yield from _rows(said, line)
        case ["CREATE", *_]:
            yield from _create(said, line)
        case ["DROP", "INDEX"]:
            for each in parts(skip(said[2:], "CONCURRENTLY", "IF", "EXISTS"), ","):
                yield Change(line, "unindexes", name=_name(each))
        case ["DROP", ("TABLE" | "VIEW")]:
            for each in parts(skip(said[2:], "IF", "EXISTS"), ","):
                yield Change(line, "drops", _name(each))
        case ["ALTER", "TABLE"]:
            table = skip(said[2:], "IF", "EXISTS", "ONLY")
            for action in parts(table[1:], ","):
                yield _action(_name(table), action, line)
        case _:
            yield _unread(said, line)


def _with(said: Sequence[Token], line: int) -> Iterator[Change]:
    """Yield what the statement behind the common tables changes; these may change rows themselves in PostgreSQL."""
    if not _ROWS & words_of(said):
        return
    verb = next((token for token in outside(said) if token.word in _ROWS or token.word == "SELECT"), None)
    if verb is None or verb.word == "SELECT":
        yield _unread(said, line)
    else:
        yield from _rows(said[next(at for at, token in enumerate(said) if token is verb) :], line)


def _create(said: Sequence[Token], line: int) -> Iterator[Change]:
    kind, *rest = skip(said[1:], "TEMP", "TEMPORARY", "UNLOGGED", "VIRTUAL", "UNIQUE", "MATERIALIZED") or said
    if kind.word in ("TABLE", "VIEW"):
        yield Change(line, "makes", _name(skip(rest, "IF", "NOT", "EXISTS")))
    elif kind.word == "INDEX":
        if "CONCURRENTLY" in words_of(rest):
            yield Change(line, "unread", name="builds an index concurrently, which no transaction can")
        named = skip(rest, "CONCURRENTLY", "IF", "NOT", "EXISTS")
        bare = "ON" in words_of(named[:1])
        table = skip(named if bare else named[1:], "ON", "ONLY")
        columns = tuple(_name(each) for each in parts(brackets(table), ","))
        deed: Deed = "unites" if said[1].word == "UNIQUE" else "indexes"
        yield Change(line, deed, _name(table), columns, "" if bare else _name(named))
    elif kind.word not in _ASIDE:
        yield _unread(said, line)


def _action(table: str, said: Sequence[Token], line: int) -> Change:
    of = skip(said[1:], "COLUMN", "IF", "NOT", "EXISTS")
    match [token.word for token in said]:
        case ["ADD", "CONSTRAINT", *_]:
            return Change(line, "constrains", table, name=_name(said[2:]))
        case ["ADD", ("CHECK" | "EXCLUDE" | "FOREIGN" | "PRIMARY" | "UNIQUE"), *_]:
            return Change(line, "constrains", table)
        case ["ADD", *_]:
            return Change(line, "adds", table, made=(_column(of),))
        case [("DROP" | "RENAME"), "CONSTRAINT", *_]:
            return Change(line, "unbinds", table, name=_name(skip(said[2:], "IF", "EXISTS")))
        case ["DROP", *_]:
            return Change(line, "loses", table, (_name(of),))
        case ["RENAME", "TO", *_]:
            return Change(line, "renames", table, name=_name(said[2:]))
        case ["RENAME", *_]:
            return Change(line, "moves", table, (_name(of),), _name(of[2:]))
    match [token.word for token in (*said[:1], *of[1:4])]:
        case ["ALTER", "SET", "NOT", "NULL"]:
            return Change(line, "requires", table, (_name(of),))
        case ["ALTER", "DROP", "NOT", "NULL"]:
            return Change(line, "frees", table, (_name(of),))
        case ["ALTER", "SET", "DEFAULT", *_]:
            return Change(line, "defaults", table, (_name(of),))
        case ["ALTER", "DROP", "DEFAULT"]:
            return Change(line, "undefaults", table, (_name(of),))
        case _:
            return _unread(said, line, f"ALTER TABLE {table} … ")


def _column(said: Sequence[Token]) -> ColumnFacts:
    words = [token.word for token in said[1:]]
    pairs = set(pairwise(words))
    return ColumnFacts(
        _name(said),
        required=("NOT", "NULL") in pairs or "PRIMARY" in words,
        default="GENERATED" in words or ("DEFAULT" in words and ("DEFAULT", "NULL") not in pairs),
        unique="UNIQUE" in words or "PRIMARY" in words,
    )


def _rows(said: Sequence[Token], line: int) -> Iterator[Change]:
    """Yield which rows a statement rewrites; one that only adds some rewrites none."""
    verb, also = said[0].word, said[2].word if len(said) > 2 and said[1].word == "OR" else ""
    table = skip(said[3:] if also else said[1:], "FROM", "INTO", "TABLE", "ONLY")
    if verb == "UPDATE":
        yield Change(line, "rewrites", _name(table), _set_in(table))
    elif verb != "INSERT" or (also and also not in _KEEPS) or {"CONFLICT", "UPDATE"} <= words_of(said):
        yield Change(line, "rewrites", _name(table))


def _set_in(said: Sequence[Token]) -> tuple[str, ...]:
    """Return the columns between SET and WHERE; none where one is not named singly."""
    begin = next((at for at, token in enumerate(said) if token.word == "SET"), len(said))
    ends = [token for token in outside(said[begin:]) if token.word in ("FROM", "WHERE", "RETURNING")]
    end = next((at for at, token in enumerate(said) if ends and token is ends[0]), len(said))
    items = list(parts(said[begin + 1 : end], ","))
    if all(len(each) > 1 and each[0].kind == "word" and each[1].name == "=" for each in items):
        return tuple(_name(each) for each in items)
    return ()


def _name(said: Sequence[Token]) -> str:
    return said[0].name if said else ""


def _unread(said: Sequence[Token], line: int, before: str = "") -> Change:
    words = " ".join(token.name for token in said[:4])
    return Change(line, "unread", name=f"says “{before}{words} …” in raw SQL")
