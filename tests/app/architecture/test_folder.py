"""The pages in the folder agree with the code, or it is said which does not and where."""

from __future__ import annotations

from pathlib import Path

from app.architecture.folder import differences, write
from app.architecture.pages import NOTE, pages
from tests.app.architecture.town import town

MADE = pages(town())


def test_what_was_written_agrees_and_is_not_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "architecture"
    assert write(folder, MADE) == list(MADE)
    assert list(differences(folder, MADE)) == []
    assert write(folder, MADE) == []


def test_missing_changed_and_surplus_pages_are_named_with_the_line_and_mended(tmp_path: Path) -> None:
    write(tmp_path, MADE)
    (tmp_path / "bakery.md").unlink()
    cafe = (tmp_path / "cafe.md").read_text("utf-8").splitlines()
    (tmp_path / "cafe.md").write_text("\n".join([*cafe[:6], "| changed |", *cafe[7:]]) + "\n", "utf-8")
    (tmp_path / "end.md").write_text(MADE["end.md"] + "more\n", "utf-8")
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    (tmp_path / "gone.md").write_text(f"# gone\n\n{NOTE}\n", "utf-8")
    (tmp_path / "ours.md").write_text("Somebody's own notes.\n", "utf-8")
    assert list(differences(tmp_path, MADE)) == [
        ("README.md", 1, "is no longer what the code says"),
        ("bakery.md", 0, "is missing"),
        ("cafe.md", 7, "is no longer what the code says"),
        ("end.md", MADE["end.md"].count("\n") + 1, "is no longer what the code says"),
        ("gone.md", 0, "is about no module"),
    ]
    assert write(tmp_path, MADE) == ["README.md", "bakery.md", "cafe.md", "end.md", "gone.md"]
    assert list(differences(tmp_path, MADE)) == []
    assert {file.name for file in tmp_path.iterdir()} == {*MADE, "ours.md"}


def test_a_file_that_git_gave_other_line_ends_agrees(tmp_path: Path) -> None:
    write(tmp_path, MADE)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert list(differences(tmp_path, MADE)) == []
