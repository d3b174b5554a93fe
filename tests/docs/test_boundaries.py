"""The boundaries of the guide are broken as it breaks them, and what it prints is what is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from app.lint.exceptions import Exceptions
from app.lint.problem import Problem
from tests.architecture.planting import ROOT, Tree
from tests.docs.test_guides import FILE

GUIDE = (ROOT / "docs/guides/boundaries.md").read_text("utf-8")
BLOCK = re.compile(r"^(?:`([\w/.]+)`\n\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROBE = "What a module needs to live"


class Block(NamedTuple):
    """A block of the guide: what stands in a file, how it changes, or what is said then."""

    file: str
    kind: str
    text: str


def blocks(title: str) -> list[Block]:
    """Return the blocks below a heading of any level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return [Block(*each) for each in BLOCK.findall(found[2])]


def said(below: Sequence[Block]) -> list[str]:
    """Return the lines that are printed."""
    return [line for block in below if block.kind == "text" for line in block.text.splitlines()]


def break_in(folder: Path, below: Sequence[Block]) -> None:
    """Write the new files of the guide, and make its changes."""
    for block in below:
        path = folder / block.file
        if block.kind == "python":
            path.write_text(block.text, "utf-8")
        elif block.kind == "diff":
            lines = block.text.splitlines(keepends=True)
            old, new = ("".join(line[1:] for line in lines if line[0] != mark) for mark in "+-")
            text = path.read_text("utf-8")
            assert text.count(old) == 1, old
            path.write_text(text.replace(old, new), "utf-8")


def write_wishes(folder: Path) -> None:
    """Write the module of the other guide."""
    for name, text in FILE.findall((ROOT / "docs/guides/module.md").read_text("utf-8")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    for package in ("modules/wishes", "modules/wishes/migrations"):
        (folder / package / "__init__.py").touch()


def run(folder: Path, *arguments: str) -> list[str]:
    """Run Python with a folder's wish lists beside the shop's modules; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wish lists with all that only shows when they run."""
    folder = tmp_path_factory.mktemp("broken")
    write_wishes(folder)
    text = (folder / "contracts/wishes.py").read_text("utf-8")
    (folder / "contracts/wishes_following.py").write_text(text, "utf-8")
    (change,) = [block for block in blocks("What `freestone check` says") if block.file == "contracts/wishes.py"]
    break_in(folder, [change._replace(file="contracts/wishes_following.py")])
    break_in(folder, blocks("What the tests say"))
    return folder


def test_the_check_says_what_the_guide_prints(tmp_path: Path) -> None:
    tree, below = Tree(tmp_path), blocks("What `freestone check` says")
    write_wishes(tree.folder)
    assert tree.freestone("contracts", "accept").returncode == 0
    break_in(tree.folder, below)
    # Where the whole's page begins to differ depends on which modules there are.
    found, printed = (
        sorted(re.sub(r"(README\.md):\d+", r"\1", line) for line in lines) for lines in (tree.check(), said(below))
    )
    assert found == printed


def test_the_guards_say_what_the_guide_prints(broken: Path) -> None:
    alone = said(blocks(PROBE))
    printed = [line for line in said(blocks("What the tests say")) if line not in alone] + said(
        blocks("What two hosts say")
    )
    assert sorted(run(broken, "-m", "tests.docs.breaking", str(broken / "data"))) == sorted(printed)


def test_the_probe_says_what_the_guide_prints(broken: Path) -> None:
    assert run(broken, "-m", "app.lint.probe", "wishes") == said(blocks(PROBE))


def test_the_exception_of_the_guide_covers_its_problem(tmp_path: Path) -> None:
    (exception,) = [block.text for block in blocks("When it cannot be mended today") if block.kind == "toml"]
    (tmp_path / "architecture.toml").write_text(f"accepted = 1\n\n{exception}", "utf-8")
    exceptions = Exceptions(tmp_path)
    exceptions.keep_number(accept=False)
    (line,) = [line for line in said(blocks("What `freestone check` says")) if ": own-data: " in line]
    place, rule, text = line.split(": ", 2)
    problem = Problem(place.partition(":")[0], int(place.partition(":")[2]), rule, text)
    assert exceptions.left([problem], date(2026, 11, 21), all_judged=True) == []
    assert exceptions.left([problem], date(2027, 4, 1), all_judged=True) != []
