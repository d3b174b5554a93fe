"""What a host lets others call: its own contracts, by those whose modules declare the need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.runtime.binding import Binding
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.hello import DOOR, HOST
from contracts.kit import PermissionDenied, Unavailable


class Export(NamedTuple):
    """One operation as one caller may call it: through the whole pipeline."""

    codec: OperationCodec
    method: Callable[..., Any]


class Exports:
    """The contracts that a host serves, by their keys, and who may call which.

    ``needs`` has, for each module, the keys of the contracts it declares a need of; the host itself and the
    door are bound by what the actor may do alone.
    """

    def __init__(self, codecs: Mapping[str, ContractCodec], needs: Mapping[str, frozenset[str]]) -> None:
        self.codecs = codecs
        self._needs = needs
        self._bindings: dict[str, Binding] = {}

    def serve(self, key: str, binding: Binding) -> None:
        """Let a contract be called from outside."""
        self._bindings[key] = binding

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """The contracts that can be called here, by their keys."""
        return self._bindings

    def find(self, caller: str, path: str) -> Export:
        """Return an operation by its path (``catalog.v1/get_product``), as the caller may call it.

        `Unavailable` where this host does not serve it; `PermissionDenied` where the caller is a module that
        does not declare the need, or is unknown.
        """
        key, _, name = path.partition("/")
        binding, codec = self._bindings.get(key), self.codecs.get(key)
        operation = None if codec is None else codec.operations.get(name)
        if caller not in (HOST, DOOR) and key not in self._needs.get(caller, ()):
            raise PermissionDenied(operation=path if operation is None else operation.name)
        if binding is None or operation is None:
            raise Unavailable(operation=path, reason="this host does not serve it")
        return Export(operation, getattr(binding.proxy(caller), name))
