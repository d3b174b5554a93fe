"""Where every boundary holds, nothing is said: of this project, and of one to which a module was added."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.estate.files import files_of
from tests.architecture.planting import ROOT, Project, Tree


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The project with two modules more, of which one needs the other, accepted and drawn."""
    tree = Tree(tmp_path_factory.mktemp("grown"))
    tree.plant({**dict(files_of(0, ())), **dict(files_of(1, (0,)))})
    for command in (("contracts", "accept"), ("architecture", "--write")):
        result = tree.freestone(*command)
        assert result.returncode == 0, result.stdout + result.stderr
    return tree


def test_of_this_project_there_is_nothing_to_say() -> None:
    assert Project(ROOT).check() == []


def test_of_a_lawful_module_there_is_nothing_to_say(grown: Tree) -> None:
    assert grown.check() == []


def test_import_linter_alone_has_nothing_to_say_either(grown: Tree) -> None:
    result = grown.lint_imports()
    assert result.returncode == 0, result.stdout
    assert " kept, 0 broken." in result.stdout


def test_where_nothing_is_configured_there_is_one_sentence(tmp_path: Path) -> None:
    result = Project(tmp_path).freestone("check", beside=(ROOT,))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == f"{tmp_path} has no .importlinter: go to the project's folder, and check there.\n"
