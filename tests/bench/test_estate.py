"""The large project is the same each time, and as large as its figures say."""

from __future__ import annotations

from pathlib import Path

from bench.estate import build
from bench.estate.files import files_of


def test_it_is_the_same_each_time_and_grows_by_fifty_files_a_module(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second", "larger")]
    first, second, larger = (build(folder, modules) for folder, modules in zip(folders, (2, 2, 3), strict=True))
    assert (second, larger) == (first, first + 50)
    assert texts_in(folders[0]) == texts_in(folders[1])


def texts_in(folder: Path) -> dict[Path, str]:
    return {file.relative_to(folder): file.read_text() for file in folder.rglob("*.*") if file.is_file()}


def test_a_module_asks_for_what_it_needs() -> None:
    files = dict(files_of(2, (0, 1)))
    assert "unit000: Unit000, unit001: Unit001" in files["modules/unit002/service/desk.py"]
    assert "listens={Unit000Changed: on_unit000_changed}" in files["modules/unit002/module.py"]
