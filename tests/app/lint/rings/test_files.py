"""What other rules would not judge is found in the folders of the packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lint.rings.files import strays

LAWFUL = (
    "modules/a/__init__.py",
    "modules/a/module.py",
    "modules/a/migrations/__init__.py",
    "modules/a/migrations/0001_a.py",
    "modules/a/__pycache__/module.pyc",
    "modules/a/static/style.css",
)
SEEN = {"modules.a", "modules.a.module", "modules.a.migrations"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, *LAWFUL)
    return tmp_path


def put(root: Path, *files: str) -> None:
    """Write empty files."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def found(root: Path, package: str = "modules") -> list[str]:
    """Return what is said of a package's folder."""
    return [str(problem) for problem in strays(root / package, SEEN, root)]


def test_a_lawful_module_is_not_reported(root: Path) -> None:
    assert found(root) == []


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("modules/a/deep/work.py", "put an __init__.py into modules/a/deep."),
        ("modules/b/work.py", "put an __init__.py into modules/b."),
        ("modules/a/work.v2.py", "take the dot out of its name."),
        ("modules/a/2nd.py", "give it another name."),
        ("modules/a/class.py", "give it another name."),
        ("modules/a/late.py", "make it a file that it can read."),
        ("modules/__init__.py", "hides what other distributions bring to modules; delete it."),
    ],
)
def test_a_file_that_goes_unjudged_is_found(root: Path, file: str, says: str) -> None:
    put(root, file)
    (only,) = found(root)
    assert only.startswith(f"{file}: unseen-file: ")
    assert only.endswith(says)


def test_one_of_two_of_the_same_name_is_found(root: Path) -> None:
    put(root, "modules/a/module/__init__.py", "modules/a/module.pyi")
    assert [each.partition(": unseen-file: ")[0] for each in found(root)] == [
        "modules/a/module.py",
        "modules/a/module.pyi",
    ]


@pytest.mark.parametrize(
    "file", ["fast.so", "fast.cpython-311-x86_64-linux-gnu.so", "a.pyc", "a.pth", "a.zip", "a.pyx"]
)
def test_compiled_code_is_found(root: Path, file: str) -> None:
    put(root, f"modules/a/{file}")
    assert found(root) == [
        f"modules/a/{file}: compiled-file: {file} hides code that no rule can read; ship its source instead."
    ]


@pytest.mark.parametrize(
    ("link", "target"),
    [("modules/a/borrowed", "modules/b"), ("modules/a/out.txt", "other/x"), ("modules/c", "modules/a")],
)
def test_a_link_out_of_its_module_is_found(root: Path, link: str, target: str) -> None:
    put(root, "other/x")
    (root / "modules/b").mkdir()
    (root / link).symlink_to(root / target)
    (only,) = found(root)
    assert only.startswith(f"{link}: unseen-file: {link} leads to files of another place")


def test_a_link_within_its_module_is_not(root: Path) -> None:
    (root / "modules/a/static/again.css").symlink_to(root / "modules/a/static/style.css")
    assert found(root) == []
