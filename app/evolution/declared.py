"""The contracts that the code declares: whatever stands in the `contracts` namespace, the kit's own included."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import msgspec

from app.evolution.shape import ContractShape, shape_of
from contracts.kit import Contract, contract_of
from contracts.kit.contract import is_contract

PACKAGE = "contracts"


class Declared(msgspec.Struct, frozen=True):
    """The contracts by key, each with the file that declares it; ``failures`` says by file why one was not read."""

    shapes: dict[str, ContractShape]
    contracts: dict[str, Contract]
    files: dict[str, str]
    failures: dict[str, str]


def declared(sources: Mapping[str, str]) -> Declared:
    """Import files of contracts, given as dotted name → path for people, and return what they declare."""
    found = Declared({}, {}, {}, {})
    for name, file in sources.items():
        try:
            _read(name, file, found)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a file may do anything when it is imported
            found.failures[file] = f"does not import ({_said(error)}); correct it."
    return found


def _read(name: str, file: str, found: Declared) -> None:
    module = importlib.import_module(name)
    for each in vars(module).values():
        if is_contract(each) and each.__module__ == name:
            contract = contract_of(each)
            key = str(contract)
            if found.contracts.get(key, contract) is not contract:
                found.failures[file] = (
                    f"{each.__name__} is {key}, as {found.contracts[key].protocol.__name__} in {found.files[key]} is; "
                    "give one of them another name= or version=."
                )
                continue
            found.shapes[key], found.contracts[key] = shape_of(contract, key), contract
            found.files[key] = file


def _said(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0].rstrip('.')}" if text else type(error).__name__
