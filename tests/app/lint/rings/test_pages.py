"""Pages that differ from the code are named, and where there is no code to ask, the reason and the line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grimp import ImportGraph

from app.architecture import finding
from app.architecture.folder import FOLDER, write
from app.architecture.pages import pages
from app.lint.problem import Problem
from app.lint.rings.pages import enter, judge
from app.lint.source import find_sources
from app.lint.world import World
from app.runtime.part import Part
from tests.app.architecture.town import town


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A project of the town's modules, whose files say nothing."""
    return World(tmp_path, {}, ImportGraph(), {})


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Part]:
    """The parts that will be found: the town's, unless a test changes them."""
    found = [room.part for room in town().rooms]
    monkeypatch.setattr(finding, "find_modules", lambda: found)
    return found


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A portion of the `modules` namespace, beside the shop's own."""
    (tmp_path / "modules" / "sample").mkdir(parents=True)
    (tmp_path / "modules" / "sample" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "modules" / "sample"
    for name in [name for name in sys.modules if name.startswith(("modules.sample", "modules.other"))]:
        del sys.modules[name]


def said(root: Path) -> list[str]:
    """Return what is said of a project whose files are those below its root."""
    sources = {source.name: source for source in find_sources(["modules", "contracts"], root)}
    return list(map(str, judge(World(root, sources, ImportGraph(), {}))))


def test_nothing_is_said_of_pages_that_agree(world: World, parts: list[Part]) -> None:
    house, problems = enter(world)
    assert problems == []
    write(world.root / FOLDER, pages(house))
    assert list(judge(world)) == []


def test_each_page_that_differs_is_a_problem_with_the_mend(world: World, parts: list[Part]) -> None:
    write(world.root / FOLDER, pages(enter(world)[0]))
    (world.root / FOLDER / "cafe.md").unlink()
    line = 1 + pages(enter(world)[0])["README.md"].splitlines().index("    end_ --> bakery")
    parts[2].needs = ()
    mend = "run `freestone architecture --write` and look at what changes."
    assert [each for each in judge(world) if each.file != "docs/architecture/end.md"] == [
        Problem(
            "docs/architecture/README.md",
            line,
            "architecture-pages",
            f"the page is no longer what the code says; {mend}",
        ),
        Problem("docs/architecture/cafe.md", 0, "architecture-pages", f"the page is missing; {mend}"),
    ]


def test_modules_that_do_not_fit_together_are_said_in_one_sentence(world: World, parts: list[Part]) -> None:
    del parts[0]
    (problem,) = judge(world)
    assert str(problem) == (
        "modules: unlaunchable: Module cafe needs bakery.v2, which no module provides; "
        "add one that does, or list it under optional= in cafe's manifest."
    )


@pytest.mark.parametrize(
    ("files", "place", "why"),
    [
        ({"module.py": "\nimport nowhere\n"}, "modules/sample/module.py:2", "ModuleNotFoundError: No module named"),
        ({"module.py": "module = 1\n"}, "modules/sample/module.py", "TypeError: modules/sample/module.py must define"),
        (
            {"module.py": "import modules.sample.work\n", "work.py": "\n\nraise SystemExit('off')\n"},
            "modules/sample/work.py:3",
            "SystemExit: off",
        ),
        ({"module.py": "if True:\n"}, "modules/sample/module.py:1", "IndentationError: expected an indented block"),
        (
            {"module.py": "from contracts.kit import contract\n\n\n@contract(version=1)\nclass Odd:\n    pass\n"},
            "modules/sample/module.py:4",
            "ContractError: Odd is not a Protocol",
        ),
        ({"module.py": "raise ValueError('two\\nlines')\n"}, "modules/sample/module.py:1", "ValueError: two lines; "),
    ],
)
def test_a_module_that_does_not_import_is_one_sentence_at_its_line(
    planted: Path, files: dict[str, str], place: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (planted / name).write_text(text)
    (problem,) = said(planted.parents[1])
    assert problem.startswith(f"{place}: unimportable: module sample could not be imported: {why}")
    assert problem.endswith("; mend it: until then nothing of sample can run.")
    assert capfd.readouterr() == ("", "")


def test_a_container_that_cannot_be_made_is_said_too(planted: Path) -> None:
    (planted / "module.py").write_text(
        "from contracts.kit import Module\n\n\ndef fail():\n    raise LookupError('no room')\n\n\n"
        "module = Module(name='sample', container=fail)\n"
    )
    (problem,) = said(planted.parents[1])
    assert problem == (
        "modules/sample/module.py:5: unimportable: module sample could not be built: LookupError: no room; "
        "mend it: until then nothing of sample can run."
    )


def test_folders_without_a_manifest_are_named_together(planted: Path) -> None:
    (planted.parent / "other").mkdir()
    (planted.parent / "other" / "__init__.py").touch()
    assert said(planted.parents[1]) == [
        "modules: no-manifest: there is no module.py in other, sample; give each a manifest, or remove its folder."
    ]
