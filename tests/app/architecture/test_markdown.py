"""Whatever a docstring holds, Markdown shows it as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.architecture.markdown import code, table, text


def shown(markdown: str) -> list[str]:
    """Return the cells of a table's only row, as a reader sees them."""
    lines = "\n".join(table(("one", "two"), [(markdown, "end")]))
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(lines)
    inside = [tokens[at + 1] for at, token in enumerate(tokens) if token.type == "td_open"]
    return ["".join(each.content for each in token.children or ()) for token in inside]


@pytest.mark.parametrize(
    ("said", "markdown"),
    [
        ("plain words, 2 s.", "plain words, 2 s."),
        ("a | b", "a \\| b"),
        ("_one_ and *two* and <b>", "\\_one\\_ and \\*two\\* and \\<b\\>"),
        ("of ``a|b`` and `c`", "of `a\\|b` and `c`"),
        ("broken\n   over lines", "broken over lines"),
        ("one ` alone", "one \\` alone"),
    ],
)
def test_prose_is_escaped_but_for_its_code(said: str, markdown: str) -> None:
    assert text(said) == markdown


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_any_prose_without_code_reads_as_it_is(said: str) -> None:
    plain = " ".join(said.replace("`", "").split())
    assert shown(text(plain)) == [plain, "end"]


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="\\"), min_size=1))
def test_any_code_reads_as_it_is(said: str) -> None:
    word = "".join(said.split()) or "x"
    assert shown(code(word)) == [word, "end"]
