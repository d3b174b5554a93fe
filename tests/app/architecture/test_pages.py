"""A page says all that the code says of a module, and GitHub shows it as it is meant."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.architecture.pages import NOTE, pages
from tests.app.architecture.town import town

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages(town())


def rows(text: str, title: str) -> list[list[str]]:
    """Return the cells of the table below a heading, as a reader sees them, the head first."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    at = next(
        number
        for number, token in enumerate(tokens)
        if token.type == "heading_open" and shown(tokens[number + 1]) == title
    )
    found: list[list[str]] = []
    for number, token in enumerate(tokens[at:], at):
        if token.type == "heading_open" and number > at:
            break
        if token.type == "tr_open":
            found.append([])
        if token.type in ("th_open", "td_open"):
            found[-1].append(shown(tokens[number + 1]))
    return found


def shown(token: Token) -> str:
    """Return a cell's or a heading's text, with no marks; emphasis and links of the text's own would lose some."""
    return "".join(each.content for each in token.children or ())


def test_there_is_a_page_a_module_and_one_of_all(made: dict[str, str]) -> None:
    assert list(made) == ["README.md", "bakery.md", "cafe.md", "end.md"]
    assert all(NOTE in text and text.endswith("\n") and not text.endswith("\n\n") for text in made.values())


def test_the_edges_stand_one_a_line_sorted(made: dict[str, str]) -> None:
    assert rows(made["README.md"], "Allowed edges") == [
        ["module", "does", "module", "contract or event"],
        ["cafe", "may call", "nobody here", "mill.v1"],
        ["cafe", "calls", "bakery", "bakery.v2"],
        ["cafe", "listens to", "bakery", "bakery.sold"],
        ["end", "calls", "bakery", "bakery.v2"],
    ]
    assert "\n| [end](end.md) | calls | [bakery](bakery.md) | `bakery.v2` |\n" in made["README.md"]


def test_the_modules_stand_with_what_they_own(made: dict[str, str]) -> None:
    assert rows(made["README.md"], "Modules")[1:] == [
        ["bakery", "bakery.v2, bakery.v1", "loaves, ovens", "sqlalchemy"],
        ["cafe", "–", "–", "–"],
        ["end", "–", "–", "–"],
    ]


def test_an_operation_says_what_may_be_relied_on(made: dict[str, str]) -> None:
    assert rows(made["bakery.md"], "Provides bakery.v2") == [
        ["operation", "kind", "who may call", "deadline", "repeated", "errors", "what it does"],
        ["bake", "command", "staff", "5 s", "atomic", "Stale", "Bake."],
        ["crumbs", "stream", "anyone", "5 s an item", "no", "–", "Yield them."],
        ["knock", "command", "customer, guest", "5 s", "no", "–", ""],
        ["smell", "query", "anyone", "0.25 s", "yes", "–", "Return what a | nose would, as a|b."],
    ]
    assert "\nBread, by the \\<loaf\\>.\n" in made["bakery.md"]
    assert [row[0] for row in rows(made["bakery.md"], "Provides bakery.v1")] == ["operation", "smell"]


def test_a_need_says_which_operations_it_opens(made: dict[str, str]) -> None:
    assert rows(made["cafe.md"], "Needs")[1:] == [
        ["bakery.v2", "bakery", "cannot run", "bake, crumbs, knock, smell"],
        ["mill.v1", "nobody here", "goes on", "grind"],
    ]
    assert rows(made["end.md"], "Needs")[1:] == [["bakery.v2", "bakery", "cannot run", "bake, crumbs, knock, smell"]]
    assert rows(made["cafe.md"], "Listens to")[1:] == [["bakery.sold", "bakery"]]


def test_events_and_what_a_module_owns_are_named(made: dict[str, str]) -> None:
    assert rows(made["bakery.md"], "Publishes")[1:] == [["bakery.sold", "loaf", "Bread | cake was sold, *fresh*."]]
    assert "\n## Tables\n\n- `loaves`\n- `ovens`\n\n## Third-party packages\n\n- `sqlalchemy`\n" in made["bakery.md"]
    assert "\n## Pages\n\n- `/cafe`\n" in made["cafe.md"]
    assert "\n## Needs\n\nNone.\n" in made["bakery.md"]
    assert "\n## Provides\n\nNone.\n" in made["cafe.md"]


def test_settings_have_their_defaults_as_far_as_those_are_short(made: dict[str, str]) -> None:
    assert rows(made["cafe.md"], "Settings")[1:] == [
        ["seats", "whole number", "12"],
        ["days", "[text, …]", '["mon","tue","wed"]'],
        ["menu", "[text, …]", "20 values"],
        ["motto", "text", "a long text"],
        ["guests", "[text, …]", "made by the code"],
    ]


def test_every_row_of_the_shop_s_pages_has_the_cells_of_its_head() -> None:
    files = sorted((ROOT / "docs/architecture").glob("*.md"))
    assert len(files) > 1
    for file in files:
        lines = file.read_text("utf-8").replace("\\|", "").splitlines()
        for line, after in pairwise(lines):
            if line.startswith("|") and after.startswith("|"):
                assert line.count("|") == after.count("|"), f"{file}: {after}"


def test_every_process_makes_the_same_pages(made: dict[str, str]) -> None:
    program = "import sys; from tests.app.architecture.town import town; from app.architecture.pages import pages\n"
    program += "sys.stdout.buffer.write(repr(pages(town())).encode())"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {repr(made).encode()}
