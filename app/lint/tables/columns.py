"""The columns that a table is declared with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Literal


def declared_columns(call: ast.Call, tree: ast.Module) -> tuple[str, ...] | None:
    """Return the columns of `Table("…", metadata, …)`, None where they do not all stand in the file."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found: list[str] = []
    for given in call.args[2:]:
        match given:
            case ast.Name(id=name) if name in classes:
                found += _of_class(classes[name])
            case ast.Call():
                column = column_name(given)
                if column is not None:
                    found.append(column)
            case _:
                return None
    return tuple(found) or None


def made_columns(items: Iterable[ast.expr]) -> tuple[str, ...] | None:
    """Return the columns among the arguments of `op.create_table("…", …)`, None where one cannot be read."""
    items = list(items)
    if any(not isinstance(item, ast.Call) for item in items):
        return None
    return tuple(name for item in items if (name := column_name(item)) is not None) or None


def column_name(node: ast.expr) -> str | None:
    """Return the name in `Column("…", …)`."""
    match node:
        case ast.Call(
            func=ast.Name(id="Column" | "mapped_column") | ast.Attribute(attr="Column" | "mapped_column"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return name.casefold()
        case _:
            return None


def mapped_table(node: ast.ClassDef) -> ast.expr | Literal[True] | None:
    """Return the expression that names a mapped class's table, True where the class holds a table, None otherwise."""
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if name == "__tablename__":
                    return value
                if name == "__table__":
                    return True
            case ast.FunctionDef(name="__tablename__"):
                return ast.Name("__tablename__", lineno=statement.lineno)
            case _:
                pass
    return None


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    """Yield the columns of a `TypedColumns` class."""
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                yield (column_name(value) if value is not None else None) or name.casefold()
            case _:
                pass
