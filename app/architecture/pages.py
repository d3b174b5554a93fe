"""The pages: what the code says of each module, and of the whole, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from app.architecture.house import House, Room
from app.architecture.markdown import codes, table, text
from app.architecture.picture import picture
from app.architecture.sheet import Cell, Codes, Link, Section, sheet

FIRST = "README.md"
"""The page of the whole; every other one has its module's name."""

NOTE = "*Made from the code. `freestone architecture --write` makes it anew, `freestone check` compares.*"


def pages(house: House) -> dict[str, str]:
    """Return the text of every page by its file's name."""
    made = {FIRST: _whole(house)} | {page_of(room.name): _one(room, house) for room in house.rooms}
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def page_of(module: str) -> str:
    """Return the name of a module's page."""
    return f"{module}.md"


def _whole(house: House) -> Iterator[str]:
    yield from ("# The modules", "", NOTE, "", "```mermaid", picture(house), "```", "")
    yield "A solid arrow leads to the module that is called, a dotted one to the module whose events are listened to."
    for section in (_modules(house), _edges(house)):
        yield from _markdown(section)


def _modules(house: House) -> Section:
    rows = (
        (Link(room.name), Codes(tuple(map(str, room.part.provides))), Codes(room.tables), Codes(room.packages))
        for room in house.rooms
    )
    return Section("Modules", ("module", "provides", "tables", "third-party packages"), tuple(rows))


def _edges(house: House) -> Section:
    rows = (
        (
            Link(edge.source),
            "listens to" if edge.listens else "may call" if edge.optional else "calls",
            Link(edge.target),
            Codes((edge.what,)),
        )
        for edge in house.edges
    )
    note = "Nothing else crosses from one module to another. What a module may call, it can do without."
    return Section("Allowed edges", ("module", "does", "module", "contract or event"), tuple(rows), note)


def _one(room: Room, house: House) -> Iterator[str]:
    yield from (f"# {text(room.name)}", "", NOTE)
    for section in sheet(room, house):
        yield from _markdown(section)


def _markdown(section: Section) -> Iterator[str]:
    yield from ("", f"## {text(section.title)}", "")
    if section.note:
        yield from (text(section.note), "")
    if not section.rows:
        yield "None."
    elif section.head:
        yield from table(section.head, (map(_cell, row) for row in section.rows))
    else:
        yield from (f"- {_cell(cell)}" for (cell,) in section.rows)


def _cell(cell: Cell) -> str:
    match cell:
        case Codes(words):
            return codes(words)
        case Link(""):
            return "nobody here"
        case Link(module):
            return f"[{text(module)}]({page_of(module)})"
    return text(cell)
