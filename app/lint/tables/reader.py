"""Which tables a module's file declares, makes and names: by SQLAlchemy, by Alembic and in raw SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from app.lint.literals import argument
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.tables.alembic import AlembicCalls
from app.lint.tables.columns import declared_columns, mapped_table
from app.lint.tables.facts import Step, TableFacts
from app.lint.tables.notes import TableNotes

_BACK = "downgrade"
_LIBRARIES = ("sqlalchemy", "alembic")
_TEXT = frozenset({"DDL", "TextClause", "literal_column", "text"})
_FRAGMENTS = frozenset({"bool_op", "op", "prefix_with", "suffix_with", "with_hint", "with_statement_hint"})
_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "scalar", "scalars", "stream", "stream_scalars", "exec_driver_sql"}
)
_FIRST = frozenset({"column", "name", "sqltext", "statement", "text"})
"""What the first parameters are called of all that is read here."""
_FROM = frozenset({"join", "join_from", "outerjoin", "outerjoin_from", "select_from"})
_NO_CLASSES = re.compile(
    "Annotated|Any|Collection|Dict|DynamicMapped|List|Mapped|None|Optional|Relationship|Sequence|Set|Union|"
    "WriteOnlyMapped|builtins|collections|dict|frozenset|list|set|tuple|typing"
)
_VERB = re.compile(
    r"\s*(ALTER|ATTACH|CREATE|DELETE|DROP|INSERT|MERGE|PRAGMA|REPLACE|SELECT|UPDATE|VACUUM|WITH)\b", re.IGNORECASE
)


class TableReader(Reader):
    """Gives out the tables that a file names; reports what cannot be read, since what is not read is not judged."""

    nodes = (ast.Module, ast.Import, ast.ImportFrom, ast.With, ast.ClassDef, ast.AnnAssign, ast.Call)
    Facts = TableFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._tree: ast.Module
        self._notes: TableNotes
        self._alembic: AlembicCalls
        self._classes: list[str] = []
        self._lists: set[int] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.module is not None

    def facts(self) -> TableFacts | None:
        steps = tuple(self._notes.steps)
        return TableFacts(steps, tuple(self._classes)) if steps or self._classes else None

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Module():
                self._tree, self._notes = node, TableNotes(self, node)
                self._alembic = AlembicCalls(self._notes)
            case ast.Import(names=names):
                self._notes.knows_libraries |= any(each.name.startswith(_LIBRARIES) for each in names)
            case ast.ImportFrom(module=str(module)):
                self._notes.knows_libraries |= module.startswith(_LIBRARIES)
            case ast.ClassDef():
                self._class(node)
            case ast.AnnAssign(annotation=annotation, value=ast.Call(func=func, args=[])):
                if self._notes.library_name(func, scopes) == "relationship":
                    self._classes_in(annotation)
            case ast.With(items=items):
                for item in items:
                    self._alembic.enter(item, scopes)
            case ast.Call():
                self._notes.back = any(isinstance(each, ast.FunctionDef) and each.name == _BACK for each in scopes)
                self._call(node, scopes)
            case _:
                pass

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        notes = self._notes
        name = notes.library_name(node.func, scopes)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in _FROM or name in _FROM:
            self._lists.update(id(given) for given in node.args)
        if self._alembic.call(node, name, scopes):
            return
        if name is None:
            self._method(node, method)
            return
        first = node.args[0] if node.args else _named(node)
        match name, first:
            case "Table", ast.expr():
                notes.names(node, first, "declares", "declares", columns=declared_columns(node, self._tree))
            case (("table" | "TableClause"), ast.expr()):
                notes.names(node, first, "uses", "describes for itself")
            case _, ast.expr() if name in _TEXT:
                notes.sql(node, first, tables=id(node) in self._lists)
            case "ForeignKey", ast.expr():
                self._foreign_key(node, first)
            case "ForeignKeyConstraint", _:
                for each in _items(argument(node, 1, "refcolumns")):
                    self._foreign_key(node, each)
            case "relationship", _:
                self._relationship(node)
            case _:
                pass

    def _method(self, node: ast.Call, method: str) -> None:
        """Read what is handed to a method of who knows what, if it is evidently SQL."""
        first = node.args[0] if node.args else _named(node)
        if method in _FRAGMENTS:
            for each in (*node.args, *(keyword.value for keyword in node.keywords)):
                if self._notes.literals.is_text(each):
                    self._notes.sql(node, each)
        elif first is not None and (method == "exec_driver_sql" or (method in _EXECUTES and self._is_sql(first))):
            self._notes.sql(node, first)

    def _is_sql(self, text: ast.expr) -> bool:
        """Whether a text handed to something like `execute` is one of SQL, as far as its beginning shows."""
        texts = self._notes.literals.texts(text)
        if texts is None and isinstance(text, ast.JoinedStr) and text.values:
            texts = self._notes.literals.texts(text.values[0])
        return self._notes.literals.is_text(text) and (texts is None or any(map(_VERB.match, texts)))

    def _foreign_key(self, node: ast.Call, target: ast.expr) -> None:
        if isinstance(target, ast.Attribute):  # a column of a table, which is judged where that is declared
            return
        how = "points a foreign key at"
        texts = self._notes.literals.texts(target)
        if texts is None:
            self._notes.names(node, target, "uses", how)
        for text in texts or ():
            *schema, table = text.split(".")[-3:][: max(1, text.count("."))]
            self._notes.step(node, "uses", table, how)
            if schema:
                said = f"{self.source.module} names the schema {schema[-1]} in a foreign key"
                self._notes.report(node, f"{said}; a module has one database, and its tables no schema; leave it out.")

    def _relationship(self, node: ast.Call) -> None:
        if node.args:
            self._classes_in(node.args[0])
        for keyword in node.keywords:
            if keyword.arg == "argument":
                self._classes_in(keyword.value)
            elif keyword.arg == "secondary" and self._notes.literals.is_text(keyword.value):
                self._notes.names(node, keyword.value, "uses", "joins by")

    def _classes_in(self, annotation: ast.expr) -> None:
        """Note the mapped classes that an annotation names, in texts too: `Mapped[list["Line"]]`."""
        for each in ast.walk(annotation):
            match each:
                case ast.Constant(value=str(text)):
                    words: Iterable[str] = (word.rpartition(".")[2] for word in re.findall(r"[\w.]+", text))
                case ast.Name(id=name):
                    words = (name,)
                case _:
                    continue
            for word in words:
                if not _NO_CLASSES.fullmatch(word):
                    self._notes.steps.append(Step(annotation.lineno, "maps", word, "maps a relationship to"))

    def _class(self, node: ast.ClassDef) -> None:
        name = mapped_table(node)
        if isinstance(name, ast.expr):
            self._notes.names(node, name, "declares", "declares")
        if name is not None:
            self._classes.append(node.name)


def _named(node: ast.Call) -> ast.expr | None:
    """Return the first argument of a call that gives it by name."""
    return next((each.value for each in node.keywords if each.arg in _FIRST), None)


def _items(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    return [] if node is None else [node]
