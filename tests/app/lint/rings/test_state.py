"""What can change at the top of a file or class is found; what cannot, or what mypy keeps from changing, is not."""

from __future__ import annotations

import pytest

from app.lint.rings.state import LAWFUL, READERS, judge
from tests.app.lint.judging import lines, said, said_elsewhere, world_of


@pytest.mark.parametrize(
    "text",
    [
        "X = {}",
        "X = []",
        "X = {1}",
        "X = {a: b for a, b in y}",
        "X = [a for a in y]",
        "X = (a for a in y)",
        "X: dict[str, int] = {}",
        "X: Final = {}",
        "X: Final[dict[str, int]] = {}",
        "X: Mapping[str, list[int]] = {}",
        "X, Y = [], 1",
        "X = ([],)",
        "X = A or []",
        "X = [] if A else ()",
        "X = {} | A",
        "X = 3 * [0]",
        "X = dict(a=1)",
        "X = list[int]()",
        "X = sorted(y)",
        "X = 'a b'.split()",
        "X = dict.fromkeys(y)",
        "X = iter(y)",
        "X = cast(dict, {})",
        "X = defaultdict(list)",
        "X: Counter[str] = Counter()",
        "X = asyncio.Lock()",
        "X = ContextVar('x')",
        "X = itertools.count()",
        "X = WeakKeyDictionary()",
        "X = jinja2.Environment()",
        "X = [].append",
        "X = partial(dict.setdefault, {})",
        "if (X := {}):\n    ...",
        "print(X := [])",
        "if A:\n    X = {}",
        "class C:\n    x = {}",
        "class C:\n    x: ClassVar[dict[str, int]] = {}",
    ],
)
def test_what_can_change_is_found(text: str) -> None:
    imports = (
        "import asyncio, itertools, jinja2; from functools import partial; from typing import ClassVar, Final, cast; "
        "from collections import Counter, defaultdict; from collections.abc import Mapping; "
        "from contextvars import ContextVar; from weakref import WeakKeyDictionary\n"
    )
    at = 2 if ":=" in text else 1 + len(text.splitlines())
    assert lines(READERS, imports + text) == [at]


@pytest.mark.parametrize(
    "text",
    [
        "X: Mapping[str, int] = {}",
        "X: Final[Mapping[str, int]] = {}",
        "X: 'Mapping[str, int]' = {}",
        "X: Sequence[str] = 'a b'.split()",
        "X: Collection[str] = {1}",
        "X: AbstractSet[str] = {1}",
        "X = (1, 2)",
        "X = tuple('a b'.split())",
        "X = frozenset({1}) | {2}",
        "X = MappingProxyType({})",
        "X = re.compile('x')",
        "X = logging.getLogger('x')",
        "X = TypeVar('X')",
        "X: TypeAlias = dict[str, int]",
        "X = select(a).where(b)",
        "X = lambda: {}",
        "__all__ = ['X']",
        "import sqlalchemy.orm as o\nclass C(o.DeclarativeBase):\n    type_annotation_map = {}",
        "class C:\n    __slots__ = ['x']\n    __table_args__ = {}",
        "class C:\n    x: ClassVar[Mapping[str, int]] = {}",
        "class C:\n    def f(self):\n        x = {}",
        "@dataclass\nclass C:\n    x: dict[str, int] = field(default_factory=dict)",
        "def f():\n    x = []",
    ],
)
def test_what_cannot_is_not(text: str) -> None:
    imports = (
        "import logging, re; from dataclasses import dataclass, field; from types import MappingProxyType; "
        "from typing import ClassVar, Final, TypeAlias, TypeVar; "
        "from collections.abc import Collection, Mapping, Sequence, Set as AbstractSet\n"
    )
    assert said(READERS, imports + text) == []


def test_the_sentence_says_how_to_mend_it() -> None:
    (only,) = said(READERS, "X = {}")
    assert only == (
        "1: mutable-state: orders keeps a dict, X, at the top of a file, where it can change; annotate it as "
        "Mapping[…], so that mypy refuses to change it, or keep it in the service."
    )


def test_the_host_and_the_kit_may_keep_state() -> None:
    assert said(READERS, "X = {}", "app.runtime.host") == []
    assert said(READERS, "X = {}", "contracts.kit.contract") == []
    assert lines(READERS, "X = {}", "contracts.kit.clock") == [1]


CLASSES = {
    "contracts.kit.message": "class Message(msgspec.Struct, frozen=True): ...\nimport msgspec",
    "contracts.kit.": "from contracts.kit.message import Message as Message",
    "modules.orders.shapes": """
import enum, msgspec, dataclasses, typing
from contracts.kit import Message
class Frozen(Message): ...
class Struct(msgspec.Struct):
    seen: list[int] = []
class Heir(Struct):
    also: dict[str, int] = {}
@dataclasses.dataclass(frozen=True)
class Data: ...
@dataclasses.dataclass
class Open: ...
class Kind(enum.Enum): ...
class Point(typing.NamedTuple): ...
class Plain:
    def __init__(self): self.x = 1
class Below(Plain): ...
class Known(dict[str, int]): ...
class Row(typing.TypedDict): ...
class small:
    def __init__(self): self.x = 1
class Empty:
    def f(self): return 1
class Sharing:
    seen: list[int] = []
class Own(Message):
    seen: list[int] = []
""",
}


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        *((kind, False) for kind in ("Frozen", "Data", "Kind", "Point", "Empty", "Unknown")),
        *((kind, True) for kind in ("Struct", "Heir", "Open", "Plain", "Below", "Known", "Row", "small")),
    ],
)
def test_an_object_can_change_as_its_class_says(kind: str, can: bool) -> None:
    user = f"from modules.orders.shapes import {kind} as K\nX = K()"
    found = list(judge(world_of({**CLASSES, "modules.orders.user": user}, READERS)))
    assert [(each.file, each.line) for each in found if each.file != "modules/orders/shapes.py"] == [
        ("modules/orders/user.py", 2)
    ] * can


@pytest.mark.parametrize(
    "text",
    ["X = (K(), 1)", "X: Mapping[str, K] = {'a': K()}", "X = [K() for _ in y]", "X = None if y else K()"],
)
def test_an_object_is_found_in_what_holds_it(text: str) -> None:
    user = f"from collections.abc import Mapping; from modules.orders.shapes import Plain as K\n{text}"
    found = [each for each in judge(world_of({**CLASSES, "modules.orders.user": user}, READERS)) if "user" in each.file]
    assert [each.line for each in found] == [2]


MAKING = """
from collections.abc import Iterator
from typing import Self
from modules.orders.shapes import Frozen, Plain
def plain() -> Plain: ...
def quoted() -> "Plain": ...
def ids() -> Iterator[int]: ...
def names() -> list[str]: ...
def frozen() -> Frozen: ...
def unsaid(): ...
def number() -> int: ...
class Kept:
    def __init__(self): self.x = 1
    @classmethod
    def make(cls) -> Self: ...
"""


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("plain()", "keeps an object of Plain, X, by plain(), at the top of a file or class, where it can change;"),
        ("quoted()", "keeps an object of Plain, X, by quoted(), "),
        ("ids()", "keeps what can change, X, by ids(), "),
        ("names()", "keeps what can change, X, by names(), "),
        ("Kept.make()", "keeps an object of Kept, X, by make(), "),
        *((call, "") for call in ("frozen()", "unsaid()", "number()", "str(number())")),
    ],
)
def test_what_a_function_makes_is_known_by_its_annotation(call: str, says: str) -> None:
    user = f"from modules.orders.making import Kept, frozen, ids, names, number, plain, quoted, unsaid\nX = {call}"
    files = {**CLASSES, "modules.orders.making": MAKING, "modules.orders.user": user}
    found = [each.text for each in judge(world_of(files, READERS)) if each.file == "modules/orders/user.py"]
    assert [says in text for text in found] == [True] * bool(says)


def test_a_field_s_default_is_shared_save_where_msgspec_copies_it() -> None:
    (only,) = judge(world_of(CLASSES, READERS))
    assert str(only) == (
        "modules/orders/shapes.py:25: mutable-state: orders gives Sharing.seen a list that all its objects share; "
        "set it in __init__."
    )


@pytest.mark.parametrize("place", LAWFUL)
def test_a_lawful_place_is_still_one(place: str) -> None:
    assert said_elsewhere(READERS, place)
