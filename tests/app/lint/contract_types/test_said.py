"""What every contract type of the house does: it says what it found, and refuses what would judge nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter import output
from importlinter.domain.contract import InvalidContractOptions

from app.lint.contract_types.databases import DatabasesContract
from app.lint.contract_types.facade import FacadeContract
from app.lint.contract_types.module_packages import ModulePackagesContract
from app.lint.contract_types.needs import DeclaredNeedsContract
from app.lint.contract_types.pure import PureContract
from app.lint.contract_types.said import SaidContract
from tests.app.lint.contract_types.small import ROOTS, graph_of

SESSION = {"root_packages": list(ROOTS)}

OPTIONS: dict[type[SaidContract], dict[str, str | list[str]]] = {
    DatabasesContract: {"judged": ["app"], "allowed_importers": ["app.data"]},
    DeclaredNeedsContract: {"modules": "modules", "contracts": "contracts", "kit": "contracts.kit"},
    FacadeContract: {"modules": "modules", "callers": ["app.wiring"], "own_tests": "tests.modules"},
    ModulePackagesContract: {"modules": "modules"},
    PureContract: {"importers": ["contracts"], "allowed_packages": ["msgspec"]},
}


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind, given in OPTIONS.items() for option in given])
def test_an_option_that_is_empty_is_refused(kind: type[SaidContract], option: str) -> None:
    empty = "" if isinstance(OPTIONS[kind][option], str) else []
    with pytest.raises(InvalidContractOptions) as refused:
        kind("name", SESSION, {**OPTIONS[kind], option: empty})
    assert refused.value.errors == {option: "It is empty, so this part of the rule judges nothing."}


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_package_that_is_not_there_is_no_silent_pass(kind: type[SaidContract]) -> None:
    contract = kind("name", SESSION, OPTIONS[kind])
    with pytest.raises(Exception, match="not present in the graph"):
        contract.check(ImportGraph(), verbose=False)


def test_lint_imports_says_the_same_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    monkeypatch.setattr(output, "print_error", lambda text, bold: said.append(text))
    contract = DatabasesContract("name", SESSION, OPTIONS[DatabasesContract])
    check = contract.check(graph_of({"app.cli": "\nimport sqlite3", "app.data": ""}), verbose=False)
    assert not check.kept
    contract.render_broken_contract(check)
    ((_, _, text),) = check.metadata["problems"]
    assert said == [f"- app.cli:2: {text}"]
