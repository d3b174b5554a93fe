"""An expression is known as far as all that it is made of is constant."""

from __future__ import annotations

import ast

import pytest

from app.lint.literals import Literals

FILE = """
A = "a"
B, C = ("b", A)
NAMES = ("x", "y")
N: int = 3
CHANGED = "1"
CHANGED += "2"
ROUND = ROUND + "x"
TWICE = "one"
TWICE = "two"
GIVEN = "given"
for each, other in (("p", "q"), ("r", "s")):
    ...
def f(given, GIVEN):
    local = f"{A}-{given}"
    inner = "inner"
"""


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ("'x'", "x"),
        ("A + 'x'", "ax"),
        ("f'{A}{B!s}{C}{N}'", "aba3"),
        ("', '.join(NAMES)", "x, y"),
        ("','.join(['u', A])", "u,a"),
        ("each", "p r"),
        ("f'{other}!'", "q! s!"),
        ("TWICE", "one two"),
        ("A if x else 'z'", "a z"),
        ("textwrap.dedent(' x')", " x"),
        ("inner.strip()", "inner"),
        ("(y := 'x')", "x"),
        ("CHANGED", None),
        ("ROUND", None),
        ("GIVEN", None),
        ("local", None),
        ("unknown", None),
        ("f'{A:>3}'", None),
        ("'%s' % A", None),
        ("A.upper()", None),
        ("','.join(unknown)", None),
        ("f'{each}' * 2", None),
    ],
)
def test_texts(expression: str, texts: str | None) -> None:
    node = ast.parse(expression, mode="eval").body
    found = Literals(ast.parse(FILE)).texts(node)
    assert found == (
        None if texts is None else tuple(texts.split(" ")) if texts != " x" and "," not in texts else (texts,)
    )


@pytest.mark.parametrize(
    ("expression", "is_text"),
    [
        ("'x' + y", True),
        ("f'{y}'", True),
        ("'{}'.format(y)", True),
        ("'%s' % y", True),
        ("local", True),
        ("A", True),
        ("given", False),
        ("select(a)", False),
        ("a + b", False),
        ("b'x'", False),
    ],
)
def test_what_is_evidently_a_text(expression: str, is_text: bool) -> None:
    assert Literals(ast.parse(FILE)).is_text(ast.parse(expression, mode="eval").body) is is_text


def test_too_many_alternatives_are_unknown() -> None:
    tree = ast.parse("for x in (" + ",".join(f"'{n}'" for n in range(20)) + "):\n    ...")
    assert Literals(tree).texts(ast.parse("f'{x}{x}'", mode="eval").body) is None
