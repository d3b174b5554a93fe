"""Functions that change what outlives their call are found; those that change their object's or their own are not."""

from __future__ import annotations

import pytest

from app.lint.rings.writes import READERS
from tests.app.lint.judging import lines, said

TOP = "from functools import cache, lru_cache\nfrom collections.abc import Mapping\nX: Mapping = {}\nY = None\n"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("def f():\n    global Y\n    Y = 1", 2),
        ("def f():\n    X['a'] = 1", 2),
        ("def f():\n    X['a'] += 1", 2),
        ("def f():\n    mine = X\n    mine['a'] = 1", 3),
        ("def f():\n    del X['a']", 2),
        ("def f():\n    a, X['a'] = 1, 2", 2),
        ("def f():\n    Y.seen = 1", 2),
        ("def f():\n    X.update(a=1)", 2),
        ("def f():\n    return X.setdefault('a', 1)", 2),
        ("def f():\n    f.count = 1", 2),
        ("class C:\n    def f(self):\n        type(self).count = 1", 3),
        ("class C:\n    def f(self):\n        self.__class__.count = 1", 3),
        ("class C:\n    @classmethod\n    def f(cls):\n        cls.count += 1", 4),
        ("class C:\n    def f(self):\n        C.count = 1", 3),
        ("class C:\n    def f(self):\n        setattr(type(self), 'count', 1)", 3),
        ("def f():\n    setattr(Y, 'seen', 1)", 2),
        ("def f(seen=[]): ...", 1),
        ("def f(*, seen: dict[str, int] = {}): ...", 1),
        ("async def f(a, b={}, c=1): ...", 1),
        ("@cache\ndef f(a): ...", 1),
        ("@lru_cache(maxsize=None)\ndef f(a): ...", 1),
        ("@lru_cache(None)\ndef f(a): ...", 1),
        ("@lru_cache\ndef f(): ...", 1),
        ("@lru_cache\nasync def f(a): ...", 1),
        ("class C:\n    @lru_cache\n    def f(self, a): ...", 2),
        ("f = lambda a, seen={}: seen", 1),
        ("def f(): ...\nf.seen = {}", 2),
        ("class C: ...\nC.seen = []", 2),
        ("class C: ...\nC.seen: list[int] = []", 2),
        ("def f(): ...\nsetattr(f, 'seen', {})", 2),
    ],
)
def test_a_change_is_found(text: str, at: int) -> None:
    assert lines(READERS, TOP + text) == [at + TOP.count("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "X['a'] = 1",
        "def f(): ...\nf.name = 'x'",
        "f = lambda a, b=(), *, c=None: a",
        "class C:\n    def f(self):\n        setattr(self, 'x', 1)",
        "def f(X):\n    X['a'] = 1",
        "def f():\n    X = {}\n    X['a'] = 1\n    X.update(b=2)",
        "def f():\n    Y.update(a=1)",
        "def f():\n    return X.get('a')",
        "class C:\n    def f(self):\n        self.count = 1\n        self.seen['a'] = 1",
        "class C:\n    def __init_subclass__(cls):\n        cls.count = 1",
        "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1",
        "def f(a=(), b: Mapping[str, int] = {}, c=None): ...",
        "@lru_cache(maxsize=99)\ndef f(a): ...",
        "@lru_cache\ndef f(*a): ...",
    ],
)
def test_a_look_alike_is_not(text: str) -> None:
    assert said(READERS, TOP + text) == []


def test_the_host_and_the_kit_may() -> None:
    assert said(READERS, "X = {}\ndef f():\n    X['a'] = 1", "app.runtime.host") == []
    assert said(READERS, "X = {}\ndef f():\n    X['a'] = 1", "contracts.kit.contract") == []
