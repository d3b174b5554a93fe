"""The store's contracts: documented, named alike, pure, and bounded where somebody else may send a number."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_origin

import msgspec
import pytest

import contracts.values
from contracts.kit import Contract
from contracts.kit.bounds import meant
from tests.contracts.every import CONTRACTS, ERRORS, EVENTS, FILES, MODULES, defined, parts

IMPURE = {
    *("asyncio", "concurrent", "ctypes", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib"),
    *("random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib", "warnings"),
}
"""Parts of the standard library that a declaration has no use for."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_contract_file_imports_declarations_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            root = name.partition(".")[0]
            assert root in {"contracts", "msgspec"} or (root in sys.stdlib_module_names - IMPURE), name
            assert not name.startswith("contracts.kit."), f"{name}: say from contracts.kit import …"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_contract_file_does_nothing_when_imported(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert is_text or isinstance(node, allowed), ast.unparse(node)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_class_says_what_it_means(module: ModuleType) -> None:
    for each in defined(module):
        assert vars(each).get("__doc__"), each


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_every_operation_says_what_it_does(contract: Contract) -> None:
    for operation in contract.operations.values():
        assert operation.doc, operation.name


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_every_declared_error_stands_beside_its_contract(contract: Contract) -> None:
    module = contract.protocol.__module__
    for operation in contract.operations.values():
        for error in operation.semantics.raises:
            assert error.__module__ == module, f"{operation.name} raises {error.__name__} of {error.__module__}"


def test_codes_begin_with_the_name_of_their_file_and_are_unique() -> None:
    codes = [(kind.code, kind.__module__.rpartition(".")[2]) for kind in ERRORS]
    codes += [(kind.code, kind.__module__.rpartition(".")[2]) for kind in EVENTS]
    for code, file in codes:
        assert re.fullmatch(rf"{file}\.[a-z]+(_[a-z]+)*", code)
    assert len(dict(codes)) == len(codes)


def test_every_file_declares_one_contract() -> None:
    assert Counter(contract.protocol.__module__ for contract in CONTRACTS) == Counter(
        module.__name__ for module in MODULES if module is not contracts.values
    )
    assert len({str(contract) for contract in CONTRACTS}) == len(CONTRACTS)


def test_every_error_and_event_is_used() -> None:
    used = {error for contract in CONTRACTS for each in contract.operations.values() for error in each.semantics.raises}
    assert set(ERRORS) == used
    assert set(EVENTS) == {event for contract in CONTRACTS for event in contract.events}


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_numbers_that_come_in_are_bounded_on_either_side(contract: Contract) -> None:
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            for place, part in parts(parameter.type, f"{operation.name}({parameter.name})"):
                assert _is_bounded(part), place


def _is_bounded(annotation: Any) -> bool:
    if get_origin(annotation) is not Annotated:
        return meant(annotation) not in (int, float)
    if meant(annotation.__origin__) not in (int, float):
        return True
    metas = [each for each in annotation.__metadata__ if isinstance(each, msgspec.Meta)]
    is_low = any(meta.ge is not None or meta.gt is not None for meta in metas)
    is_high = any(meta.le is not None or meta.lt is not None for meta in metas)
    return is_low and is_high
