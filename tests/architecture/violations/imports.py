"""Imports that cross a boundary: each breaks the contract of .importlinter that its rule names."""

from __future__ import annotations

from tests.architecture.violations import Violation


def _at(file: str, line: str, says: str, rule: str, number: int = 1, **others: str) -> Violation:
    """Plant one file, in a module with what else it has: ``service="import re"`` is its service.py."""
    files = {file: line}
    if file.startswith("modules/"):
        folder = "/".join(file.split("/")[:2])
        files = {f"{folder}/__init__.py": "", **files, **{f"{folder}/{name}.py": text for name, text in others.items()}}
    return Violation(rule, files, f"{file}:{number}", says)


_MANIFEST = """\
from types import SimpleNamespace

from contracts.kit import Module

module = Module(name="{name}", container=lambda: SimpleNamespace(providers={{}}))
"""

_SEEN = {
    "modules/planted_seen/__init__.py": "",
    "modules/planted_seen/module.py": _MANIFEST.format(name="planted_seen"),
    "modules/planted_seen/store.py": "import re as re",
    "modules/planted_seen/domain.py": "import re as re",
    "tests/modules/planted_seen/__init__.py": "",
    "tests/modules/planted_seen/stand.py": "from modules.planted_seen import store as store",
}
"""A lawful module and its tests, which others reach into."""

_ONE_WAY = (
    _at("contracts/planted_app.py", "import app.errors", "contracts.planted_app imports app.errors", "layers"),
    _at("contracts/planted_module.py", "import modules.planted_seen.module", "planted_module imports", "layers"),
    _at("modules/planted_up/service.py", "import app.errors", "planted_up.service imports app.errors", "layers"),
    _at("app/telemetry/planted_tests.py", "import tests.serving", "planted_tests imports tests.serving", "layers"),
    _at("app/data/planted_up.py", "import app.store", "app.data.planted_up imports app.store", "app-layers"),
    _at("app/runtime/planted_lint.py", "import app.lint.problem", "imports app.lint.problem", "app-layers"),
)

_FACADE = (
    Violation(
        "facade",
        {**_SEEN, "app/telemetry/planted_manifest.py": "import modules.planted_seen.module"},
        "app/telemetry/planted_manifest.py:1",
        "only app.wiring, bench, tests may know modules",
    ),
    _at("app/telemetry/planted_all.py", "import modules", "only app.wiring, bench, tests may know modules", "facade"),
    _at("bench/planted_inside.py", "import modules.planted_seen.store", "a module is its manifest", "facade"),
    _at(
        "tests/journeys/planted_inside.py",
        "import re\nfrom modules.planted_seen.domain import re as rule",
        "import modules.planted_seen.module",
        "facade",
        2,
    ),
    Violation(
        "facade",
        {
            "modules/planted_near/__init__.py": "",
            "tests/modules/planted_near/__init__.py": "",
            "tests/modules/planted_near/test_planted.py": "import modules.planted_seen.module",
        },
        "tests/modules/planted_near/test_planted.py:1",
        "the tests of planted_near know no other module",
    ),
    Violation(
        "facade",
        {"tests/modules/planted_near/doubles.py": "import tests.modules.planted_seen.stand"},
        "tests/modules/planted_near/doubles.py:1",
        "move what the tests of both modules need up into tests.modules",
    ),
    Violation("facade", {"app/wiring.py": "import modules.planted_seen.store"}, "app/wiring.py", "is its manifest"),
    _at("modules/planted_beside/service.py", "import modules.planted_seen.module", "planted_beside", "independence"),
    _at("modules/planted_within/service.py", "from modules.planted_seen import domain", "within", "independence"),
)

_INSIDE = (
    _at("modules/planted_in_a/domain.py", "from modules.planted_in_a import store", "domain", "inside", store=""),
    _at("modules/planted_in_b/store.py", "from modules.planted_in_b import service", "store", "inside", service=""),
    _at("modules/planted_in_c/service.py", "from modules.planted_in_c import container", "", "inside", container=""),
    _at(
        "modules/planted_in_d/container.py",
        "from modules.planted_in_d import module",
        "container",
        "inside",
        module=_MANIFEST.format(name="planted_in_d"),
    ),
    _at("modules/planted_in_e/fake.py", "from modules.planted_in_e import store", "fake", "inside", store=""),
    _at("modules/planted_in_f/fake.py", "from modules.planted_in_f import service", "fake", "inside", service=""),
)

_PURE = (
    _at("contracts/planted_tables.py", "import sqlalchemy", "imports sqlalchemy", "pure-contracts"),
    _at("contracts/planted_late.py", "def late():\n    import httpx2", "imports httpx2", "pure-contracts", 2),
    _at("contracts/planted_file.py", "from pathlib import Path", "imports pathlib", "pure-contracts"),
    _at("contracts/planted_sleep.py", "from time import sleep", "imports time", "pure-contracts"),
    _at("contracts/planted_tasks.py", "import asyncio", "imports asyncio", "pure-contracts"),
    _at("contracts/kit/planted_log.py", "import logging", "imports logging", "pure-kit"),
    _at("modules/planted_pure_a/domain.py", "from jinja2 import Template", "imports jinja2", "pure-domain"),
    _at("modules/planted_pure_b/domain.py", "import os", "imports os", "pure-domain"),
    _at(
        "modules/planted_pure_c/helper.py",
        "import re\nimport socket",
        "which modules.planted_pure_c.domain imports",
        "pure-domain",
        2,
        domain="from modules.planted_pure_c import helper",
    ),
)

_KIT = (
    _at(
        "modules/planted_kit_a/service.py", "from contracts.kit.context import HOLDER", "a part of contracts.kit", "kit"
    ),
    _at(
        "modules/planted_kit_b/service.py",
        "from contracts import kit\n\nHOLDER = kit.context.HOLDER",
        "planted_kit_b reaches contracts.kit.context through contracts.kit",
        "lazy-reach",
        3,
    ),
    _at("contracts/planted_kit.py", "from contracts.kit import context", "imports contracts.kit.context", "kit"),
)

_TABLES = (
    _at("modules/planted_db_a/store.py", "import sqlite3", "declare a Dependency on Database", "databases"),
    _at("modules/planted_db_b/domain.py", "import aiosqlite", "imports aiosqlite", "databases"),
    _at("modules/planted_db_c/store.py", "import dbm", "imports dbm", "databases"),
    _at("app/telemetry/planted_db.py", "import sqlite3", "only the package that opens all databases", "databases"),
    _at("modules/planted_sql_a/service.py", "import sqlalchemy", "imports sqlalchemy", "tables"),
    _at(
        "modules/planted_sql_b/service.py",
        "from sqlalchemy import select\nfrom sqlalchemy.ext.asyncio import AsyncSession",
        "imports sqlalchemy",
        "tables",
        1,
    ),
    _at(
        "modules/planted_sql_c/service.py",
        "from sqlalchemy.ext.asyncio import AsyncSession, AsyncConnection",
        "let the store do it",
        "tables",
    ),
    _at("contracts/planted_alembic.py", "import alembic", "imports alembic", "tables"),
)

_FRAMEWORKS = (
    _at("modules/planted_web_a/domain.py", "import jinja2", "imports jinja2", "no-web"),
    _at("modules/planted_web_b/fake.py", "import jinja2", "imports jinja2", "no-web"),
    _at("modules/planted_web_c/service.py", "from starlette.requests import Request", "imports starlette", "no-web"),
    _at("modules/planted_web_d/store.py", "import uvicorn", "imports uvicorn", "no-web"),
    _at(
        "modules/planted_web_e/service.py",
        "import modules.planted_web_e.pages",
        "which imports starlette",
        "no-web",
        pages="import starlette",
    ),
    _at("modules/planted_di_a/service.py", "from dependency_injector import providers", "container", "injection"),
    _at(
        "modules/planted_di_b/module.py",
        f"from dependency_injector import providers as providers\n{_MANIFEST.format(name='planted_di_b')}",
        "let the container hand it in",
        "injection",
    ),
)

VIOLATIONS: tuple[Violation, ...] = (*_ONE_WAY, *_FACADE, *_INSIDE, *_PURE, *_KIT, *_TABLES, *_FRAMEWORKS)
