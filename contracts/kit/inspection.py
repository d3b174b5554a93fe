"""How an operation is read from a contract's method, or refused with a reason."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from contracts.kit.errors import ContractError
from contracts.kit.operation import Operation, Parameter, Semantics, semantics_of
from contracts.kit.portable import default_problems, problems


def operation_of(where: str, name: str, member: object) -> Operation:
    """Return what a member of a contract says; `ContractError` if it says less or cannot be called from afar."""
    if name.startswith("_"):
        raise ContractError(f"{where} is private; a contract has public operations only: move it out.")
    if not inspect.isfunction(member):
        raise ContractError(f"{where} is no plain method; make it one, marked with @query(), or move it out.")
    semantics = semantics_of(member)
    if semantics is None:
        raise ContractError(f"{where} does not say what it is; mark it with @query(), @command() or @stream().")
    _check_kind(where, member, semantics)
    hints = _hints(where, member)
    parameters = tuple(_parameters(where, member, hints))
    if "return" not in hints:
        raise ContractError(f"{where} does not say what it returns; annotate it (-> None for nothing).")
    returns = hints["return"]
    if semantics.kind == "stream":
        if get_origin(returns) is not AsyncIterator or not get_args(returns):
            raise ContractError(f"{where} is a stream and returns {returns}; say -> AsyncIterator[…].")
        (returns,) = get_args(returns)
    for problem in problems(returns):
        raise ContractError(f"{where}: its result: {problem}.")
    return Operation(name, semantics, parameters, returns, inspect.getdoc(member) or "")


def _check_kind(where: str, member: Callable[..., object], semantics: Semantics) -> None:
    is_plain = not (inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member))
    if semantics.kind == "stream" and not is_plain:
        raise ContractError(f"{where} is a stream; say def instead of async def, and only … in its body.")
    if inspect.isasyncgenfunction(member):
        raise ContractError(f"{where} yields items; mark it with @stream() and say def instead of async def.")
    if semantics.kind != "stream" and is_plain:
        raise ContractError(f"{where} cannot wait for an answer; say async def.")


def _hints(where: str, member: Callable[..., object]) -> dict[str, Any]:
    try:
        return get_type_hints(member, include_extras=True)
    except NameError as error:
        raise ContractError(
            f"{where}: a type cannot be resolved ({error}); import it at run time, not under TYPE_CHECKING."
        ) from None
    except (AttributeError, SyntaxError, TypeError) as error:
        raise ContractError(f"{where}: an annotation is no type ({error}); correct it.") from None


def _parameters(where: str, member: Callable[..., object], hints: Mapping[str, Any]) -> list[Parameter]:
    signature = list(inspect.signature(member).parameters.values())
    if not signature or signature[0].name != "self":
        raise ContractError(f"{where} has no self; an operation is a plain method.")
    found = []
    for each in signature[1:]:
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise ContractError(f"{where}: *{each.name} takes whatever comes; name each parameter.")
        if each.kind is each.POSITIONAL_ONLY:
            raise ContractError(f"{where}: parameter {each.name} has no name for its caller; drop the “/”.")
        if each.name.startswith("_"):
            raise ContractError(f"{where}: parameter {each.name} is private; begin its name with a letter.")
        if each.name not in hints:
            raise ContractError(f"{where}: parameter {each.name} has no type; annotate it.")
        annotation, has_default = hints[each.name], each.default is not each.empty
        for problem in problems(annotation):
            raise ContractError(f"{where}: parameter {each.name}: {problem}.")
        if has_default:
            for problem in default_problems(each.default, annotation):
                raise ContractError(f"{where}: parameter {each.name}: {problem}.")
        found.append(Parameter(each.name, annotation, each.kind is each.KEYWORD_ONLY, has_default, each.default))
    return found
