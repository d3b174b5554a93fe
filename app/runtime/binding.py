"""Bindings: what stands behind a contract now, and the proxies that show it to callers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from app.runtime.absent import absent
from app.runtime.guard import Guard
from app.runtime.pipeline import Swap, compile_operation
from app.runtime.route import Route
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from contracts.kit import Contract, ContractError, Operation


class Binding:
    """One contract's binding. It begins *absent*, for a ``reason``; `bind` swaps what stands behind all its proxies.

    A swap waits for nothing: calls and streams under way end where they began, new ones take the new
    way. It must happen on the event loop's thread.
    """

    def __init__(self, contract: Contract, name: str, sweep: Sweep, *, reason: str, guard: Guard | None = None) -> None:
        self.contract = contract
        self.name = name
        self.routes: list[Route] = []
        self._sweep = sweep
        self._guard = guard
        self._swaps: list[tuple[Operation, Swap]] = []
        self._proxies: dict[str, Any] = {}
        self.reason = reason
        self._absent = self.target = absent(contract, name, reason)
        sweep.watch(self.target)

    @property
    def is_absent(self) -> bool:
        """Whether nothing stands behind the contract."""
        return self.target is self._absent

    def bind(self, target: Target) -> Target:
        """Put a target behind the contract and return the one before, retired: `drain` it to close it."""
        check_provider(self.contract, target.provider)
        return self._swap(target)

    def unbind(self, reason: str) -> Target:
        """Leave nothing behind the contract, and return what stood there, retired."""
        self.reason = reason
        self._absent = absent(self.contract, self.name, reason)
        return self._swap(self._absent)

    def _swap(self, target: Target) -> Target:
        before, self.target = self.target, target
        self._sweep.watch(target)
        for operation, swap in self._swaps:
            swap(_function(target, operation), target.calls, target.limit, target.once.get(operation.name))
        before.retired = True
        return before

    def proxy(self, caller: str) -> Any:
        """Return the object that a caller holds for this contract: a nominal instance of it, made once."""
        if caller not in self._proxies:
            self._proxies[caller] = self._make_proxy(caller)
        return self._proxies[caller]

    def _make_proxy(self, caller: str) -> Any:
        methods: dict[str, Callable[..., Any]] = {}
        for name, operation in self.contract.operations.items():
            route = Route(caller, self.name, operation, self._sweep.patience)
            methods[name], swap = compile_operation(
                route, operation, self.target, _function(self.target, operation), self._guard
            )
            self.routes.append(route)
            self._swaps.append((operation, swap))
        protocol = self.contract.protocol
        return type(f"{protocol.__name__}For{caller.title()}", (protocol,), {"__slots__": (), **methods})()


def check_provider(contract: Contract, provider: object) -> None:
    """Raise `ContractError` unless an object provides a contract by name and by signature."""
    cls, protocol = type(provider), contract.protocol
    if not isinstance(provider, protocol) or protocol not in cls.__mro__:
        raise ContractError(f"{cls.__name__} does not provide {protocol.__name__}; let it inherit the contract.")
    for operation in contract.operations.values():
        wanted = _parameters(getattr(protocol, operation.name))
        if wanted != _parameters(getattr(cls, operation.name)):
            raise ContractError(
                f"{cls.__name__}.{operation.name} does not take its contract's parameters; say {wanted}."
            )


def _parameters(method: Callable[..., Any]) -> inspect.Signature:
    """Return names, kinds and defaults only: mypy sees to the types."""
    parameters = inspect.signature(method).parameters.values()
    return inspect.Signature([each.replace(annotation=each.empty) for each in parameters])


def _function(target: Target, operation: Operation) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(target.provider, operation.name)
    return function
