"""Every contract of the store, and every type that crosses it, found by reading `contracts/*.py`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin

import msgspec

import contracts.values
from contracts.kit import Contract, Error, Event, Message, contract_of
from contracts.kit.bounds import meant
from contracts.kit.contract import is_contract

FILES = sorted(Path(contracts.values.__file__).parent.glob("*.py"))
MODULES: list[ModuleType] = [importlib.import_module(f"contracts.{file.stem}") for file in FILES]


def defined(module: ModuleType) -> list[type]:
    """Return the classes that a module defines itself."""
    return [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]


CONTRACTS: list[Contract] = [contract_of(each) for module in MODULES for each in defined(module) if is_contract(each)]
ERRORS: list[type[Error]] = [each for module in MODULES for each in defined(module) if issubclass(each, Error)]
EVENTS: list[type[Event]] = [each for module in MODULES for each in defined(module) if issubclass(each, Event)]


def crossing(contract: Contract) -> Iterator[tuple[str, Any]]:
    """Yield what crosses a contract's boundary, with its place: arguments, results, errors, events."""
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield f"{contract.name}.{operation.name}({parameter.name})", parameter.type
        yield f"{contract.name}.{operation.name}", operation.returns
        for error in operation.semantics.raises:
            yield error.code, error.form
    for event in contract.events:
        yield event.code, event


def parts(annotation: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a type and all it is made of, fields of messages included, each with its place.

    A type with bounds is yielded with them, and not without.
    """
    yield place, annotation
    annotation = meant(annotation)
    if get_origin(annotation) is Annotated:
        _, *inner = parts(annotation.__origin__, place)
        yield from inner
    elif isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        for field in msgspec.structs.fields(annotation):
            yield from parts(field.type, f"{annotation.__name__}.{field.name}")
    elif get_origin(annotation) is not None:
        for part in get_args(annotation):
            yield from parts(part, place)


MESSAGES: list[type[Message]] = sorted(
    {
        part
        for contract in CONTRACTS
        for _, annotation in crossing(contract)
        for _, part in parts(annotation)
        if isinstance(part, type) and issubclass(part, Message)
    },
    key=lambda each: each.__qualname__,
)
