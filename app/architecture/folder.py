"""The folder that holds the pages: what in it differs from the code, and how it is made to agree again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from app.architecture.pages import NOTE

FOLDER = Path("docs", "architecture")
"""Where the pages are, below the project's folder."""


class Difference(NamedTuple):
    """A page that is not what the code says; ``line`` is the first that differs, 0 where it is the page as such."""

    page: str
    line: int
    what: str


def differences(folder: Path, made: Mapping[str, str]) -> Iterator[Difference]:
    """Compare the folder with the pages made from the code."""
    for page, text in sorted(made.items()):
        yield from _compared(folder / page, text)
    for file in _surplus(folder, made):
        yield Difference(file.name, 0, "is about no module")


def write(folder: Path, made: Mapping[str, str]) -> list[str]:
    """Write the pages, remove those of modules that are gone, and return the names of what was changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = [each.page for each in differences(folder, made)]
    for page in changed:
        if page in made:
            (folder / page).write_text(made[page], "utf-8", newline="\n")
        else:
            (folder / page).unlink()
    return changed


def _compared(file: Path, text: str) -> Iterator[Difference]:
    try:
        there = file.read_text("utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        yield Difference(file.name, 0, "is missing")
        return
    wanted = text.split("\n")
    if there != wanted:
        same = next((at for at, (one, other) in enumerate(zip(there, wanted, strict=False)) if one != other), None)
        line = min(len(there), len(wanted)) if same is None else same + 1
        yield Difference(file.name, line, "is no longer what the code says")


def _surplus(folder: Path, made: Mapping[str, str]) -> Iterator[Path]:
    """Yield pages that were made here once; what somebody wrote and put beside them is not touched."""
    for file in sorted(folder.glob("*.md")):
        if file.name not in made and NOTE in file.read_text("utf-8", errors="replace"):
            yield file
