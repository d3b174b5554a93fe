"""`freestone architecture`: what each module provides, needs and owns, as the code says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.architecture.folder import FOLDER, write
from app.architecture.house import House, Room
from app.architecture.pages import pages
from app.architecture.sheet import Cell, Codes, Link, Section, sheet
from app.cli.modules import console
from app.lint.problem import Problem


def architecture(
    write_them: Annotated[bool, typer.Option("--write", help="Write the pages in docs/architecture instead.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say which of those pages differ.")] = False,
) -> None:
    """Show the modules: what each provides, needs, listens to, publishes and owns."""
    if write_them and check:
        raise typer.BadParameter("--write makes the pages agree, and --check says whether they do: give one of them.")

    from app.lint.check import read_world  # brings the linters along, for which no other command should wait
    from app.lint.rings.pages import enter, judge

    root = Path.cwd()
    world = read_world(root)
    if check:
        _end_on(judge(world))
        return
    house, problems = enter(world)
    _end_on(problems)
    if write_them:
        for page in write(root / FOLDER, pages(house)):
            print((FOLDER / page).as_posix())
        return
    for room in house.rooms:
        console().print(*_shown(room, house))


def _end_on(problems: Iterable[Problem]) -> None:
    found = sorted(problems)
    for problem in found:
        print(problem)
    if found:
        raise SystemExit(1)


def _shown(room: Room, house: House) -> Iterator[RenderableType]:
    """Yield a module's block; what it has none of is left out."""
    yield Text(room.name, "bold reverse")
    for section in sheet(room, house):
        if section.rows:
            words = section.note if section.head else ", ".join(_plain(cell) for row in section.rows for cell in row)
            yield _indented(Text.assemble((section.title, "bold"), f"  {words}"), 2)
        if section.head and section.rows:
            yield _indented(_table(section), 4)
    yield ""


def _indented(what: RenderableType, columns: int) -> Padding:
    return Padding(what, (0, 0, 0, columns), expand=False)


def _table(section: Section) -> Table:
    table = Table(box=None, header_style="italic", pad_edge=False)
    for column in section.head:
        table.add_column(column, overflow="fold")
    for row in section.rows:
        table.add_row(*map(_plain, row))
    return table


def _plain(cell: Cell) -> str:
    match cell:
        case Codes(words):
            return ", ".join(words) or "-"
        case Link(module):
            return module or "nobody here"
    return cell
