"""Contracts and domains compute: what they import is on a list of what touches nothing outside."""

from __future__ import annotations

import sys

import pytest

from app.lint.contract_types.pure import COMPUTES, PureContract
from tests.app.lint.contract_types.small import found

DOMAINS = {"importers": ["modules.*.domain"], "judged_elsewhere": ["contracts"], "allowed_packages": ["msgspec"]}


def test_what_computes_is_in_the_standard_library() -> None:
    assert sys.stdlib_module_names > COMPUTES


@pytest.mark.parametrize("name", ["decimal", "collections.abc", "uuid", "msgspec", "contracts.values"])
def test_what_computes_may_be_imported(name: str) -> None:
    files = {"modules.one.domain": f"import {name}", "contracts.values": "import os"}
    assert found(PureContract, files, **DOMAINS) == []


@pytest.mark.parametrize(
    "name", ["os", "io", "time", "urllib.parse", "importlib", "ctypes", "builtins", "gc", "sqlalchemy", "random"]
)
def test_what_touches_the_world_may_not(name: str) -> None:
    (problem,) = found(PureContract, {"modules.one.domain.prices": f"\nimport {name}", "contracts": ""}, **DOMAINS)
    assert problem[:2] == ("modules.one.domain.prices", 2)
    assert problem[2].startswith(f"modules.one.domain.prices imports {name.partition('.')[0]}; contracts and domains")


def test_what_it_imports_of_its_own_module_is_judged_with_it() -> None:
    files = {
        "modules.one.domain": "from modules.one import near",
        "modules.one.near": "from modules.one import far",
        "modules.one.far": "import socket",
        "modules.one.store": "import os",
        "contracts": "",
    }
    assert found(PureContract, files, **DOMAINS) == [
        (
            "modules.one.far",
            1,
            (
                "modules.one.far, which modules.one.domain imports, imports socket; contracts and domains compute and "
                "touch nothing outside: let the service do it, and hand in the result."
            ),
        )
    ]


def test_what_it_imports_of_other_packages_is_not() -> None:
    files = {"contracts.one": "import app.store", "app.store": "import os"}
    assert found(PureContract, files, importers=["contracts"], allowed_packages=["msgspec"]) == []
