"""That a module has one database, which it is handed: it opens no other, names no schema, reads no table unseen."""

from __future__ import annotations

import ast
from typing import Any

from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

RULE = "own-data"
_MAKERS = frozenset(
    {
        "AsyncSession",
        "Session",
        "async_engine_from_config",
        "async_scoped_session",
        "async_sessionmaker",
        "create_async_engine",
        "create_engine",
        "create_pool_from_url",
        "engine_from_config",
        "scoped_session",
        "sessionmaker",
    }
)
_DRIVERS = frozenset({"aiosqlite", "asyncpg", "psycopg", "psycopg2", "sqlite3"})
_OPENS = frozenset({"AsyncConnection", "Connection", "connect", "create_pool"})
_INNERMOST = frozenset({"dbapi_connection", "driver_connection", "get_raw_connection", "raw_connection"})
_TEXTS = frozenset({"DDL", "Table", "TableClause", "TextClause", "literal_column", "table", "text"})
_LOOKS = frozenset({"builtins.isinstance", "builtins.issubclass", "typing.cast"})
_PAST_HISTORY = frozenset({"create_all", "drop_all"})
_SCHEMA = frozenset({"referent_schema", "schema", "schema_translate_map", "source_schema"})
_LIBRARIES = ("sqlalchemy", "alembic")


class DatabaseReader(Reader):
    """Judges a module's files one by one."""

    nodes = (
        ast.Module,
        ast.Import,
        ast.ImportFrom,
        ast.AnnAssign,
        ast.Assign,
        ast.Attribute,
        ast.Call,
        ast.ClassDef,
        ast.Dict,
        ast.FunctionDef,
    )

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._knows_tables = False
        self._knows_drivers = False

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.module is not None

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Module():
                self._names = names_of(node, self.source)
            case ast.Import(names=names):
                self._import(*(each.name for each in names))
            case ast.ImportFrom(module=str(module)):
                self._import(module)
            case ast.Attribute(attr=name) if name in _INNERMOST:
                self._say(node, f"takes the driver's connection by {name}", "work with the session that it is handed")
            case ast.Attribute(attr=name) if name in _PAST_HISTORY and self._knows_tables:
                self._say(node, f"has tables come and go by {name}()", "write a migration")
            case ast.ClassDef(bases=bases) if self._knows_tables:
                for each in bases:
                    self._handed_on(each, scopes)
            case ast.Call() if self._knows_tables or self._knows_drivers:
                self._call(node, scopes)
            case ast.Assign(targets=[ast.Attribute(attr="schema")]) if self._knows_tables:
                self._schema(node)
            case (
                ast.Assign(targets=[ast.Name(id="__table_args__")])
                | ast.AnnAssign(target=ast.Name(id="__table_args__"))
                | ast.FunctionDef(name="__table_args__")
            ):
                self._schemas_in(node)
            case ast.Dict() if _has_key(node, "schema_translate_map"):
                self._schema(node)
            case _:
                pass

    def _import(self, *modules: str) -> None:
        packages = {module.partition(".")[0] for module in modules}
        self._knows_tables |= not packages.isdisjoint(_LIBRARIES)
        self._knows_drivers |= not packages.isdisjoint(_DRIVERS)

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        name = self._names.qualified(node.func, scopes) or ""
        if name.startswith("sqlalchemy.") and name.endswith(".MetaData") and node.args and not _is_none(node.args[0]):
            self._schema(node)
        for each in (node.func, *node.args):
            if isinstance(each, ast.Name | ast.Attribute):
                self._opening(each, scopes)
        if not self._knows_tables:
            return
        if self._names.qualified(node.func, scopes) not in _LOOKS:
            for each in (*node.args, *(keyword.value for keyword in node.keywords)):
                self._handed_on(each, scopes)
        for keyword in node.keywords:
            if keyword.arg is None and self._is_about_tables(node.func, scopes):
                self._schemas_in(keyword.value)
            if keyword.arg in _SCHEMA and not _is_none(keyword.value) and self._is_about_tables(node.func, scopes):
                self._schema(keyword.value)
            if keyword.arg in ("autoload", "autoload_with"):
                self._unseen(node, f"{keyword.arg}=")
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called in ("reflect", "reflect_table"):
            self._unseen(node, f"{called}()")

    def _opening(self, node: ast.expr, scopes: Scopes) -> None:
        package, _, rest = (self._names.qualified(node, scopes) or "").partition(".")
        last = rest.rpartition(".")[2]
        if (package in _LIBRARIES and last in _MAKERS) or (package in _DRIVERS and last in _OPENS):
            self._say(node, f"opens a database by {last}()", "take the Database that its container is handed")
        elif package in _LIBRARIES and last in {"automap_base", "inspect"}:
            self._unseen(node, f"{last}()")

    def _handed_on(self, node: ast.expr, scopes: Scopes) -> None:
        """Report what makes tables, or SQL of a text, where it is not called by its name: `map(text, …)`."""
        name = self._names.qualified(node, scopes) if isinstance(node, ast.Name | ast.Attribute) else None
        package, _, rest = (name or "").partition(".")
        if package in _LIBRARIES and rest.rpartition(".")[2] in _TEXTS:
            said = f"hands {ast.unparse(node)} on, so nobody can see which tables it names"
            self._say(node, said, "call it where its text stands")

    def _is_about_tables(self, func: ast.expr, scopes: Scopes) -> bool:
        """Whether the call is one of SQLAlchemy's or Alembic's, or one of a method of who knows what."""
        package = (self._names.qualified(func, scopes) or "").partition(".")[0]
        return package in _LIBRARIES or (package in ("", "modules") and isinstance(func, ast.Attribute))

    def _schemas_in(self, node: ast.AST) -> None:
        for each in ast.walk(node):
            if isinstance(each, ast.Dict) and _has_key(each, "schema"):
                self._schema(each)

    def _schema(self, node: ast.AST) -> None:
        self._say(node, "names a schema", "a module's tables have none, wherever they lie; leave it out")

    def _unseen(self, node: ast.AST, by: str) -> None:
        self._say(node, f"reads its tables from the database by {by}, so nobody can see which", "declare them")

    def _say(self, node: ast.AST, what: str, mend: str) -> None:
        rule = "migration" if self.source.is_migration else RULE
        self.report(node, rule, f"{self.source.module} {what}; {mend}.")


def _has_key(node: ast.Dict, text: str) -> bool:
    return any(isinstance(key, ast.Constant) and key.value == text for key in node.keys)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
