"""How an operation's arguments, results and errors are encoded: MessagePack between hosts, JSON at the door.

Arguments travel as a map from parameter names to values, so that either side may know a parameter more than
the other. Everything that depends on the operation is prepared once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contracts.kit import CallError, Contract, Error, Internal, InvalidArgument, Operation
from contracts.kit.errors import Conflict, Overloaded, PermissionDenied, TimedOut, Unavailable
from contracts.kit.message import Decoder

CALL_ERRORS: Mapping[str, type[CallError]] = {
    each.code: each
    for each in (Conflict, Internal, InvalidArgument, Overloaded, PermissionDenied, TimedOut, Unavailable)
}
"""What every call may raise, by code."""


class OperationCodec:
    """One operation's encoding.

    ``key`` is its contract's, ``path`` its name on the wire and behind ``/rpc/`` (``catalog.v1/get_product``), ``name``
    the one in errors and logs (``catalog.get_product``). ``form`` is the struct into which arguments are decoded, a
    field for each parameter; ``arguments`` and ``result`` decode MessagePack, ``arguments_json`` and ``result_json``
    JSON: for a stream a result is an item. ``invoke(method, form)`` calls a method with a form's fields.
    """

    __slots__ = (
        "arguments",
        "arguments_json",
        "errors",
        "form",
        "invoke",
        "key",
        "name",
        "names",
        "operation",
        "path",
        "result",
        "result_json",
    )

    def __init__(self, key: str, name: str, operation: Operation) -> None:
        self.key = key
        self.path = f"{key}/{operation.name}"
        self.name = f"{name}.{operation.name}"
        self.operation = operation
        self.names = tuple(each.name for each in operation.parameters)
        self.form = msgspec.defstruct(
            operation.name,
            [(each.name, each.type, *((each.default,) if each.has_default else ())) for each in operation.parameters],
            kw_only=True,
            frozen=True,
        )
        self.arguments = Decoder(msgspec.msgpack.Decoder(self.form))
        self.arguments_json = Decoder(msgspec.json.Decoder(self.form))
        self.result = Decoder(msgspec.msgpack.Decoder(operation.returns))
        self.result_json = Decoder(msgspec.json.Decoder(operation.returns))
        self.errors: Mapping[str, type[Error]] = {
            **CALL_ERRORS,
            **{each.code: each for each in operation.semantics.raises},
        }
        self.invoke = _invoke(operation)

    def bad_argument(self, error: Exception) -> InvalidArgument:
        """Return what the caller is told of arguments that could not be encoded or decoded."""
        return InvalidArgument(where=self.name, problem=str(error))

    def error(self, code: str, fields: msgspec.Raw) -> Error:
        """Return the error that arrived as MessagePack; one that this side does not know is `Internal`."""
        return self._error(code, lambda form: msgspec.msgpack.decode(fields, type=form))

    def error_json(self, code: str, fields: msgspec.Raw) -> Error:
        """As `error`, from JSON."""
        return self._error(code, lambda form: msgspec.json.decode(fields, type=form))

    def _error(self, code: str, decode: Callable[[type[msgspec.Struct]], msgspec.Struct]) -> Error:
        kind = self.errors.get(code)
        if kind is None:
            return Internal(operation=self.name, incident=f"it answered with an unknown error, {code}")
        try:
            values = msgspec.structs.asdict(decode(kind.form))
            if issubclass(kind, CallError) and values.get("operation") == self.path:
                values["operation"] = self.name  # the other side knows no such operation, and so not its name
            return kind(**values)
        except Exception as error:  # noqa: BLE001 - whatever it is, it lies in what arrived
            return Internal(operation=self.name, incident=f"it answered with a damaged error, {code}: {error}")


class ContractCodec:
    """A contract's operations, each with its encoding, by the operation's own name.

    ``key`` names the contract on the wire: ``catalog.v1``, or ``catalog.outbox.v1`` for a module's outbox.
    """

    def __init__(self, contract: Contract, key: str, name: str) -> None:
        self.contract = contract
        self.key = key
        self.name = name
        self.operations = {each.name: OperationCodec(key, name, each) for each in contract.operations.values()}


def error_form(error: Error) -> msgspec.Struct:
    """Return an error's fields as a struct to be encoded, beside its ``code``."""
    return error.form(**error.fields)


def _invoke(operation: Operation) -> Callable[[Callable[..., Any], Any], Any]:
    passed = ", ".join(
        f"{each.name}=_form.{each.name}" if each.keyword_only else f"_form.{each.name}" for each in operation.parameters
    )
    made: Callable[[Callable[..., Any], Any], Any] = eval(f"lambda _method, _form: _method({passed})")  # noqa: S307 - the text is made here
    return made
