"""Walks from an object to others that were never handed over."""

from __future__ import annotations

from app.lint.forbidden.forbidden import BUSINESS, Forbidden

RULE = "object-graph"

KIT = {"contracts.kit": "reads the contracts' classes as they are defined"}

FORBIDDEN = (
    Forbidden(
        rule=RULE,
        names=frozenset({
            "gc", "ctypes", "_ctypes", "cffi", "sys._getframe", "sys._getframemodulename", "sys._current_frames",
            "inspect.stack", "inspect.currentframe", "inspect.getmodule", "inspect.getouterframes",
            "inspect.getinnerframes", "inspect.trace", "inspect.getclosurevars", "inspect.getgeneratorlocals",
            "inspect.getcoroutinelocals", "traceback.walk_stack", "traceback.walk_tb",
        }),
        text="{who} uses {name} to reach objects that nobody handed to it; ask for what it needs in the container.",
        lawful={
            "app.line": "says at which line a call was made",
            "app.lint": "proves the boundaries",
        },
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "builtins.globals", "builtins.locals", "contextvars.copy_context", "inspect.getmembers",
            "inspect.getmembers_static", "inspect.unwrap", "builtins.vars", "builtins.__builtins__",
            "types.FunctionType", "types.CodeType", "operator.methodcaller", "asyncio.all_tasks",
            "threading.enumerate", "sys.settrace", "sys.setprofile", "threading.settrace", "threading.setprofile",
        }),
        packages=BUSINESS,
        text="{who} uses {name}; name what is meant, so that it can be seen.",
        lawful=KIT,
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "builtins.object.__setattr__", "builtins.object.__delattr__", "msgspec.structs.force_setattr",
        }),
        packages=BUSINESS,
        text="{who} uses {name} on what was declared not to change; make a new one with msgspec.structs.replace.",
        lawful=KIT,
    ),
)  # fmt: skip
