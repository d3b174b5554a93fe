"""`freestone check`: whatever breaks a boundary, each with its place, its rule and its mend."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from app.lint.here import project_folder


def check(
    accept: Annotated[
        bool, typer.Option("--accept", help="Raise the number of accepted exceptions to what architecture.toml holds.")
    ] = False,
) -> None:
    """Check the architecture of the project in this folder: prints every problem, and ends with 1 if there is one."""
    began = time.perf_counter()

    from app.lint.check import check as judge  # takes a third of a second, which no other command should wait for

    report = judge(project_folder(), accept=accept)
    for problem in report.problems:
        print(problem)
    if report.problems:
        print(_counted(len(report.problems), "problem") + ".")
        raise SystemExit(1)
    amount = ", ".join(
        (
            _counted(report.files, "file"),
            _counted(report.modules, "module"),
            _counted(report.contracts, "import rule"),
        )
    )
    but = f", save {_counted(report.exceptions, 'exception')} in architecture.toml" if report.exceptions else ""
    print(f"Checked {amount} in {time.perf_counter() - began:.1f} s: nothing to say{but}.")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
