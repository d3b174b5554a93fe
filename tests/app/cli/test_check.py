"""`freestone check` prints what there is to say, and ends as a script needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.commands import app
from app.lint import check
from app.lint.check import Report
from app.lint.problem import Problem

PROBLEMS = (
    Problem("modules/cart/store.py", 3, "own-data", "cart reads table products; ask Catalog for it."),
    Problem("modules/cart/work.v2.py", 0, "unseen-file", "take the dot out of its name."),
)


def run(monkeypatch: pytest.MonkeyPatch, report: Report, *arguments: str) -> tuple[int, str, list[object]]:
    """Return exit code, what was printed, and what was asked of the check."""
    asked: list[object] = []

    def judge(root: Path, *, accept: bool) -> Report:
        asked.extend((root, accept))
        return report

    monkeypatch.setattr(check, "check", judge)
    result = CliRunner().invoke(app, ["check", *arguments])
    return result.exit_code, result.output, asked


def report(*problems: Problem, exceptions: int = 0) -> Report:
    return Report(problems, files=1234, contracts=14, modules=1, exceptions=exceptions)


def test_each_problem_stands_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code, printed, asked = run(monkeypatch, report(*PROBLEMS))
    assert (code, asked) == (1, [Path.cwd(), False])
    assert printed == (
        "modules/cart/store.py:3: own-data: cart reads table products; ask Catalog for it.\n"
        "modules/cart/work.v2.py: unseen-file: take the dot out of its name.\n"
        "2 problems.\n"
    )


def test_one_problem_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, report(PROBLEMS[0]))[1].endswith("\n1 problem.\n")


def test_nothing_to_say_says_of_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    code, printed, _ = run(monkeypatch, report())
    assert code == 0
    assert printed.startswith("Checked 1,234 files, 1 module, 14 import rules in ")
    assert printed.endswith(" s: nothing to say.\n")


def test_what_is_excepted_is_not_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, report(exceptions=2))[1].endswith(
        "nothing to say, save 2 exceptions in architecture.toml.\n"
    )


def test_more_exceptions_can_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, report(), "--accept")[2] == [Path.cwd(), True]
