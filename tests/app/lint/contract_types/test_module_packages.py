"""The packages that a module imports, and those that its pyproject.toml declares, are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lint.contract_types import module_packages
from tests.app.lint.contract_types.small import found, write

FILE = "modules/one/pyproject.toml"

HATCHLING = "build-system.build-backend = 'hatchling.build'\nproject.dependencies = []\n"

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
dependencies = [
{dependencies}
]
[tool.hatch.build.targets.wheel]
sources = {{ "" = "modules/{folder}" }}
"""


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_packages, "folders_of", lambda package: [tmp_path / package])


def said(folder: Path, source: str, *declared: str, wheel: str = "one") -> list[tuple[str, int, str]]:
    listed = "\n".join(f'    "{each}",' for each in declared)
    write(folder, {"modules.one.service": source})
    (folder / FILE).write_text(PROJECT.format(dependencies=listed, folder=wheel), "utf-8")
    return judged(source)


def judged(source: str) -> list[tuple[str, int, str]]:
    return found(module_packages.ModulePackagesContract, {"modules.one.service": source}, modules="modules")


def test_what_is_imported_is_declared_by_whatever_name_its_package_has(tmp_path: Path) -> None:
    source = "import os, msgspec, dependency_injector, contracts.kit\nfrom argon2 import low_level"
    assert (
        said(tmp_path, source, "Dependency_Injector>=4", "argon2-cffi", "msgspec [toml] >= 0.22; os_name == 'nt'") == []
    )


def test_what_is_not_declared_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["argon2-cffi>=25", "jinja2"]', "utf-8")
    source = "def late():\n    import argon2\nimport jinja2"
    assert said(tmp_path, source, "jinja2") == [
        (
            "modules.one.service",
            2,
            f'one imports argon2 and does not declare it; add "argon2-cffi>=25" to the dependencies in {FILE}.',
        )
    ]


def test_what_is_declared_is_imported_and_installed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = []", "utf-8")
    assert said(tmp_path, "", "msgspec", "jinja2>=3") == [
        (FILE, 6, "one declares msgspec and imports it nowhere; remove it."),
        (FILE, 6, "one declares msgspec, which the project's own pyproject.toml does not; add it there too."),
        (FILE, 7, "one declares jinja2 and imports it nowhere; remove it."),
        (FILE, 7, "one declares jinja2, which the project's own pyproject.toml does not; add it there too."),
    ]


def test_a_module_without_a_declaration_is_told_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, {"modules.one.service": ""})
    needed = 'dependencies = ["argon2-cffi", "jinja2"]'
    text = f"one declares no packages; write this file as in docs/guides/module.md, {needed}."
    assert judged("import jinja2, argon2") == [(FILE, 0, text)]


@pytest.mark.parametrize(
    ("declared", "line", "text"),
    [
        ("-", 6, "'-' names no package; write it as in `msgspec>=0.22`."),
        ('", 1, "', 0, "[project] has no list of dependencies; write one, "),
        ('"', 0, "this is no TOML: "),
    ],
)
def test_a_declaration_that_cannot_be_read_is_said(tmp_path: Path, declared: str, line: int, text: str) -> None:
    ((file, at, problem),) = said(tmp_path, "import msgspec", declared)
    assert (file, at, problem[: len(text)]) == (FILE, line, text)


def test_a_wheel_that_brings_another_module_is_found(tmp_path: Path) -> None:
    assert said(tmp_path, "", wheel="two") == [
        (FILE, 0, 'its wheel would not bring modules/one; write sources = { "" = "modules/one" } for it.')
    ]


def test_a_wheel_may_be_built_otherwise(tmp_path: Path) -> None:
    write(tmp_path, {"modules.one.service": ""})
    for text in (
        f"{HATCHLING}[tool.hatch.build.targets.wheel.force-include]\n'.' = 'modules/one'",
        "[build-system]\nbuild-backend = 'flit_core.buildapi'\n[project]\ndependencies = []",
    ):
        (tmp_path / FILE).write_text(text, "utf-8")
        assert judged("") == []


def test_the_project_s_own_file_must_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project", "utf-8")
    ((file, _, text),) = said(tmp_path, "")
    assert (file, text[:15]) == ("pyproject.toml", "this is no TOML")
