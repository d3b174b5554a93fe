"""The sources keep every rule of .importlinter, and every rule bites."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import api

from app.lint.blind_spots import unseen
from app.lint.config import unmatched
from tests.architecture.planting import ROOT, Tree

# contract, file, what is planted at its end
VIOLATIONS = [
    ("layers", "contracts/planted.py", "import app"),
    ("layers", "contracts/planted.py", "import modules.sample.module"),
    ("layers", "modules/sample/service.py", "import app.wiring"),
    ("composition_root", "app/planted.py", "import modules.sample.module"),
    ("composition_root", "app/lint/planted.py", "import modules"),
    ("independence", "modules/other/__init__.py", "import modules.sample.module"),
    ("independence", "modules/other/__init__.py", "from modules.sample.domain import rule"),
    ("internals", "app/wiring.py", "import modules.sample.service"),
    ("internals", "app/wiring.py", "import modules.sample.migrations"),
    ("inside", "modules/sample/domain.py", "from modules.sample import store"),
    ("inside", "modules/sample/store.py", "from modules.sample import service"),
    ("inside", "modules/sample/service.py", "from modules.sample import container"),
    ("inside", "modules/sample/container.py", "from modules.sample import module"),
    ("inside", "modules/sample/fake.py", "from modules.sample import store"),
    ("inside", "modules/sample/fake.py", "from modules.sample import service"),
    ("pure_contracts", "contracts/planted.py", "import sqlalchemy"),
    ("pure_contracts", "contracts/planted.py", "def late():\n    import httpx2"),
    ("pure_domain", "modules/sample/domain.py", "from jinja2 import Template"),
    ("no_io", "contracts/planted.py", "from pathlib import Path"),
    ("no_io", "modules/sample/domain.py", "import os"),
    ("no_web", "modules/sample/domain.py", "import jinja2"),
    ("no_web", "modules/sample/fake.py", "import jinja2"),
    ("no_web", "modules/sample/service.py", "from starlette.requests import Request"),
    ("no_web", "modules/sample/store.py", "import uvicorn"),
    ("no_web", "modules/sample/service.py", "import modules.sample.pages"),
    ("injection", "modules/sample/service.py", "from dependency_injector import providers"),
    ("injection", "modules/sample/module.py", "import dependency_injector.containers"),
    ("tables", "modules/sample/service.py", "import sqlalchemy"),
    ("tables", "modules/sample/service.py", "from sqlalchemy import select"),
    ("tables", "modules/sample/service.py", "from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine"),
    ("tables", "modules/sample/domain.py", "import aiosqlite"),
    ("tables", "contracts/planted.py", "import alembic"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    return api.read_configuration(str(ROOT / ".importlinter"))


@pytest.fixture(scope="module")
def graph(configuration: dict[str, Any]) -> grimp.ImportGraph:
    roots = configuration["session_options"]["root_packages"]
    return grimp.build_graph(*roots, include_external_packages=True, cache_dir=None)


def test_the_sources_and_a_lawful_module_beside_them_keep_every_contract(tree: Tree) -> None:
    result = tree.lint("--no-cache")
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_planted_violation(configuration: dict[str, Any]) -> None:
    assert {contract["id"] for contract in configuration["contracts_options"]} == {name for name, _, _ in VIOLATIONS}


@pytest.mark.parametrize(("contract", "file", "source"), VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(tree: Tree, contract: str, file: str, source: str) -> None:
    tree.plant("modules/sample/pages.py", "import starlette")
    tree.plant(file, source)
    result = tree.lint("--no-cache", "--contract", contract)
    assert result.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in result.stdout


def test_every_pattern_matches_a_module(configuration: dict[str, Any], graph: grimp.ImportGraph) -> None:
    assert list(unmatched(configuration, graph)) == []


def test_every_misspelt_pattern_is_found(configuration: dict[str, Any], graph: grimp.ImportGraph) -> None:
    for at, contract in enumerate(configuration["contracts_options"]):
        for option, value in contract.items():
            for line, item in enumerate(value if isinstance(value, list) else []):
                misspelt = copy.deepcopy(configuration)
                wrong = misspelt["contracts_options"][at][option][line] = _misspell(item)
                found = list(unmatched(misspelt, graph))
                if option in {"harmless_lines", "broken_contract_guidance"}:
                    assert found == []
                else:
                    pattern = wrong.partition(" ->")[0].strip("()")
                    said = f".importlinter, contract {contract['id']}, {option}: {pattern} matches nothing"
                    assert any(sentence.startswith(said) for sentence in found)


def test_a_misspelt_pattern_stops_the_check(tree: Tree) -> None:
    assert tree.lint_the_linter().returncode == 0
    file = tree.folder / ".importlinter"
    file.write_text(file.read_text().replace("    modules.*.domain\nallowed", "    modules.*.domian\nallowed"))
    result = tree.lint_the_linter()
    assert result.returncode == 1
    assert result.stderr == (
        ".importlinter, contract pure_domain, importers: modules.*.domian matches nothing, "
        "so this part of the rule judges nothing; correct it or remove it.\n"
    )


def test_every_file_is_seen_by_the_linter(configuration: dict[str, Any], graph: grimp.ImportGraph) -> None:
    assert list(unseen(configuration["session_options"]["root_packages"], graph.modules)) == []


@pytest.mark.parametrize("file", ["modules/sample/hidden/work.py", "modules/sample/work.v2.py"])
def test_a_file_that_the_linter_skips_stops_the_check(tree: Tree, file: str) -> None:
    tree.plant(file, "import app")
    result = tree.lint_the_linter()
    assert result.returncode == 1
    assert f"{file} is not seen by the import linter" in result.stderr


@pytest.mark.parametrize("package", ["contracts", "modules"])
def test_a_namespace_package_stays_one(tree: Tree, package: str) -> None:
    tree.plant(f"{package}/__init__.py", "")
    result = tree.lint_the_linter()
    assert result.returncode == 1
    assert f"{package}/__init__.py hides what other distributions bring" in result.stderr


def _misspell(item: str) -> str:
    """`modules.*.store` → `modules.*.storex`, whatever surrounds it."""
    first, arrow, rest = item.partition(" ->")
    if first.endswith("*"):
        return first.replace("modules", "modulesx") + arrow + rest
    return (f"{first[:-1]}x)" if first.endswith(")") else f"{first}x") + arrow + rest
