"""Operations and their semantics: what a contract says about each of its methods."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from enum import StrEnum
from typing import Any, Literal, TypeVar

import msgspec

from contracts.kit.actors import ANYONE, Role
from contracts.kit.errors import CallError, ContractError, Error
from contracts.kit.portable import message_problems

Q = TypeVar("Q", bound=Callable[..., Coroutine[Any, Any, Any]])
S = TypeVar("S", bound=Callable[..., AsyncIterator[Any]])

LONGEST = 3600.0
"""The longest deadline an operation may declare, in seconds."""


class Repeat(StrEnum):
    """How a command may be repeated under the same idempotency key.

    ``ATOMIC``: exactly one write transaction, which also stores the key and the result.
    ``PROCESS``: the first transaction stores the key with the saga's row; later arrivals are answered
    from that row.
    """

    ATOMIC = "atomic"
    PROCESS = "process"


atomic = Repeat.ATOMIC
process = Repeat.PROCESS


class Semantics(msgspec.Struct, frozen=True):
    """What may be relied on: the kind, the deadline in seconds (of a stream: for each item), who may
    call, which errors are declared, and how a command may be repeated (None: it may not)."""

    kind: Literal["query", "command", "stream"]
    deadline: float
    allow: frozenset[Role]
    raises: tuple[type[Error], ...]
    repeat: Repeat | None = None


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of an operation; ``default`` counts only where ``has_default``."""

    name: str
    type: Any
    keyword_only: bool
    has_default: bool
    default: Any


class Operation(msgspec.Struct, frozen=True):
    """One method of a contract; ``returns`` is the result's type, of a stream the item's."""

    name: str
    semantics: Semantics
    parameters: tuple[Parameter, ...]
    returns: Any
    doc: str


def query(
    *, deadline: float = 1.0, allow: frozenset[Role] = ANYONE, raises: tuple[type[Error], ...] = ()
) -> Callable[[Q], Q]:
    """Mark an operation that changes nothing and may be repeated at will. ``deadline`` in seconds."""
    return _marker(Semantics("query", deadline, allow, raises))


def command(
    repeat: Repeat | None = None,
    *,
    deadline: float = 5.0,
    allow: frozenset[Role] = ANYONE,
    raises: tuple[type[Error], ...] = (),
) -> Callable[[Q], Q]:
    """Mark an operation that changes something; without ``repeat`` it is never retried."""
    return _marker(Semantics("command", deadline, allow, raises, repeat))


def stream(
    *, deadline: float = 5.0, allow: frozenset[Role] = ANYONE, raises: tuple[type[Error], ...] = ()
) -> Callable[[S], S]:
    """Mark an operation that yields items; ``deadline`` is the longest wait for each, in seconds."""
    return _marker(Semantics("stream", deadline, allow, raises))


def semantics_of(member: object) -> Semantics | None:
    """Return what a method was marked with, or None."""
    found: Semantics | None = getattr(member, "__freestone_semantics__", None)
    return found


def _marker(semantics: Semantics) -> Callable[[Any], Any]:
    def mark(method: Any) -> Any:
        if not inspect.isfunction(method):
            return method  # `contract` refuses it, by its name
        where = method.__qualname__.rpartition("<locals>.")[2]
        if semantics_of(method) is not None:
            raise ContractError(f"{where} is marked twice; keep one of @query(), @command() and @stream().")
        _check_deadline(where, semantics.deadline)
        _check_roles(where, semantics.allow)
        _check_repeat(where, semantics.repeat)
        _check_raises(where, semantics.raises)
        method.__freestone_semantics__ = semantics  # type: ignore[attr-defined]  # read by semantics_of
        method.__isabstractmethod__ = True  # type: ignore[attr-defined]  # what abc.abstractmethod does
        return method

    return mark


def _check_deadline(where: str, deadline: object) -> None:
    if isinstance(deadline, bool) or not isinstance(deadline, (int, float)) or not 0 < deadline <= LONGEST:
        raise ContractError(f"{where}: deadline={deadline!r}; give seconds, more than 0 and at most {LONGEST:.0f}.")


def _check_roles(where: str, allow: object) -> None:
    if not (isinstance(allow, frozenset) and allow and all(isinstance(role, Role) for role in allow)):
        raise ContractError(f"{where}: allow={allow!r}; say ANYONE, CUSTOMER, STAFF, OPERATOR or SYSTEM.")


def _check_repeat(where: str, repeat: object) -> None:
    if repeat is not None and not isinstance(repeat, Repeat):
        raise ContractError(f"{where} cannot be repeated as {repeat!r}; say @command(atomic) or @command(process).")


def _check_raises(where: str, raises: object) -> None:
    if not isinstance(raises, tuple):
        raise ContractError(f"{where}: raises={raises!r} is no tuple; say raises=(SomeError,), with the comma.")
    for error in raises:
        if not (isinstance(error, type) and issubclass(error, Error)):
            name = getattr(error, "__name__", error)
            raise ContractError(f"{where}: raises {name}, which is no Error; derive it from Error.")
        if error is Error:
            raise ContractError(f"{where}: raises Error, the root of errors; name its leaves.")
        if issubclass(error, CallError):
            raise ContractError(f"{where}: raises {error.__name__}, which every call may raise; leave it out.")
        for problem in message_problems(error.form):
            raise ContractError(f"{where}: raises {error.__name__}: {problem}.")
