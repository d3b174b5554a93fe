"""What crosses when a contract is called, as plain data: written as JSON it is what the lock file holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from app.evolution.annotations import Types
from app.evolution.parts import FieldShape as FieldShape
from app.evolution.parts import MessageShape as MessageShape
from app.evolution.parts import TypeShape as TypeShape
from contracts.kit import Contract, Event, Operation

LENGTH = 16
"""Hexadecimal digits of a fingerprint: enough to tell versions apart by accident; nobody is kept out by it."""


class EventShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event; ``key`` names the field within whose values order is kept."""

    key: str
    fields: dict[str, FieldShape] = {}


class OperationShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation: its semantics, what it takes, what it gives (a stream: each item) and its errors by code."""

    kind: str
    deadline: float
    allow: tuple[str, ...]
    returns: TypeShape
    repeat: str | None = None
    parameters: dict[str, FieldShape] = {}
    raises: dict[str, MessageShape] = {}


class ContractShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contract: its operations by name, its events by code, and the messages in them by name."""

    contract: str
    operations: dict[str, OperationShape] = {}
    events: dict[str, EventShape] = {}
    types: dict[str, MessageShape] = {}


def shape_of(contract: Contract, key: str, events: Iterable[type[Event]] | None = None) -> ContractShape:
    """Return a contract's shape under a key such as ``catalog.v1``; ``events`` are its own unless others are given."""
    types = Types()
    operations = {name: _operation(contract.operations[name], types) for name in sorted(contract.operations)}
    announced = sorted(contract.events if events is None else events, key=lambda event: event.code)
    shapes = {event.code: EventShape(event.key, types.fields(event)) for event in announced}
    return ContractShape(key, operations, shapes, dict(sorted(types.table.items())))


def fingerprint(shape: ContractShape) -> str:
    """Return a short digest: the same in every process and Python, for all shapes that send and read the same.

    It is silent about names of classes, the order of fields, defaults, deadlines and permissions, which each side keeps
    by itself.
    """
    canonical = msgspec.json.encode(_Canonical(shape.types).of_contract(shape), order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:LENGTH]


def _operation(operation: Operation, types: Types) -> OperationShape:
    semantics = operation.semantics
    return OperationShape(
        kind=semantics.kind,
        repeat=None if semantics.repeat is None else semantics.repeat.value,
        deadline=float(semantics.deadline),
        allow=tuple(sorted(semantics.allow)),
        parameters={
            each.name: types.field(each.type, each.default if each.has_default else msgspec.UNSET)
            for each in sorted(operation.parameters, key=lambda each: each.name)
        },
        returns=types.of(operation.returns),
        raises={
            each.code: MessageShape(types.fields(each.form))
            for each in sorted(semantics.raises, key=lambda error: error.code)
        },
    )


class _Canonical:
    """What of a shape counts; messages are numbered in the order in which they are met instead of named."""

    def __init__(self, types: Mapping[str, MessageShape]) -> None:
        self._types = types
        self._numbers: dict[str, int] = {}
        self._messages: list[object] = []

    def of_contract(self, shape: ContractShape) -> list[object]:
        operations = {
            name: [
                each.kind,
                each.repeat,
                self._fields(each.parameters),
                self._type(each.returns),
                {code: self._fields(error.fields) for code, error in sorted(each.raises.items())},
            ]
            for name, each in sorted(shape.operations.items())
        }
        events = {code: [each.key, self._fields(each.fields)] for code, each in sorted(shape.events.items())}
        return [shape.contract, operations, events, self._messages]

    def _fields(self, fields: Mapping[str, FieldShape]) -> dict[str, object]:
        return {name: [self._type(each.type), each.required] for name, each in sorted(fields.items())}

    def _type(self, shape: TypeShape) -> dict[str, object]:
        said: dict[str, object] = {
            name: value
            for name in shape.__struct_fields__
            if name not in ("items", "name") and (value := getattr(shape, name)) not in (None, ())
        }
        if shape.kind == "message":
            said["message"] = self._number(shape.name)
        return said | ({"items": [self._type(each) for each in shape.items]} if shape.items else {})

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            number = self._numbers[name] = len(self._messages)
            self._messages.append(None)  # its place, for one that contains itself
            message = self._types[name]
            self._messages[number] = [message.tag, message.tag_field, self._fields(message.fields)]
        return self._numbers[name]
