"""A module imports the contracts that it declares, however it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from app.lint.contract_types import needs
from tests.app.lint.contract_types.small import found, write

Judge: TypeAlias = Callable[[dict[str, str]], list[tuple[str, int, str]]]

OPTIONS = {"modules": "modules", "contracts": "contracts", "kit": "contracts.kit"}

CONTRACT = "from contracts.kit import contract\n@contract(version=1)\nclass {}: ..."

CONTRACTS = {
    "contracts.kit.contract": "",
    "contracts.values": "",
    "contracts.catalog": CONTRACT.format("Catalog"),
    "contracts.orders": CONTRACT.format("Orders"),
    "contracts.shop": "from contracts.catalog import Catalog\nfrom contracts.orders import Orders as Sales",
}

CONTAINER = """
from dependency_injector import providers
{imports}
class Container:
    catalog: object = providers.Dependency(instance_of={wanted})
"""

MANIFEST = """
from contracts.kit import Module
{imports}
module = Module(name="one", {given})
"""

UNDECLARED = (
    "one imports contracts.catalog and declares no need of it; "
    "add `catalog = providers.Dependency(instance_of=Catalog)` to its container, or do without."
)


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    monkeypatch.setattr(needs, "folders_of", lambda package: [tmp_path / package])

    def judge(files: dict[str, str]) -> list[tuple[str, int, str]]:
        every = {**CONTRACTS, **files}
        write(tmp_path, every)
        return found(needs.DeclaredNeedsContract, every, **OPTIONS)

    return judge


def test_only_the_manifest_that_counts_declares(said: Judge) -> None:
    aside = MANIFEST.format(imports="from contracts.catalog import Catalog", given="")
    aside += 'other = Module(name="two", provides=(Catalog,))\n'
    assert said({"modules.one.module": aside}) == [("modules.one.module", 3, UNDECLARED)]


def test_the_kit_and_shared_values_are_for_everybody(said: Judge) -> None:
    assert said({"modules.one.service": "import contracts.kit.contract\nimport contracts.values"}) == []


def test_a_contract_that_is_not_declared_is_not_imported(said: Judge) -> None:
    files = {
        "modules.one.service": "def late():\n    from contracts.catalog import Catalog",
        "app.cli": "import contracts.orders",
    }
    assert said(files) == [("modules.one.service", 2, UNDECLARED)]


@pytest.mark.parametrize(
    ("imports", "wanted"),
    [
        ("from contracts.catalog import Catalog", "Catalog"),
        ("from contracts.catalog import Catalog as C", "C"),
        ("import contracts.catalog", "contracts.catalog.Catalog"),
        ("from contracts import catalog as c", "c.Catalog"),
        ("from contracts.catalog import Catalog\nWanted = Catalog", "Wanted"),
        ("from modules.one.asked import Catalog", "Catalog"),
    ],
)
def test_a_need_is_declared_by_a_container(said: Judge, imports: str, wanted: str) -> None:
    files = {
        "modules.one.together": CONTAINER.format(imports=imports, wanted=wanted),
        "modules.one.asked": "from contracts.catalog import Catalog",
    }
    assert said(files) == []
    assert said({**files, "modules.two.fake": "import contracts.catalog"})[0][:2] == ("modules.two.fake", 1)


@pytest.mark.parametrize(
    "given", ["provides=(Catalog,)", "listens={ProductAdded: print}", "provides=[Catalog]", "provides=PROVIDED"]
)
def test_what_a_manifest_provides_and_listens_to_is_declared(said: Judge, given: str) -> None:
    imports = "from contracts.catalog import Catalog, ProductAdded\nPROVIDED = (Catalog,)"
    assert said({"modules.one.module": MANIFEST.format(imports=imports, given=given)}) == []


def test_what_is_merely_optional_is_not(said: Judge) -> None:
    imports = "from contracts.catalog import Catalog"
    files = {"modules.one.module": MANIFEST.format(imports=imports, given="optional=(Catalog,)")}
    assert said(files) == [("modules.one.module", 3, UNDECLARED)]


def test_a_file_that_hands_contracts_on_stands_for_them(said: Judge) -> None:
    container = CONTAINER.format(imports="from contracts.shop import Catalog", wanted="Catalog")
    assert said({"modules.one.container": container}) == [
        (
            "modules.one.container",
            3,
            (
                "one imports contracts.shop, which brings contracts.orders, and declares no need of it; "
                "add `orders = providers.Dependency(instance_of=Orders)` to its container, or do without."
            ),
        )
    ]
