"""The message guard: what crosses a boundary within a process is what would cross between two.

Within a process nobody encodes anything, so a list for a tuple, an heir of a message, a session or a row would be
passed as they are, until the module moves and they are not. On in development and in tests, off in production,
where it would cost more than the call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NoReturn, cast

from app.line import Line, calling_line, line_of
from app.runtime.crossing import problem_of
from app.runtime.exactness import exactness
from app.runtime.failures import is_undeclared
from app.runtime.guard import Violation
from app.runtime.signature import signature
from app.runtime.target import Once, Target
from app.wire.codec import ContractCodec, OperationCodec, error_form
from contracts.kit import Error, Event, InvalidArgument
from contracts.kit.bounds import checker
from contracts.kit.context import Frame, current_frame

log = logging.getLogger("freestone.guard")


def guarded(target: Target, codec: ContractCodec, *, outside: bool = False) -> Target:
    """Let everything that a target takes and gives be looked at; it stays the same target.

    ``outside`` of a codec only what it takes, since what it gives has come through.
    """
    kind = _Guard if not outside else _Entrance
    guards = {name: kind(each, getattr(target.provider, name)) for name, each in codec.operations.items()}
    methods = {name: each.method() for name, each in guards.items()}
    protocol = codec.contract.protocol
    target.provider = type(f"Guarded{protocol.__name__}", (protocol,), {"__slots__": (), **methods})()
    target.once = {name: guards[name].once(each) for name, each in target.once.items()}
    return target


def check_event(module: str, event: Event) -> None:
    """Raise `Violation` for an event that would not arrive as it is published."""
    problem = problem_of(event, exactness(type(event)))
    if problem:
        _refuse(f"{module} publishes {type(event).__name__} with {problem}", calling_line())


class _Guard:
    """What is looked at in the calls of one operation."""

    def __init__(self, codec: OperationCodec, method: Callable[..., Any]) -> None:
        self._name = codec.name
        self._operation = codec.operation
        self._method = method
        self._line = line_of(method)
        self._takes = tuple((each.name, exactness(each.type)) for each in codec.operation.parameters)
        self._gives = exactness(codec.operation.returns)
        self._verb = "yields" if codec.operation.semantics.kind == "stream" else "returns"
        self._bounds = checker(codec.name, {self._verb: codec.operation.returns})

    def method(self) -> Callable[..., Any]:
        """Return the method that stands before the provider's own."""
        operation = self._operation
        text = _STREAM if operation.semantics.kind == "stream" else _CALL
        source = text.format(
            signature=signature(operation),
            values="".join(f"{each.name}, " for each in operation.parameters),
            passed=", ".join(
                f"{each.name}={each.name}" if each.keyword_only else each.name for each in operation.parameters
            ),
        )
        namespace = {"_method": self._method, "_take": self._take, "_give": self._give, "_blame": self._blame}
        namespace |= {f"_default_{each.name}": each.default for each in operation.parameters if each.has_default}
        exec(compile(source, f"<message guard of {self._name}>", "exec"), namespace)  # noqa: S102 - made here
        return cast(Callable[..., Any], namespace["_operation"])

    def once(self, once: Once) -> Once:
        """Return what runs the command under a key; it need not come to the provider's method."""

        async def guarded_once(frame: Frame, key: str, target: object, arguments: tuple[Any, ...]) -> object:
            self._take(arguments)
            return await once(frame, key, target, arguments)

        return guarded_once

    def _take(self, values: tuple[Any, ...]) -> None:
        """Refuse arguments that would be refused elsewhere, or would arrive as something else."""
        for (name, check), value in zip(self._takes, values, strict=True):
            problem = problem_of(value, check, name)
            if problem:
                route = current_frame().route
                sentence = _sentence(f"{route.caller} calls {self._name} with {problem}", calling_line())
                log.error("message guard: %s", sentence)
                raise InvalidArgument(where=self._name, problem=sentence)

    def _give(self, value: Any) -> None:
        """Refuse a result, or an item of a stream."""
        problem = problem_of(value, self._gives) or self._out_of_bounds(value)
        if problem:
            _refuse(f"{self._name} {self._verb} {problem}", self._line)

    def _out_of_bounds(self, value: Any) -> str:
        try:
            if self._bounds is not None:
                self._bounds((value,))
        except InvalidArgument as error:
            return f"what is out of its bounds ({error.problem}); keep to them, or change the contract"
        return ""

    def _blame(self, error: Exception) -> None:
        """Say that an error is undeclared; refuse a declared one that would not arrive as it was raised."""
        kind = type(error).__name__
        if isinstance(error, Violation):
            return
        if is_undeclared(current_frame(), error):
            log.error("message guard: %s", _sentence(f"{self._name} raised {self._undeclared(error)}", self._line))
        elif isinstance(error, Error):
            problem = problem_of(error_form(error), exactness(error.form))
            if problem:
                _refuse(f"{self._name} raises {kind} with {problem}", self._line)

    def _undeclared(self, error: Exception) -> str:
        """Return what is wrong with an error; another version's looks like the declared one, and is not."""
        kind = type(error)
        for declared in self._operation.semantics.raises:
            if isinstance(error, Error) and declared.code == error.code:
                where, own = kind.__module__, declared.__module__
                return (
                    f"{kind.__name__} of {where}, where its contract declares that of {own}; catch it, and raise that"
                )
        return f"{kind.__name__}, which its contract does not declare; catch it, or extend raises="


class _Entrance(_Guard):
    """What is looked at outside of a codec."""

    def _give(self, value: Any) -> None:
        pass

    def _blame(self, error: Exception) -> None:
        pass


_CALL = """
async def _operation({signature}):
    _take(({values}))
    try:
        _result = await _method({passed})
    except Exception as _error:
        _blame(_error)
        raise
    _give(_result)
    return _result
"""

_STREAM = """
async def _operation({signature}):
    _take(({values}))
    try:
        _items = _method({passed})
        try:
            async for _item in _items:
                _give(_item)
                yield _item
        finally:
            if hasattr(_items, "aclose"):
                await _items.aclose()
    except Exception as _error:
        _blame(_error)
        raise
"""


def _refuse(text: str, line: Line | None) -> NoReturn:
    sentence = _sentence(text, line)
    log.error("message guard: %s", sentence)
    raise Violation(sentence)


def _sentence(text: str, line: Line | None) -> str:
    return f"{text}." if line is None else f"{text} ({line})."
