"""The guides' files are written down as they stand, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.planting import ROOT, Tree

FILE = re.compile(
    r"^`((?:contracts|modules)/[\w/]+\.(?:py|toml))`\n\n```(?:python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(r"^freestone ([\w -]+?)(?: +#.*)?$", re.MULTILINE)

TRY_IT = """
import asyncio, sys
from pathlib import Path
from app.wiring import find_modules
from contracts.catalog import Catalog
from contracts.kit import Actor, Context, PermissionDenied, Role, SeedSize
from contracts.kit.context import scope
from contracts.wishes import NothingToWish, Wishes
from tests.builders import running

async def main():
    parts = [part for part in find_modules() if part.name in ("wishes", "catalog")]
    async with running(*parts, data=Path(sys.argv[1])) as host:
        assert host.status() == {"catalog": None, "wishes": None}, host.status()
        await host.seeded["catalog"](host.container("catalog"), SeedSize.S, lambda done, total: None)
        product = await anext(host.proxy(Catalog).export())
        wishes = host.proxy(Wishes)
        try:
            await wishes.list_wishes()
        except PermissionDenied:
            print("guests have none")
        with scope(context=Context(actor=Actor(id="ada", roles=frozenset({Role.CUSTOMER})))):
            await wishes.wish(product.id)
            await wishes.wish(product.id)
            assert [each.name for each in await wishes.list_wishes()] == [product.name]
            try:
                await wishes.wish("no-such-thing")
            except NothingToWish as error:
                print(error.product_id)

asyncio.run(main())
"""

OBEY = """
import sys
from app.cli import main

for line in sys.argv[1:]:
    sys.argv = ["freestone", *line.split()]
    try:
        main()
    except SystemExit:
        pass
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    files = FILE.findall((ROOT / "docs/guides/module.md").read_text("utf-8"))
    assert [name for name, _ in files] == [
        "contracts/wishes.py",
        "modules/wishes/store.py",
        "modules/wishes/migrations/0001_wishes.py",
        "modules/wishes/service.py",
        "modules/wishes/container.py",
        "modules/wishes/module.py",
        "modules/wishes/pyproject.toml",
    ]
    for name, text in files:
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for package in ("modules/wishes", "modules/wishes/migrations"):
        (tmp_path / "tree" / package / "__init__.py").touch()
    return tmp_path / "tree"


def test_the_module_of_the_guide_works(written: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{written}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", TRY_IT, str(tmp_path / "data")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split("\n") == ["guests have none", "no-such-thing", ""]


def test_the_guide_passes_the_project_s_own_checks(written: Path) -> None:
    tools = Path(sys.executable).parent
    for command in (
        [str(tools / "ruff"), "check", "--config", str(ROOT / "pyproject.toml"), "--ignore", "INP", "."],
        [str(tools / "ruff"), "format", "--check", "--config", str(ROOT / "pyproject.toml"), "."],
    ):
        done = subprocess.run(command, cwd=written, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.trees
def test_the_guide_keeps_every_boundary(written: Path, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "whole")
    shutil.copytree(written, tree.folder, dirs_exist_ok=True)
    commands = COMMAND.findall((ROOT / "docs/guides/module.md").read_text("utf-8"))
    assert [line.split()[0] for line in commands] == ["contracts", "architecture", "check"]
    done = tree.python(OBEY, *commands)
    accepted, found = done.stdout.split("docs/architecture/wishes.md\n")
    assert "contracts.lock.json" in accepted
    *problems, last = found.splitlines()
    assert last.endswith(("problem.", "problems.")) or last.startswith("Checked ")
    assert [line for line in problems if "wishes" in line] == []


def test_the_readme_shows_the_contract_as_it_is() -> None:
    readme, contract = ((ROOT / name).read_text("utf-8") for name in ("README.md", "contracts/catalog.py"))
    (shown,) = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    lines = [line for line in shown.splitlines() if not line.startswith("@contract")]
    assert len(lines) > 5
    assert [line for line in lines if line not in contract.splitlines()] == []
