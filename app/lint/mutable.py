"""Which expressions make something that can be changed, and which annotations have mypy refuse to change it."""

from __future__ import annotations

import ast

import msgspec

from app.lint.names import Names
from app.lint.reader import Scopes


class Made(msgspec.Struct, frozen=True):
    """Something that can be changed: what it is, for people, and how it is kept from being changed."""

    what: str
    mend: str


_ANY = "make it where it is used, or keep it in the service"
_DICT = Made("a dict", "annotate it as Mapping[…], so that mypy refuses to change it, or keep it in the service")
_LIST = Made("a list", "write a tuple, or keep it in the service")
_SET = Made("a set", "write a frozenset, or keep it in the service")

_DISPLAYS: dict[type[ast.AST], Made] = {
    ast.Dict: _DICT,
    ast.DictComp: _DICT,
    ast.List: _LIST,
    ast.ListComp: _LIST,
    ast.Set: _SET,
    ast.SetComp: _SET,
    ast.GeneratorExp: Made("a generator", "write a tuple"),
}

_CALLS = {
    "builtins.dict": _DICT,
    "builtins.dict.fromkeys": _DICT,
    "builtins.list": _LIST,
    "builtins.sorted": _LIST,
    "builtins.set": _SET,
    **{
        name: Made(f"a {name.rpartition('.')[2]}", _ANY)
        for group, kinds in {
            "builtins": "bytearray enumerate filter iter map open reversed zip",
            "array": "array",
            "asyncio": "Barrier BoundedSemaphore Condition Event Lock LifoQueue PriorityQueue Queue Runner Semaphore "
            "create_task get_event_loop new_event_loop",
            "collections": "ChainMap Counter OrderedDict UserDict UserList defaultdict deque",
            "concurrent.futures": "ProcessPoolExecutor ThreadPoolExecutor",
            "contextvars": "ContextVar",
            "copy": "copy deepcopy",
            "functools": "cache lru_cache singledispatch",
            "io": "BytesIO StringIO open",
            "itertools": "chain count cycle",
            "queue": "LifoQueue PriorityQueue Queue SimpleQueue",
            "random": "Random",
            "sqlite3": "connect",
            "threading": "Barrier BoundedSemaphore Condition Event Lock RLock Semaphore Thread Timer local",
            "types": "ModuleType SimpleNamespace",
            "weakref": "WeakKeyDictionary WeakSet WeakValueDictionary",
            "jinja2": "Environment",
            "jinja2.sandbox": "SandboxedEnvironment",
            "sqlalchemy": "create_engine",
            "sqlalchemy.ext.asyncio": "async_sessionmaker create_async_engine",
            "sqlalchemy.orm": "sessionmaker",
            "starlette.applications": "Starlette",
            "starlette.routing": "Router",
            "aiohttp": "ClientSession",
            "httpx": "AsyncClient Client",
            "httpx2": "AsyncClient Client",
        }.items()
        for name in (f"{group}.{kind}" for kind in kinds.split())
    },
}

_SPLITTING = frozenset({"readlines", "rsplit", "split", "splitlines"})

_READ_ONLY = frozenset({
    *(
        f"{home}.{kind}"
        for home in ("collections.abc", "typing")
        for kind in ("Collection", "Container", "Iterable", "Mapping", "Sequence", "Set")
    ),
    "types.MappingProxyType", "typing.AbstractSet", "builtins.frozenset", "builtins.tuple",
})  # fmt: skip
_WRAPPERS = frozenset({
    "typing.Final", "typing.ClassVar", "typing_extensions.Final", "typing.Annotated", "typing_extensions.ClassVar",
})  # fmt: skip
_CHANGEABLE = frozenset({"builtins.dict", "builtins.list", "builtins.set", "builtins.bytearray"}) | {
    f"{home}.{kind}"
    for home in ("collections.abc", "typing")
    for kind in ("Dict", "List", "MutableMapping", "MutableSequence", "MutableSet")
}

_PASSING = frozenset({
    f"{home}.{kind}"
    for home in ("collections.abc", "typing")
    for kind in ("AsyncGenerator", "AsyncIterator", "Generator", "Iterator")
})  # fmt: skip

CHANGING = frozenset({
    "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem", "popleft",
    "remove", "setdefault", "update", "__setitem__", "__delitem__",
})  # fmt: skip
"""Methods that change what has them."""


def made_by(value: ast.AST | None, names: Names, scopes: Scopes = ()) -> Made | None:
    """Return what can be changed of what an expression makes; None if nothing can, as far as the file tells."""
    made = None if value is None else _DISPLAYS.get(type(value))
    if made is not None:
        return made
    match value:
        case ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return _first(parts, names, scopes)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Mult(), right=other):
            return _first([one, other], names, scopes)
        case ast.BinOp(left=one):  # the left side decides: frozenset | set is a frozenset
            return made_by(one, names, scopes)
        case ast.NamedExpr(value=inner) | ast.Starred(value=inner) | ast.Attribute(value=inner):
            return made_by(inner, names, scopes)  # a method keeps its object: `[].append`
        case ast.Call():
            return _made_by_call(value, names, scopes)
        case _:
            return None


def _first(parts: list[ast.expr], names: Names, scopes: Scopes) -> Made | None:
    return next((made for part in parts if (made := made_by(part, names, scopes)) is not None), None)


def _made_by_call(call: ast.Call, names: Names, scopes: Scopes) -> Made | None:
    called = call.func.value if isinstance(call.func, ast.Subscript) else call.func
    name = names.qualified(called, scopes)
    if name == "typing.cast" and len(call.args) == 2:
        return made_by(call.args[1], names, scopes)
    if name == "functools.partial":
        return _first([*call.args, *(each.value for each in call.keywords)], names, scopes)
    if name is not None:
        return _CALLS.get(name)
    return _LIST if isinstance(called, ast.Attribute) and called.attr in _SPLITTING else None


def is_read_only(annotation: ast.expr | None, names: Names, scopes: Scopes = ()) -> bool:
    """Say whether an annotation lets mypy refuse every change to what bears it."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return False
    if annotation is None:
        return False
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    kind = names.qualified(head, scopes)
    if kind in _WRAPPERS and isinstance(annotation, ast.Subscript):
        inner = annotation.slice
        return is_read_only(inner.elts[0] if isinstance(inner, ast.Tuple) else inner, names, scopes)
    return kind in _READ_ONLY and not any(
        names.qualified(node, scopes) in _CHANGEABLE
        for node in ast.walk(annotation)
        if isinstance(node, ast.Name | ast.Attribute)
    )


def is_changeable(annotation: ast.expr | None, names: Names, scopes: Scopes = ()) -> bool:
    """Say whether an annotation declares something that changes, if only by being gone through."""
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return head is not None and names.qualified(head, scopes) in _CHANGEABLE | _PASSING


def is_of_class(annotation: ast.expr | None, names: Names, scopes: Scopes = ()) -> bool:
    """Say whether an annotation declares a class's own attribute, `ClassVar[…]`, and not a field of its objects."""
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return head is not None and (names.qualified(head, scopes) or "").endswith(".ClassVar")
