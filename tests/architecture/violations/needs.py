"""Contracts that are used without being declared, or declared without being used; and the same for packages."""

from __future__ import annotations

from tests.architecture.violations import Violation

_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "freestone-{name}"
version = "0.1.0"
dependencies = [{dependencies}]

[tool.hatch.build.targets.wheel]
include = ["**"]
sources = {{ "" = "modules/{folder}" }}
"""

_DEPENDENCIES_LINE = 8

_CONTAINER = """\
from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.kit import Clock, Database
from contracts.payments import Payments


class PlantedContainer(DeclarativeContainer):
    payments = providers.Dependency(instance_of=Payments)
    database = providers.Dependency(instance_of=Database)
    clock = providers.Dependency(instance_of=Clock)
    service = providers.Factory(dict, database=database)
"""

_CLOCK = "    clock = providers.Dependency(instance_of=Clock)\n"

_ASKED = "async def work(container: object) -> None:\n    await container.payments().settle()"

_WINDOW = "from contracts.payments import Payments as Payments"

_MANIFEST = """\
from types import SimpleNamespace

from contracts.kit import Module
from contracts.payments import Payments

module = Module(name="planted_optional", container=lambda: SimpleNamespace(providers={}), optional=(Payments,))
"""

_PROVIDER = """\
from contracts.payments import Payments


class PlantedService(Payments):
    pass
"""


def _module(name: str, **files: str) -> dict[str, str]:
    return {f"modules/{name}/__init__.py": "", **{f"modules/{name}/{file}.py": text for file, text in files.items()}}


def _project(name: str, *dependencies: str, folder: str = "") -> dict[str, str]:
    listed = ", ".join(f'"{each}"' for each in dependencies)
    text = _PROJECT.format(name=name, dependencies=listed, folder=folder or name)
    return {f"modules/{name}/pyproject.toml": text}


_CONTRACTS = (
    Violation(
        "declared-needs",
        _module("planted_undeclared", saga="import re\nfrom contracts.payments import Payments"),
        "modules/planted_undeclared/saga.py:2",
        "add `payments = providers.Dependency(instance_of=Payments)` to its container",
    ),
    Violation(
        "declared-needs",
        {"contracts/planted_window.py": _WINDOW, **_module("planted_around", fake="import contracts.planted_window")},
        "modules/planted_around/fake.py:1",
        "contracts.planted_window, which brings contracts.payments, and declares no need of it",
    ),
    Violation(
        "unused-need",
        _module("planted_unused", container=_CONTAINER, tasks=_ASKED),
        "modules/planted_unused/container.py:11",
        "planted_unused declares clock in its container and uses it nowhere",
    ),
    Violation(
        "unused-need",
        _module("planted_idle", container=_CONTAINER.replace(_CLOCK, "")),
        "modules/planted_idle/container.py:9",
        "planted_idle declares payments in its container and uses it nowhere",
    ),
    Violation(
        "unused-need",
        _module("planted_optional", module=_MANIFEST),
        "modules/planted_optional/module.py",
        "planted_optional calls Payments optional and does not need it",
    ),
    Violation(
        "final-provider",
        _module("planted_open", service=_PROVIDER, container=_CONTAINER.replace("(dict,", "(dict, payments, clock,")),
        "modules/planted_open/service.py:4",
        "PlantedService provides Payments and is not final",
    ),
)

_PACKAGES = (
    Violation(
        "module-packages",
        {**_module("planted_package", hashing="import re\nimport argon2"), **_project("planted_package")},
        "modules/planted_package/hashing.py:2",
        'add "argon2-cffi>=25.1" to the dependencies in modules/planted_package/pyproject.toml',
    ),
    Violation(
        "module-packages",
        {**_module("planted_idle_package"), **_project("planted_idle_package", "jinja2>=3.1")},
        f"modules/planted_idle_package/pyproject.toml:{_DEPENDENCIES_LINE}",
        "planted_idle_package declares jinja2 and imports it nowhere",
    ),
    Violation(
        "module-packages",
        {
            **_module("planted_own_package", views="import planted_thing"),
            **_project("planted_own_package", "planted-thing"),
        },
        f"modules/planted_own_package/pyproject.toml:{_DEPENDENCIES_LINE}",
        "which the project's own pyproject.toml does not",
    ),
    Violation(
        "module-packages",
        {**_module("planted_unlisted"), "modules/planted_unlisted/pyproject.toml": '[project]\nname = "planted"'},
        "modules/planted_unlisted/pyproject.toml",
        "[project] has no list of dependencies",
    ),
    Violation(
        "module-packages",
        {**_module("planted_astray"), **_project("planted_astray", folder="planted_elsewhere")},
        "modules/planted_astray/pyproject.toml",
        'write sources = { "" = "modules/planted_astray" }',
    ),
    Violation(
        "module-packages",
        {**_module("planted_garbled"), "modules/planted_garbled/pyproject.toml": "[project\n"},
        "modules/planted_garbled/pyproject.toml",
        "this is no TOML",
    ),
)

VIOLATIONS: tuple[Violation, ...] = (*_CONTRACTS, *_PACKAGES)
