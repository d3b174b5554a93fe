"""A name stands for what the file's own imports and aliases say, wherever it is used."""

from __future__ import annotations

import ast

import pytest

from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes, read
from tests.app.lint.judging import source_of


def qualified(text: str, name: str = "modules.orders.service") -> str | None:
    """Return what the expression in the call of `show` stands for."""
    found: list[str | None] = []

    class Shown(Reader):
        nodes = (ast.Module, ast.Call)

        def see(self, node: ast.Module | ast.Call, scopes: Scopes) -> None:
            if isinstance(node, ast.Module):
                self.names: Names = names_of(node, self.source)
            elif isinstance(node.func, ast.Name) and node.func.id == "show":
                found.append(self.names.qualified(node.args[0], scopes))

    read(ast.parse(text), [Shown(source_of(name))])
    (only,) = found
    return only


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import importlib as il\nshow(il.import_module)", "importlib.import_module"),
        ("import os.path\nshow(os.path.join)", "os.path.join"),
        ("import os.path as p\nshow(p.join)", "os.path.join"),
        ("from importlib import import_module as load\nshow(load)", "importlib.import_module"),
        ("import importlib\nload = importlib.import_module\nshow(load)", "importlib.import_module"),
        ("import importlib\nload = getattr(importlib, 'import_module')\nshow(load)", "importlib.import_module"),
        ("import importlib\nshow((load := importlib.import_module))", "importlib.import_module"),
        ("a = b\nb = a\nshow(a)", "modules.orders.service.b"),
        ("show(exec)", "builtins.exec"),
        ("show(nothing)", None),
        ("show(f().x)", None),
        ("from . import store\nshow(store.rows)", "modules.orders.store.rows"),
        ("from .store import rows\nshow(rows)", "modules.orders.store.rows"),
        ("from ..cart import store\nshow(store)", "modules.cart.store"),
        ("def own(): ...\nshow(own)", "modules.orders.service.own"),
        ("try:\n    import a\nexcept ImportError:\n    a = None\nshow(a)", "a"),
        ("if x:\n    import a as b\nshow(b)", "a"),
        ("def f():\n    import sys\n    show(sys.modules)", "sys.modules"),
        ("def f():\n    show(sys.modules)\nimport sys", "sys.modules"),
        ("import sys\ndef f(sys):\n    show(sys)", None),
        ("import sys\ndef f():\n    for sys in ():\n        show(sys)", None),
        ("import sys\ndef f():\n    with g() as (sys, _):\n        show(sys)", None),
        ("import sys\nx = lambda *sys: show(sys)", None),
        ("class C:\n    import sys\n    def f(self):\n        show(sys)", None),
        ("class C:\n    import sys\n    show(sys)", "sys"),
        ("import sys\ndef f():\n    global sys\n    sys = 1\n    show(sys)", "sys"),
    ],
)
def test_a_name_is_resolved(text: str, name: str | None) -> None:
    assert qualified(text) == name


def test_a_relative_import_in_a_package_begins_at_the_package() -> None:
    assert qualified("from . import store\nshow(store)", "modules.orders.") == "modules.orders.store"


def test_what_a_file_exports_is_known() -> None:
    tree = ast.parse("__all__ = ['a', 'b']\nc = 1")
    assert Names(tree, source_of("modules.orders.service")).exported == {"a", "b"}
