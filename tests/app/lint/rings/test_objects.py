"""Private parts, and roads to what was not handed over, are found; what documents itself as public is not."""

from __future__ import annotations

import pytest

from app.lint.rings.objects import LAWFUL, READERS
from tests.app.lint.judging import lines, said, said_elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "x = f.__globals__",
        "object.__subclasses__()",
        "x = f.__code__.co_name",
        "x = proxy.method.__self__",
        "x = proxy.__dict__",
        "x = type(y).__mro__",
        "x = f.__closure__[0].cell_contents",
        "getattr(f, '__globals__')",
        "setattr(catalog, '_target', 1)",
        "from operator import attrgetter; attrgetter('_a._b')(x)",
        "from inspect import getattr_static as g; g(f, '_x')",
        "x = catalog._target",
        "x = self.service._rows",
        "import contracts.catalog as c; c._hidden",
        "def f(other_cart): return other_cart._lines",
        "getattr(catalog, '_' + 'target')",
        "N = '_target'; getattr(catalog, N)",
        "getattr(catalog, f'{name}_')",
        "from operator import attrgetter; attrgetter('.'.join(names))(x)",
        "'{0._target}'.format(catalog)",
        "'{a} {b.service._rows!r}'.format(a=1, b=catalog)",
        "from contracts.kit.context import _current",
    ],
)
def test_a_walk_is_found(text: str) -> None:
    assert lines(READERS, text) == [1]


def test_a_pattern_walks_too() -> None:
    assert lines(READERS, "match f:\n    case object(__globals__=x): ...") == [2]


@pytest.mark.parametrize(
    "text",
    [
        "class C:\n    def f(self): return self._x, super()._x, type(self)._x",
        "class C:\n    @classmethod\n    def f(cls): return cls._x",
        "class C:\n    @classmethod\n    def make(cls):\n        made = cls()\n        made._x = 1",
        "class C:\n    @classmethod\n    def make(cls):\n        made = cls.__new__(cls)\n        made._x = 1",
        "class C:\n    def __eq__(self, other): return self._x == other._x",
        "class C: ...\ndef f(c: C): return c._x",
        "class C: ...\ndef f(): return C._x, C()._x",
        "row._mapping, point._replace(x=1), row._asdict()",
        "getattr(settings, name), getattr(row, 'total')",
        "N = 'total'; getattr(row, N), getattr(row, 'to' + 'tal')",
        "'{0.name} _{1}_'.format(row, 2), '{_x}'.format(_x=1), text.format(row)",
        "from alembic import __version__; from re import _parser",
        "x = y.__class__.__name__, f.__doc__, f.__module__",
        "import os, sys\nos._exit(1)",
        "_ = x.__len__()",
    ],
)
def test_a_look_alike_is_not(text: str) -> None:
    assert said(READERS, text) == []


def test_the_kit_reads_the_contracts_and_app_its_own_parts() -> None:
    text = "x = vars(cls), cls.__bases__, binding._target"
    assert said(READERS, text, "contracts.kit.contract") == []
    assert said(READERS, text, "app.runtime.binding") == []
    assert lines(READERS, text, "contracts.orders") == [1]


def test_app_too_keeps_off_frames_and_globals_save_where_it_must_not() -> None:
    assert lines(READERS, "x = f.__globals__", "app.runtime.binding") == [1]
    assert lines(READERS, "x = f.__code__", "app.runtime.pipeline") == []


@pytest.mark.parametrize("place", LAWFUL)
def test_a_lawful_place_is_still_one(place: str) -> None:
    assert said_elsewhere(READERS, place)
