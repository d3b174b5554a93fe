"""The contract decorator: a plain Protocol becomes a boundary, or is refused with a reason."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from contracts.kit.errors import ContractError, Error
from contracts.kit.inspection import operation_of
from contracts.kit.message import Event, is_event
from contracts.kit.operation import Operation
from contracts.kit.portable import message_problems

C = TypeVar("C", bound=type)

_TYPING_NAMES = frozenset(vars(runtime_checkable(type("_Empty", (Protocol,), {}))))


class Contract(msgspec.Struct, frozen=True, eq=False):
    """What the kit knows of a contract: its name, version, class, operations and events.

    ``str()`` gives the name under which it is registered, e.g. ``catalog.v1``.
    """

    name: str
    version: int
    protocol: type
    operations: Mapping[str, Operation]
    events: tuple[type[Event], ...]

    def __str__(self) -> str:
        return f"{self.name}.v{self.version}"


_contracts: dict[type, Contract] = {}


def contract(*, version: int, name: str | None = None, events: tuple[type[Event], ...] = ()) -> Callable[[C], C]:
    """Declare a Protocol to be a contract.

    ``version`` is 1 or more; ``name`` defaults to the class's name in snake case; ``events`` are those
    that its provider publishes. The class is inspected at once: whatever could not cross a process
    raises `ContractError` with a sentence that names the class, the operation and the mend.
    """

    def declare(cls: C) -> C:
        where = cls.__name__
        if Protocol not in cls.__bases__:
            raise ContractError(f"{where} is not a Protocol; say class {where}(Protocol).")
        if set(cls.__bases__) - {Protocol, Generic}:
            raise ContractError(f"{where} has more bases than Protocol; a contract stands alone: list its operations.")
        if getattr(cls, "__parameters__", ()):
            raise ContractError(f"{where} has type parameters, which nobody resolves from afar; name the types.")
        _check_name(where, version, name)
        operations = {key: operation_of(f"{where}.{key}", key, value) for key, value in _members(cls)}
        if not operations:
            raise ContractError(f"{where} has no operation; mark its methods with @query(), @command() or @stream().")
        _check_events(where, events)
        _check_codes(where, [error for each in operations.values() for error in each.semantics.raises])
        _check_codes(where, events)
        runtime_checkable(cls)
        _contracts[cls] = Contract(name or _snake(where), version, cls, MappingProxyType(operations), events)
        return cls

    return declare


def contract_of(cls: type) -> Contract:
    """Return what the kit knows of a contract; `ContractError` for a class that is none."""
    try:
        return _contracts[cls]
    except KeyError:
        raise ContractError(f"{cls.__name__} is not a contract; decorate it with @contract(version=1).") from None


def is_contract(cls: object) -> bool:
    """Say whether a class was declared with `contract`."""
    return isinstance(cls, type) and cls in _contracts


def _check_name(where: str, version: object, name: str | None) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ContractError(f"{where} has version {version!r}; versions are 1, 2, 3, …")
    if name is not None and not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ContractError(f"{where} has the name {name!r}; say it in snake case.")


def _members(cls: type) -> Iterator[tuple[str, object]]:
    """Yield what the class's own body defines, without what `typing` and the interpreter add."""
    for name in inspect.get_annotations(cls):
        yield name, None
    for name, value in vars(cls).items():
        if name.startswith("__"):
            is_own = inspect.isfunction(value) and value.__qualname__ == f"{cls.__qualname__}.{name}"
        else:
            is_own = name not in _TYPING_NAMES
        if is_own:
            yield name, value


def _check_events(where: str, events: object) -> None:
    if not isinstance(events, tuple):
        raise ContractError(f"{where}: events={events!r} is no tuple; say events=(SomeEvent,), with the comma.")
    for event in events:
        if not is_event(event):
            raise ContractError(f"{where}: {getattr(event, '__name__', event)} is no Event; derive it from Event.")
        code, key = getattr(event, "code", None), getattr(event, "key", None)
        if not (isinstance(code, str) and code):
            raise ContractError(f"{where}: event {event.__name__} has no code; add code: ClassVar[str] = '…'.")
        if key not in event.__struct_fields__:
            raise ContractError(
                f"{where}: event {event.__name__} has no key; add key: ClassVar[str] = the field that orders it."
            )
        for problem in message_problems(event):
            raise ContractError(f"{where}: event {event.__name__}: {problem}.")


def _check_codes(where: str, kinds: Iterable[type[Error] | type[Event]]) -> None:
    by_code: dict[str, type] = {}
    for kind in kinds:
        other = by_code.setdefault(kind.code, kind)
        if other is not kind:
            raise ContractError(
                f"{where}: {other.__name__} and {kind.__name__} share the code {kind.code!r}; give each its own."
            )


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"V\d+$", "", name)).lower()
