"""A check says nothing of what it cannot see as it is: it refuses, or says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.lint.check import check, read_world

CONFIGURED = """\
[importlinter]
root_packages =
    {package}
include_external_packages = True

[importlinter:contract:quiet]
name = Quiet
type = forbidden
source_modules =
    {package}
forbidden_modules =
    socket
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one package, `inn`, whose second file opens sockets."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / ".importlinter").write_text(CONFIGURED.format(package="inn"))
    (tmp_path / "inn").mkdir()
    (tmp_path / "inn" / "__init__.py").touch()
    (tmp_path / "inn" / "door.py").write_text("import re\nimport socket\n")
    return tmp_path


SOCKET = (
    "inn/door.py:2: quiet: inn.door imports socket, against “Quiet”; "
    "import what this rule allows, or move the code to where it belongs."
)


def said(project: Path, **options: bool | date) -> list[str]:
    """Return what is said of the package and of what rules it."""
    files = ("inn/", ".importlinter", "architecture.toml")
    found = check(project, **options).problems  # type: ignore[arg-type]
    return [str(problem) for problem in found if problem.file.startswith(files) and problem.rule != "unlisted-package"]


def test_what_breaks_a_rule_is_said_twice_alike(project: Path) -> None:
    assert said(project) == [SOCKET]
    assert said(project) == [SOCKET]


def test_what_is_excepted_is_not_said_until_it_expires(project: Path) -> None:
    (project / "architecture.toml").write_text(
        'accepted = 0\n[[exception]]\nrule = "quiet"\nfile = "inn/door.py"\nsays = "imports socket"\n'
        'owner = "Ann"\nreason = "A bell."\nuntil = 2026-12-31\n'
    )
    (number,) = said(project, today=date(2026, 12, 1))
    assert number.startswith("architecture.toml:1: exception: excepted: 1, accepted: 0;")
    assert said(project, today=date(2026, 12, 31), accept=True) == []
    assert (project / "architecture.toml").read_text().startswith("accepted = 1\n")
    late, shown = said(project, today=date(2027, 1, 1))
    assert late.startswith("architecture.toml:2: exception: it expired on 2026-12-31;")
    assert shown == SOCKET


def test_what_cannot_be_read_is_said_and_the_rest_waits(project: Path) -> None:
    (project / "inn" / "bar.py").write_text("def beer(:\n")
    (problem,) = said(project)
    assert problem.startswith("inn/bar.py:1: unreadable: inn.bar cannot be judged: invalid syntax")
    with pytest.raises(LaunchRefused, match="bar cannot be judged"):
        read_world(project)


def test_what_grimp_alone_cannot_read_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "inn" / "bar.py").write_text("x = 1\n")
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path).replace(b"x = (", b"x = 1"))
    (project / "inn" / "bar.py").write_text("x = (\n")
    (problem,) = said(project)
    assert problem.startswith("inn/bar.py:2: unreadable: it cannot be judged: the import linter takes it for a syntax")


def test_a_damaged_cache_of_the_import_linter_is_as_good_as_none(project: Path) -> None:
    assert said(project) == [SOCKET]
    for kept in (project / ".import_linter_cache").glob("*.json"):
        kept.write_text("[1]")
    assert said(project) == [SOCKET]


def test_without_a_cache_of_the_import_linter_all_is_judged(project: Path) -> None:
    (project / ".import_linter_cache").write_text("no folder")
    assert said(project) == [SOCKET]


def test_a_project_that_is_not_the_one_that_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".importlinter").write_text(CONFIGURED.format(package="contracts"))
    (tmp_path / "contracts").mkdir()
    with pytest.raises(LaunchRefused, match="use the freestone that is installed from here"):
        check(tmp_path)


def test_the_world_is_for_others_to_read(project: Path) -> None:
    world = read_world(project)
    assert sorted(world.sources) == ["inn", "inn.door"]
    assert world.graph.find_modules_directly_imported_by("inn.door") == {"re", "socket"}
