"""Taking SQL apart at the marks that stand outside of its parentheses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.lint.tables.tokens import Token


def parts(said: Sequence[Token], mark: str) -> Iterator[Sequence[Token]]:
    """Yield what stands between the marks, empty parts left out."""
    begin = depth = 0
    for at, token in enumerate(said):
        if token.kind == "mark":
            depth += (token.name == "(") - (token.name == ")")
            if depth == 0 and token.name == mark:
                if at > begin:
                    yield said[begin:at]
                begin = at + 1
    if len(said) > begin:
        yield said[begin:]


def outside(said: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens that stand in no parentheses."""
    depth = 0
    for token in said:
        depth -= token.kind == "mark" and token.name == ")"
        if depth == 0:
            yield token
        depth += token.kind == "mark" and token.name == "("


def skip(said: Sequence[Token], *words: str) -> Sequence[Token]:
    """Return what follows the words that may stand at the beginning."""
    at = 0
    while at < len(said) and said[at].word in words:
        at += 1
    return said[at:]


def brackets(said: Sequence[Token]) -> Sequence[Token]:
    """Return what stands in the first parentheses."""
    begin = depth = 0
    for at, token in enumerate(said):
        if token.kind == "mark" and token.name in "()":
            begin = begin or at + 1
            depth += 1 if token.name == "(" else -1
            if depth == 0:
                return said[begin:at]
    return ()


def words_of(said: Sequence[Token]) -> set[str]:
    """Return the words, in capitals."""
    return {token.word for token in said}
