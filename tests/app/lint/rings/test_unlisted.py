"""Python beside the packages is found, unless it is known not to be delivered."""

from __future__ import annotations

from pathlib import Path

from app.lint.rings.unlisted import judge, unlisted
from tests.app.lint.judging import world_of


def put(root: Path, *files: str) -> None:
    """Write empty files."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def test_python_beside_the_packages_is_found(tmp_path: Path) -> None:
    put(tmp_path, "extras/deep/work.py", "native/fast.so", "repair.py", "app/main.py", "modules/a/module.py")
    assert [path.name for path in unlisted(tmp_path)] == ["extras", "native", "repair.py"]


def test_what_is_not_delivered_is_not(tmp_path: Path) -> None:
    put(tmp_path, "tests/t.py", "bench/b.py", "docs/conf.py", ".venv/lib/x.py", "pictures/a.png", "setup.py", "a.toml")
    put(tmp_path, "env/pyvenv.cfg", "env/x.py", "made/x.py", "work.data/x.py")
    (tmp_path / ".gitignore").write_text("# what is made\n/made/\n*.data\n!app\ndeep/er\n")
    assert list(unlisted(tmp_path)) == []


def test_what_is_imported_from_beside_the_packages_is_found(tmp_path: Path) -> None:
    put(tmp_path, "app/a.py", "contracts/a.py", "modules/a.py", "docs/shared.py", "setup.py")
    (tmp_path / ".importlinter").write_text("[importlinter]\nroot_packages =\n    app\n    contracts\n    modules\n")
    world = world_of({"app.main": "", "tests.test_a": ""}, ())
    world.root = tmp_path
    for importer, imported in (
        ("app.main", "docs"),
        ("app.main", "setup"),
        ("app.main", "re"),
        ("tests.test_a", "docs"),
    ):
        if imported not in world.graph.modules:
            world.graph.add_module(imported, is_squashed=True)
        world.graph.add_import(importer=importer, imported=imported, line_number=3, line_contents="")
    assert [str(problem) for problem in judge(world)] == [
        f"app/main.py:3: unlisted-package: app.main imports {name}, which lies beside the packages, where no rule "
        "judges it; move what it needs into a package."
        for name in ("docs", "setup")
    ]


def test_root_packages_are_those_that_there_are_rules_for(tmp_path: Path) -> None:
    put(tmp_path, "app/a.py", "contracts/a.py", "modules/a.py", "plugins/a.txt")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_packages =\n    app\n    modules\n    plugins\n    misspelt\n    tests\n"
    )
    world = world_of({}, ())
    world.root = tmp_path
    assert [problem.text for problem in judge(world)] == [
        "root_packages leaves out contracts, so that the import graph ends there; add it.",
        "root_packages lists plugins, for which there are no rules; move it into a module.",
    ]
