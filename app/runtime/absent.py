"""What stands behind a contract while nothing does: it says so, with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from app.runtime.target import Target
from contracts.kit import Contract, Unavailable

UNLIMITED = 1 << 30


def absent(contract: Contract, name: str, reason: str) -> Target:
    """Make a target whose every operation raises `Unavailable` with a reason."""
    methods: dict[str, Callable[..., Any]] = {}
    for operation in contract.operations.values():
        refuse = _stream if operation.semantics.kind == "stream" else _call
        methods[operation.name] = refuse(Unavailable(operation=f"{name}.{operation.name}", reason=reason))
    provider = type(f"Absent{contract.protocol.__name__}", (contract.protocol,), methods)()
    return Target(provider, UNLIMITED, once=dict.fromkeys(contract.operations, _once))


def _call(error: Unavailable) -> Callable[..., Any]:
    async def refuse(*_: object, **__: object) -> None:
        raise error.fresh()

    return refuse


def _stream(error: Unavailable) -> Callable[..., Any]:
    return lambda *_, **__: _Refusing(error)


class _Refusing(AsyncIterator[None]):
    def __init__(self, error: Unavailable) -> None:
        self._error = error

    async def __anext__(self) -> None:
        raise self._error.fresh()


async def _once(_frame: object, _key: str, target: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return await target(*arguments)
