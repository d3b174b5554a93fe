"""The call pipeline: one short function per caller and operation, compiled with its exact signature.

In order: permission → bounds → deadline → limit → target → error translation → measurement. A compiled
function keeps target, table and limit in closure cells, which a swap rebinds; a call that has begun
keeps those it began with. Everything a call costs is in `_CALL`. Its own names begin with an underscore,
as no parameter does. Before it raises it forgets what leads to its task: a task keeps the error that
ended it, and the error's traceback the names of the functions it came through.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from textwrap import indent
from typing import TYPE_CHECKING, Any

from app.runtime.failures import counted, translate
from app.runtime.guard import Guard
from app.runtime.signature import signature
from app.runtime.streams import StreamCall
from contracts.kit import ANYONE, InvalidArgument, Operation
from contracts.kit.bounds import Check, checker
from contracts.kit.context import HOLDER, Frame, adopt
from contracts.kit.errors import Overloaded, PermissionDenied, TimedOut

if TYPE_CHECKING:
    from app.runtime.route import Route
    from app.runtime.target import Target

Swap = Callable[[Callable[..., Any], "set[Frame]", int, Any], None]

if sys.version_info >= (3, 12):
    _current_task = asyncio.current_task
else:

    def _current_task() -> asyncio.Task[Any]:
        """What `asyncio.current_task` answers, without its 280 ns of checks in Python."""
        task: asyncio.Task[Any] = asyncio.tasks._current_tasks[asyncio.get_running_loop()]  # type: ignore[attr-defined]
        return task


_CALL = """
def _compile(_target, _calls, _limit, _once):
    async def _operation({signature}):
        _task = _current_task()
        _holder = _get_holder()
        if _holder is None or _holder.coroutine is not _task.get_coro():
            _holder = _adopt(_task)
        _outer = _holder.frame
        _started = _clock()
{checks}
        _due = _started + {allowance}
        if _outer.due < _due:
            _due = _outer.due
            if _due <= _started:
                del _task
                _refuse_late()
        _under_way = _calls
        if len(_under_way) >= _limit:
            del _task
            _refuse_full()
        _frame = _Frame(_due, _task, _task.cancelling(), _outer, _outer.context, _route, _started)
        _holder.frame = _frame
        _under_way.add(_frame)
        _failure = None
        try:
            {call}
        except BaseException as _error:
            _failure = _translate(_frame, _error)
        finally:
            _holder.frame = _outer
            _under_way.discard(_frame)
            _buckets[(_clock() - _started).bit_length()] += 1
        if _failure is not None:
            try:
                raise _failure
            finally:
                del _failure, _frame, _outer, _task
        if _frame.fired:
            _task.uncancel()
        return _result

    def _swap(*new):
        nonlocal _target, _calls, _limit, _once
        _target, _calls, _limit, _once = new

    return _operation, _swap
"""

_STREAM = """
def _compile(_target, _calls, _limit, _once):
    def _now():
        return _target, _calls, _limit

    def _operation({signature}):
        def _refuse(_holder, _task=None):
            _outer = _holder.frame
{checks}
            if _outer.due <= _clock():
                _refuse_late()

        return _StreamCall(_route, _now, lambda _target: _target({passed}), _refuse, _guard)

    def _swap(*new):
        nonlocal _target, _calls, _limit, _once
        _target, _calls, _limit, _once = new

    return _operation, _swap
"""


def compile_operation(
    route: Route, operation: Operation, target: Target, function: Callable[..., Any], guard: Guard | None
) -> tuple[Callable[..., Any], Swap]:
    """Return the method that a proxy shows for an operation, and the function that swaps its target."""
    check = checker(route.name, {each.name: each.type for each in operation.parameters})
    namespace = _namespace(route, operation, check, guard)
    is_stream = operation.semantics.kind == "stream"
    source = _STREAM if is_stream else _CALL
    text = source.format(
        signature=signature(operation),
        passed=_passed(operation),
        allowance=route.allowance,
        checks=indent("\n".join(_checks(operation, check, guard)), " " * (12 if is_stream else 8)),
        call=_call(operation),
    )
    exec(compile(text, f"<freestone {route.caller} → {route.name}>", "exec"), namespace)  # noqa: S102 - the text is made here
    once = target.once.get(operation.name)
    method, swap = namespace["_compile"](function, target.calls, target.limit, once)
    method.__code__ = method.__code__.replace(co_name=operation.name)
    method.__name__, method.__qualname__ = operation.name, f"{route.caller}→{route.name}"
    method.__doc__ = operation.doc
    return method, swap


def _namespace(route: Route, operation: Operation, check: Check | None, guard: Guard | None) -> dict[str, Any]:
    def refuse_late() -> None:
        raise counted(route, TimedOut(operation=route.name))

    def refuse_full() -> None:
        raise counted(route, Overloaded(operation=route.name))

    def refuse_actor() -> None:
        raise counted(route, PermissionDenied(operation=route.name))

    def refuse_bounds(fields: dict[str, Any]) -> None:
        raise counted(route, InvalidArgument(**fields))

    namespace: dict[str, Any] = {
        "_adopt": adopt,
        "_allow": operation.semantics.allow,
        "_buckets": route.buckets,
        "_check": check,
        "_clock": time.monotonic_ns,
        "_current_task": _current_task,
        "_Frame": Frame,
        "_get_holder": HOLDER.get,
        "_guard": guard,
        "_InvalidArgument": InvalidArgument,
        "_refuse_actor": refuse_actor,
        "_refuse_bounds": refuse_bounds,
        "_refuse_full": refuse_full,
        "_refuse_late": refuse_late,
        "_route": route,
        "_StreamCall": StreamCall,
        "_translate": translate,
    }
    namespace |= {f"_default_{each.name}": each.default for each in operation.parameters if each.has_default}
    return namespace


def _tuple(operation: Operation) -> str:
    return "".join(f"{each.name}, " for each in operation.parameters)


def _passed(operation: Operation) -> str:
    return ", ".join(f"{each.name}={each.name}" if each.keyword_only else each.name for each in operation.parameters)


def _checks(operation: Operation, check: Check | None, guard: Guard | None) -> list[str]:
    lines = []
    if operation.semantics.allow != ANYONE:
        lines += ["if _allow.isdisjoint(_outer.context.actor.roles):", "    del _task", "    _refuse_actor()"]
    if guard is not None:
        lines += ["if _holder.writing is not None:", "    _guard(_holder.writing, _route.name)"]
    if check is not None:
        values = "".join(f"{name}, " for name in check.names)
        lines += ["_bad = None", "try:", f"    _check(({values}))"]
        lines += ["except _InvalidArgument as _error:", "    _bad = _error.fields"]
        lines += ["if _bad is not None:", "    del _task", "    _refuse_bounds(_bad)"]
    return lines


def _call(operation: Operation) -> str:
    plain = f"_result = await _target({_passed(operation)})"
    if operation.semantics.repeat is None:
        return plain
    return f"""if _outer.next_key is None:
                {plain}
            else:
                _result = await _once(_frame, _outer.next_key, _target, ({_tuple(operation)}))"""
